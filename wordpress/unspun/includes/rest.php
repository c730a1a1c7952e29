<?php
/**
 * The routes of the plug-in: check a text of a post, and test the connection.
 *
 * @package Unspun
 */

namespace Unspun;

use WP_Error;
use WP_REST_Request;
use WP_REST_Server;

defined( 'ABSPATH' ) || exit;

const ROUTES = 'unspun/v1';

/** Bytes of a text that are checked at once. */
const TEXT_MOST = MB_IN_BYTES;

/** What several routes take: the id of a post, and the phrases that are not to be reported. */
const POST_ARGUMENT  = array(
	'type'     => 'integer',
	'minimum'  => 1,
	'required' => true,
);
const ALLOW_ARGUMENT = array(
	'type'    => 'array',
	'items'   => array( 'type' => 'string' ),
	'default' => array(),
);

/** Registers the routes. */
function register_routes(): void {
	register_rest_route(
		ROUTES,
		'/check',
		array(
			'methods'             => WP_REST_Server::CREATABLE,
			'callback'            => __NAMESPACE__ . '\check_route',
			'permission_callback' => __NAMESPACE__ . '\may_check',
			'args'                => array(
				'post'   => POST_ARGUMENT,
				'text'   => array(
					'type'     => 'string',
					'required' => true,
				),
				'allow'  => ALLOW_ARGUMENT,
			),
		)
	);
	register_rest_route(
		ROUTES,
		'/test',
		array(
			'methods'             => WP_REST_Server::CREATABLE,
			'callback'            => __NAMESPACE__ . '\test_route',
			'permission_callback' => fn() => current_user_can( 'manage_options' ),
			'args'                => array(
				'server' => array( 'type' => 'string' ),
				'key'    => array( 'type' => 'string' ),
			),
		)
	);
}

/** Who may check a text of a post: who may edit the post. */
function may_check( WP_REST_Request $request ): bool {
	$post = get_post( (int) $request['post'] );
	return null !== $post && current_user_can( 'edit_post', $post->ID );
}

/**
 * The verdict on a text and its paragraphs, with offsets in UTF-16 units of the text.
 *
 * @return array|WP_Error
 */
function check_route( WP_REST_Request $request ) {
	$text = (string) $request['text'];
	if ( strlen( $text ) > TEXT_MOST ) {
		return failure(
			'too_large',
			sprintf(
				/* translators: %s: a size such as "1 MB" */
				__( 'The text is too large to be checked at once: the limit is %s.', 'unspun' ),
				size_format( TEXT_MOST )
			)
		);
	}
	$document = array(
		'id'   => '0',
		'text' => $text,
	);
	$answer   = score( array( $document ), 'text', phrases( $request['allow'] ) );
	if ( is_wp_error( $answer ) ) {
		return $answer;
	}
	return part_of( $answer, 0 );
}

/** What the editors are told of one document of an answer. */
function part_of( array $answer, int $number ): array {
	$document = $answer['documents'][ $number ];
	unset( $document['id'] );
	return array(
		'model'    => model_name( $answer ),
		'mode'     => $answer['mode'],
		'document' => $document,
	);
}

/**
 * Whether the service answers: that of the settings, or the one that is named.
 *
 * The kept key is sent to no server but the one it was kept for.
 *
 * @return array|WP_Error
 */
function test_route( WP_REST_Request $request ) {
	$settings = settings();
	$server   = is_constant( 'server' ) ? '' : rtrim( trim( (string) $request['server'] ), '/' );
	$server   = '' === $server ? $settings['server'] : $server;
	$key      = is_constant( 'key' ) ? '' : trim( (string) $request['key'] );
	if ( '' === $key && $server === $settings['server'] ) {
		$key = $settings['key'];
	} elseif ( '' === $key && '' !== $settings['key'] ) {
		return failure( 'key', __( 'Save the new address first, or enter the key once more: to test a connection, the kept key is sent only to the server it was kept for.', 'unspun' ) );
	}
	$answer = ask(
		$server,
		$key,
		array(
			array(
				'id'   => '0',
				'text' => '',
			),
		),
		'text',
		array()
	);
	if ( is_wp_error( $answer ) ) {
		return $answer;
	}
	return array(
		'ok'    => true,
		'model' => model_name( $answer ),
		'mode'  => $answer['mode'],
	);
}

add_action( 'rest_api_init', __NAMESPACE__ . '\register_routes' );
