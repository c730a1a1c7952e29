<?php
/** Installs the site around it: tables, users, a theme of two files, the plug-in. Run once, from the command line. */

define( 'WP_INSTALLING', true );

/** No mail. */
function wp_new_blog_notification() {}

require_once __DIR__ . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
require_once ABSPATH . 'wp-admin/includes/plugin.php';

wp_install( 'Unspun tests', 'admin', 'admin@example.org', false, '', 'password' );
update_option( 'show_avatars', 0 );
update_option( 'gmt_offset', 0 );
switch_theme( 'plain' );
foreach ( array(
	'editor'      => 'editor',
	'author'      => 'author',
	'other'       => 'author',
	'contributor' => 'contributor',
	'subscriber'  => 'subscriber',
) as $name => $role ) {
	$id = wp_insert_user(
		array(
			'user_login' => $name,
			'user_pass'  => 'password',
			'user_email' => "$name@example.org",
			'role'       => $role,
		)
	);
	if ( is_wp_error( $id ) ) {
		fwrite( STDERR, 'no user ' . $name );
		exit( 1 );
	}
}
// The welcome guide lies over the editor and takes its clicks.
$quiet = array( 'welcomeGuide' => false, 'welcomeGuideTemplate' => false, 'fullscreenMode' => false, 'enableChoosePatternModal' => false );
foreach ( get_users() as $user ) {
	update_user_meta(
		$user->ID,
		'wp_persisted_preferences',
		array(
			'core'           => $quiet,
			'core/edit-post' => $quiet,
			'_modified'      => '2026-01-01T00:00:00.000Z',
		)
	);
}
wp_delete_post( 1, true );
wp_delete_post( 2, true );
wp_delete_post( 3, true );
$wrong = file_exists( WP_PLUGIN_DIR . '/unspun' ) ? activate_plugin( 'unspun/unspun.php' ) : null;
if ( is_wp_error( $wrong ) ) {
	fwrite( STDERR, $wrong->get_error_message() );
	exit( 1 );
}
echo $wp_version;
