"""Deleting the plug-in removes all that it stored, and nothing else."""

from __future__ import annotations

import pytest

from wordpress.conftest import CLEAN, blocks
from wordpress.site import Site

LEFT = """
    global $wpdb;
    wp_cache_flush();
    return array(
        $wpdb->get_col( "SELECT option_name FROM $wpdb->options WHERE option_name LIKE '%unspun\\_%'" ),
        $wpdb->get_col( "SELECT meta_key FROM $wpdb->postmeta WHERE meta_key LIKE '%unspun%'" ),
        $wpdb->get_col( "SELECT meta_key FROM $wpdb->usermeta WHERE meta_key LIKE '%unspun%'" ),
        array_values( array_filter( array_merge( ...array_map( 'array_keys', array_filter( _get_cron_array(), 'is_array' ) ) ), fn( $hook ) => false !== strpos( $hook, 'unspun' ) ) ),
    );
"""


@pytest.mark.usefixtures("own_preferences")
def test_nothing_is_left(site: Site) -> None:
    post = site.post(blocks(*CLEAN))
    preferences = site.php("return get_user_meta( 1, 'wp_persisted_preferences', true );")
    assert preferences, "other settings of the user are to stay"
    site.php(
        f"""
        $post = get_post( {post} );
        $found = Unspun\\check_content( $post->post_content, array() );
        Unspun\\record( $post->ID, $found, Unspun\\fingerprint( $post->post_content, array() ) );
        update_post_meta( $post->ID, '_unspun_ignored', array( 'a phrase' ) );
        update_post_meta( $post->ID, '_unspun_held', array( 'code' => 'found' ) );
        update_post_meta( $post->ID, '_unspun_released', array( 'text' => '', 'user' => 1, 'time' => 1 ) );
        update_post_meta( $post->ID, 'another', 'unspun_ is only its value' );
        update_option( 'unspun_archive', array( 1 ) );
        update_option( 'another_option', 'stays' );
        set_transient( 'unspun_lock', 1, 600 );
        update_user_meta( 1, 'unspun_columns', 'yes' );
        update_user_meta( 1, 'wp_persisted_preferences', (array) get_user_meta( 1, 'wp_persisted_preferences', true ) + array( 'unspun' => array( 'checkOnSave' => true ) ) );
        wp_schedule_event( time() + 600, 'hourly', 'unspun_archive_step', array( 7 ) );
        wp_schedule_single_event( time() + 600, 'another_event' );
        return true;
        """
    )
    before = site.php(LEFT)
    assert all(before), before
    assert len(set(before[1])) == 6
    try:
        site.php(
            "define( 'WP_UNINSTALL_PLUGIN', 'unspun/unspun.php' ); include WP_PLUGIN_DIR . '/unspun/uninstall.php'; return true;"
        )
        assert site.php(LEFT) == [[], [], [], []]
        assert site.php(
            f"return array( get_post_meta( {post}, 'another', true ), get_option( 'another_option' ), (bool) wp_next_scheduled( 'another_event' ), get_post( {post} )->post_content, get_user_meta( 1, 'wp_persisted_preferences', true ) );"
        ) == ["unspun_ is only its value", "stays", True, blocks(*CLEAN), preferences]
    finally:
        site.php(
            "Unspun\\make_option(); wp_unschedule_hook( 'another_event' ); return delete_option( 'another_option' );"
        )


def test_wordpress_itself_runs_it(site: Site) -> None:
    """As it does when the plug-in is deleted, in a request in which the plug-in is not loaded."""
    try:
        left = site.php(
            "require_once ABSPATH . 'wp-admin/includes/plugin.php';"
            "deactivate_plugins( 'unspun/unspun.php' );"
            "return is_plugin_active( 'unspun/unspun.php' );"
        )
        assert left is False
        assert site.php("return function_exists( 'Unspun\\\\settings' );") is False
        assert (
            site.php(
                "require_once ABSPATH . 'wp-admin/includes/plugin.php';"
                "uninstall_plugin( 'unspun/unspun.php' ); return get_option( 'unspun_settings' );"
            )
            is False
        )
    finally:
        site.php(
            "require_once ABSPATH . 'wp-admin/includes/plugin.php'; return activate_plugin( 'unspun/unspun.php' );"
        )
    assert site.php("return get_option( 'unspun_settings' );") == []


def test_it_cannot_be_called_from_outside(site: Site) -> None:
    answer = site.rest(None).get("/wp-content/plugins/unspun/uninstall.php")
    assert answer.body == ""
    assert site.php("return is_array( get_option( 'unspun_settings' ) );")
