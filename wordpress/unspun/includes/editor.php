<?php
/**
 * The block editor: brings its scripts, and the styles of its sidebar and of the marks in the text.
 *
 * @package Unspun
 */

namespace Unspun;

defined( 'ABSPATH' ) || exit;

/** The scripts in the order in which they need each other, each with what it needs of WordPress. */
const EDITOR_SCRIPTS = array(
	'findings' => array( 'wp-components', 'wp-element', 'wp-i18n' ),
	'texts'    => array( 'wp-autop', 'wp-blocks', 'wp-rich-text' ),
	'marks'    => array( 'wp-annotations', 'wp-block-editor', 'wp-data' ),
	'replace'  => array( 'wp-rich-text' ),
	'store'    => array( 'wp-a11y', 'wp-api-fetch', 'wp-core-data', 'wp-editor', 'wp-preferences' ),
	'sidebar'  => array( 'wp-edit-post', 'wp-plugins', 'wp-primitives' ),
	'publish'  => array( 'wp-edit-post', 'wp-plugins' ),
);

/** Whether this page of the admin edits a post of a type that is checked, in the block editor. */
function is_block_editor_of_posts(): bool {
	$screen = is_admin() && function_exists( 'get_current_screen' ) ? get_current_screen() : null;
	return $screen && 'post' === $screen->base && $screen->is_block_editor() && in_array( $screen->post_type, post_types(), true );
}

/** Brings the scripts, and the styles around the text. */
function enqueue_editor(): void {
	if ( ! is_block_editor_of_posts() ) {
		return;
	}
	$before = array();
	foreach ( EDITOR_SCRIPTS as $name => $needs ) {
		$handle = "unspun-$name";
		wp_enqueue_script( $handle, plugins_url( "js/$name.js", FILE ), array_merge( $needs, $before ), VERSION, true );
		wp_set_script_translations( $handle, 'unspun', plugin_dir_path( FILE ) . 'languages' );
		$before[] = $handle;
	}
	wp_add_inline_script( 'unspun-findings', 'window.unspunSettings = ' . wp_json_encode( editor_settings() ) . ';', 'before' );
	wp_enqueue_style( 'unspun-editor', plugins_url( 'css/editor.css', FILE ), array( 'wp-components' ), VERSION );
}

/** What the scripts are told; the key and the address of the service are not among it. */
function editor_settings(): array {
	$post       = get_post();
	$settings   = settings();
	$can_manage = current_user_can( 'manage_options' );
	return array(
		'action'      => $settings['action'],
		'hold'        => $settings['hold'],
		'mode'        => $settings['mode'],
		'skipQuotes'  => $settings['skip_quotes'],
		'shortcodes'  => array_keys( $GLOBALS['shortcode_tags'] ),
		'batch'       => DOCUMENT_MOST,
		'canManage'   => $can_manage,
		'canRelease'  => may_release( $post ),
		'released'    => is_released( $post, $post->post_content ),
		'settingsUrl' => $can_manage ? settings_url() : null,
	);
}

/** Brings the styles of the marks to where the blocks are, which is an iframe; never to readers. */
function enqueue_marks(): void {
	if ( is_block_editor_of_posts() ) {
		wp_enqueue_style( 'unspun-marks', plugins_url( 'css/marks.css', FILE ), array(), VERSION );
	}
}

add_action( 'enqueue_block_editor_assets', __NAMESPACE__ . '\enqueue_editor' );
add_action( 'enqueue_block_assets', __NAMESPACE__ . '\enqueue_marks' );
