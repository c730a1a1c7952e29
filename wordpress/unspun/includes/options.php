<?php
/**
 * The settings: their defaults, what wp-config.php overrides, and which post types are checked.
 *
 * @package Unspun
 */

namespace Unspun;

defined( 'ABSPATH' ) || exit;

const OPTION = 'unspun_settings';

const DEFAULTS = array(
	'server'      => 'http://127.0.0.1:8000',
	'key'         => '',
	'mode'        => 'balanced',
	'action'      => 'advise',
	'hold'        => 'post',
	'when_down'   => 'hold',
	'skip_quotes' => false,
	'seconds'     => 20,
);

const CHOICES = array(
	'mode'      => array( 'strict', 'balanced', 'sensitive' ),
	'action'    => array( 'advise', 'ask', 'block' ),
	'hold'      => array( 'post', 'paragraph' ),
	'when_down' => array( 'hold', 'pass' ),
);

const SECONDS_MOST = 120;

/** Settings that a constant in wp-config.php overrides. */
const CONSTANTS = array(
	'server' => 'UNSPUN_SERVER',
	'key'    => 'UNSPUN_KEY',
);

/** Every setting, as it holds now: always of the documented type and among the documented choices. */
function settings(): array {
	$settings = stored();
	foreach ( CONSTANTS as $name => $constant ) {
		if ( is_constant( $name ) ) {
			$settings[ $name ] = (string) constant( $constant );
		}
	}
	$settings['server'] = rtrim( $settings['server'], '/' );
	return $settings;
}

/** Every setting as it is in the database, without the constants. */
function stored(): array {
	$stored   = get_option( OPTION );
	$stored   = is_array( $stored ) ? $stored : array();
	$settings = DEFAULTS;
	foreach ( CHOICES as $name => $choices ) {
		if ( in_array( $stored[ $name ] ?? null, $choices, true ) ) {
			$settings[ $name ] = $stored[ $name ];
		}
	}
	foreach ( array_keys( CONSTANTS ) as $name ) {
		if ( is_string( $stored[ $name ] ?? null ) ) {
			$settings[ $name ] = $stored[ $name ];
		}
	}
	$settings['skip_quotes'] = ! empty( $stored['skip_quotes'] );
	if ( is_numeric( $stored['seconds'] ?? null ) ) {
		$settings['seconds'] = min( max( (int) $stored['seconds'], 1 ), SECONDS_MOST );
	}
	return $settings;
}

/** Whether wp-config.php sets this setting. */
function is_constant( string $name ): bool {
	return defined( CONSTANTS[ $name ] ) && is_scalar( constant( CONSTANTS[ $name ] ) );
}

/** The names of the post types whose posts are checked: public ones with an editor. */
function post_types(): array {
	$types = array_filter(
		get_post_types( array( 'public' => true ) ),
		fn( $type ) => post_type_supports( $type, 'editor' )
	);
	return (array) apply_filters( 'unspun_post_types', array_values( $types ) );
}

/** Makes the option, so that it is not loaded with every page. */
function make_option(): void {
	if ( false === get_option( OPTION ) ) {
		add_option( OPTION, array(), '', false );
	}
}

register_activation_hook( FILE, __NAMESPACE__ . '\make_option' );
add_action( 'admin_init', __NAMESPACE__ . '\make_option' );
