<?php
/**
 * Removes all that the plug-in stored, when it is deleted in the admin: options, post meta, what users set, cron events.
 *
 * @package Unspun
 */

namespace Unspun;

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

require_once __DIR__ . '/includes/record.php';

/** Removes what is stored for the current site. */
function remove_all(): void {
	global $wpdb;
	forget_all();
	$names = $wpdb->get_col(
		$wpdb->prepare(
			"SELECT option_name FROM $wpdb->options WHERE option_name LIKE %s OR option_name LIKE %s OR option_name LIKE %s",
			$wpdb->esc_like( 'unspun_' ) . '%',
			$wpdb->esc_like( '_transient_unspun_' ) . '%',
			$wpdb->esc_like( '_transient_timeout_unspun_' ) . '%'
		)
	);
	array_map( 'delete_option', $names );
	forget_preferences( $wpdb->get_blog_prefix() . 'persisted_preferences' );
	foreach ( (array) _get_cron_array() as $events ) {
		foreach ( array_keys( (array) $events ) as $hook ) {
			if ( 0 === strpos( $hook, 'unspun_' ) ) {
				wp_unschedule_hook( $hook );
			}
		}
	}
}

/** Removes what users set in the editor, which WordPress keeps among their other preferences under this meta key. */
function forget_preferences( string $key ): void {
	$users = get_users(
		array(
			'blog_id'      => 0,
			'fields'       => 'ids',
			'meta_key'     => $key,
			'meta_value'   => '"unspun"',
			'meta_compare' => 'LIKE',
		)
	);
	foreach ( $users as $user ) {
		update_user_meta( $user, $key, wp_slash( array_diff_key( (array) get_user_meta( $user, $key, true ), array( 'unspun' => 0 ) ) ) );
	}
}

if ( is_multisite() ) {
	foreach ( get_sites(
		array(
			'fields' => 'ids',
			'number' => 0,
		)
	) as $unspun_site ) {
		switch_to_blog( $unspun_site );
		remove_all();
		restore_current_blog();
	}
} else {
	remove_all();
}

$GLOBALS['wpdb']->query(
	$GLOBALS['wpdb']->prepare( "DELETE FROM {$GLOBALS['wpdb']->usermeta} WHERE meta_key LIKE %s", $GLOBALS['wpdb']->esc_like( 'unspun_' ) . '%' )
);
