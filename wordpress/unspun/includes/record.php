<?php
/**
 * What is kept of a post's check: post meta, and nothing outside of WordPress.
 *
 * `_unspun_score` ('' where there is none) and `_unspun_flagged` ('1' or '0') are for sorting and filtering,
 * `_unspun_check` is the verdict with the fingerprint of what was checked and the time, `_unspun_ignored` the phrases
 * that are not to be reported in this post, `_unspun_held` says why it was not published, and
 * `_unspun_released` which text of it somebody let through.
 *
 * @package Unspun
 */

namespace Unspun;

use WP_Post;

defined( 'ABSPATH' ) || exit;

const SCORE   = '_unspun_score';
const FLAGGED = '_unspun_flagged';
const CHECK   = '_unspun_check';
const IGNORED = '_unspun_ignored';
const HELD    = '_unspun_held';

/** Which text was released, by whom and when: see release.php. */
const RELEASED = '_unspun_released';

/** The service takes no more phrases, and no longer ones. */
const PHRASES_MOST = 1000;
const PHRASE_MOST  = 200;

/** Keeps a verdict on a post. fingerprint: that of what was checked. */
function record( int $post_id, array $verdict, string $fingerprint ): void {
	$check = array(
		'fingerprint' => $fingerprint,
		'time'        => time(),
	);
	update_post_meta( $post_id, SCORE, null === $verdict['score'] ? '' : (string) $verdict['score'] );
	update_post_meta( $post_id, FLAGGED, $verdict['flagged'] ? '1' : '0' );
	update_post_meta( $post_id, CHECK, wp_slash( $check + $verdict ) );
}

/** The verdict that was kept last, with `fingerprint` and `time` (seconds since 1970); null where there is none. */
function recorded( int $post_id ): ?array {
	$check = get_post_meta( $post_id, CHECK, true );
	return is_array( $check ) && isset( $check['fingerprint'], $check['time'], $check['held'] ) ? $check : null;
}

/** Whether the kept verdict is on the post as it is now, with the settings as they are now. */
function is_current( WP_Post $post ): bool {
	$check = recorded( $post->ID );
	return null !== $check && fingerprint( $post->post_content, ignored( $post->ID ) ) === $check['fingerprint'];
}

/** The phrases that are not to be reported in this post. */
function ignored( int $post_id ): array {
	return phrases( get_post_meta( $post_id, IGNORED, true ) );
}

/**
 * A list of phrases as the service takes it: no blank ones, none twice, none too long, not too many.
 *
 * @param mixed $value What was sent or stored.
 */
function phrases( $value ): array {
	$phrases = array();
	foreach ( is_array( $value ) ? $value : array() as $phrase ) {
		$phrase = is_string( $phrase ) ? trim( wp_check_invalid_utf8( $phrase, true ) ) : '';
		if ( '' !== $phrase && utf16_units( $phrase ) <= PHRASE_MOST ) {
			$phrases[] = $phrase;
		}
	}
	return array_slice( array_values( array_unique( $phrases ) ), 0, PHRASES_MOST );
}

/** Equal for the same content, ignored phrases and settings of judgement. */
function fingerprint( string $content, array $allow ): string {
	$settings = settings();
	sort( $allow );
	return hash(
		'sha256',
		(string) wp_json_encode(
			array( hash( 'sha256', $content ), $allow, $settings['mode'], $settings['hold'], $settings['skip_quotes'] ),
			JSON_INVALID_UTF8_SUBSTITUTE
		)
	);
}

/** Removes all that this plug-in keeps of posts. */
function forget_all(): void {
	foreach ( array( SCORE, FLAGGED, CHECK, IGNORED, HELD, RELEASED ) as $key ) {
		delete_post_meta_by_key( $key );
	}
}

/** Lets the editor read and write the ignored phrases. */
function register_ignored(): void {
	foreach ( post_types() as $type ) {
		register_post_meta(
			$type,
			IGNORED,
			array(
				'single'            => true,
				'type'              => 'array',
				'default'           => array(),
				'sanitize_callback' => __NAMESPACE__ . '\phrases',
				'auth_callback'     => fn( $allowed, $key, $post_id, $user_id ) => user_can( $user_id, 'edit_post', $post_id ),
				'show_in_rest'      => array(
					'schema' => array(
						'type'    => 'array',
						'items'   => array( 'type' => 'string' ),
						'context' => array( 'edit' ),
					),
				),
			)
		);
	}
}

add_action( 'init', __NAMESPACE__ . '\register_ignored', 99 );
