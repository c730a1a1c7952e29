<?php
/**
 * The Classic Editor: a meta box with the check, for posts that are not edited in the block editor.
 *
 * Its route judges the content as the gate does, in the same documents, and gives back the prepared HTML that the
 * offsets count in, so that the box can show the paragraphs and find them in the text.
 *
 * @package Unspun
 */

namespace Unspun;

use WP_Error;
use WP_Post;
use WP_REST_Request;
use WP_REST_Server;

defined( 'ABSPATH' ) || exit;

/** The field of the form that carries the ignored phrases, as JSON, and its nonce. */
const IGNORED_FIELD = 'unspun_ignored';
const IGNORED_NONCE = 'unspun_ignored_nonce';

/** Whether this page of the admin edits a post of a type that is checked, and not in the block editor. */
function is_classic(): bool {
	$screen = get_current_screen();
	return $screen && 'post' === $screen->base && ! $screen->is_block_editor() && in_array( $screen->post_type, post_types(), true );
}

/** Adds the meta box. */
function add_classic_box( string $type, $post ): void {
	if ( ! is_classic() || ! $post instanceof WP_Post || ! current_user_can( 'edit_post', $post->ID ) ) {
		return;
	}
	add_meta_box(
		'unspun',
		__( 'Unspun', 'unspun' ),
		__NAMESPACE__ . '\classic_box',
		$type,
		'normal',
		'high',
		array( '__back_compat_meta_box' => true )
	);
}

/** The meta box: what the script fills, and the field that carries the ignored phrases. */
function classic_box( WP_Post $post ): void {
	wp_nonce_field( IGNORED_FIELD . $post->ID, IGNORED_NONCE, false );
	printf(
		'<input type="hidden" id="unspun-ignored" name="%s" value="%s">',
		esc_attr( IGNORED_FIELD ),
		esc_attr( (string) wp_json_encode( ignored( $post->ID ) ) )
	);
	printf( '<p class="unspun-hint">%s</p>', esc_html( classic_hint( $post ) ) );
	printf( '<div id="unspun-classic" data-post="%d"></div>', (int) $post->ID );
	printf( '<noscript><p>%s</p></noscript>', esc_html__( 'The check needs JavaScript in the browser.', 'unspun' ) );
}

/** What will happen to a post that is held, said before it happens. */
function classic_hint( WP_Post $post ): string {
	$settings = settings();
	if ( 'ask' === $settings['action'] ) {
		return __( 'When you publish, the text is checked. You are asked first where it is flagged.', 'unspun' );
	}
	if ( 'block' !== $settings['action'] ) {
		return __( 'The check is advice: it does not keep a post from being published.', 'unspun' );
	}
	$hint = is_public( $post->post_status ) && wp_revisions_enabled( $post )
		? __( 'When you save, the text is checked. Where it is flagged, it is kept among the revisions, and readers see the post as it was.', 'unspun' )
		: __( 'When you publish, the text is checked. Where it is flagged, the post is kept as “Pending Review” and not published.', 'unspun' );
	return 'hold' === $settings['when_down']
		? $hint . ' ' . __( 'So it is where the text cannot be checked.', 'unspun' )
		: $hint;
}

/** Brings the script and the styles of the box. */
function enqueue_classic(): void {
	if ( ! is_classic() ) {
		return;
	}
	$depends = array( 'wp-a11y', 'wp-api-fetch', 'wp-components', 'wp-dom-ready', 'wp-element', 'wp-i18n' );
	wp_enqueue_script( 'unspun-findings', plugins_url( 'js/findings.js', FILE ), $depends, VERSION, true );
	wp_enqueue_script( 'unspun-classic', plugins_url( 'js/classic.js', FILE ), array( 'unspun-findings' ), VERSION, true );
	foreach ( array( 'unspun-findings', 'unspun-classic' ) as $script ) {
		wp_set_script_translations( $script, 'unspun', plugin_dir_path( FILE ) . 'languages' );
	}
	$told = array( 'classic' => true ) + editor_settings();
	wp_add_inline_script( 'unspun-findings', 'window.unspunSettings = ' . wp_json_encode( $told ) . ';', 'before' );
	wp_enqueue_style( 'unspun-editor', plugins_url( 'css/editor.css', FILE ), array( 'wp-components' ), VERSION );
}

/** Keeps the ignored phrases that the form of the Classic Editor sends, before the post is judged and saved. */
function save_ignored(): void {
	// phpcs:ignore WordPress.Security.NonceVerification.Missing -- The next lines do.
	$post_id = isset( $_POST['post_ID'] ) ? absint( $_POST['post_ID'] ) : 0;
	if ( ! $post_id || ! isset( $_POST[ IGNORED_FIELD ], $_POST[ IGNORED_NONCE ] ) || ! is_string( $_POST[ IGNORED_FIELD ] ) ) {
		return;
	}
	$nonce = sanitize_text_field( wp_unslash( $_POST[ IGNORED_NONCE ] ) );
	if ( ! wp_verify_nonce( $nonce, IGNORED_FIELD . $post_id ) || ! current_user_can( 'edit_post', $post_id ) ) {
		return;
	}
	// phpcs:ignore WordPress.Security.ValidatedSanitizedInput.InputNotSanitized -- phrases() does.
	$sent = json_decode( wp_unslash( $_POST[ IGNORED_FIELD ] ), true );
	if ( is_array( $sent ) && in_array( get_post_type( $post_id ), post_types(), true ) ) {
		update_post_meta( $post_id, IGNORED, wp_slash( phrases( $sent ) ) );
	}
}

/** Registers the route of the box. */
function register_classic_route(): void {
	register_rest_route(
		ROUTES,
		'/classic',
		array(
			'methods'             => WP_REST_Server::CREATABLE,
			'callback'            => __NAMESPACE__ . '\classic_route',
			'permission_callback' => __NAMESPACE__ . '\may_check',
			'args'                => array(
				'post'    => POST_ARGUMENT,
				'content' => array(
					'type'     => 'string',
					'required' => true,
				),
				'allow'   => ALLOW_ARGUMENT,
			),
		)
	);
}

/**
 * What the service says about a post's content: a list of {model, mode, document, text}, where text is the HTML that
 * the document's offsets count in, in UTF-16 units.
 *
 * @return array|WP_Error
 */
function classic_route( WP_REST_Request $request ) {
	$content = (string) $request['content'];
	if ( strlen( $content ) > CONTENT_MOST ) {
		return failure( 'too_large', __( 'The post is too large to be checked.', 'unspun' ) );
	}
	$found = array();
	foreach ( requests_of( array( documents_of( $content ) ) ) as $documents ) {
		$answer = score( $documents, 'html', phrases( $request['allow'] ) );
		if ( is_wp_error( $answer ) ) {
			return $answer;
		}
		foreach ( $documents as $number => $document ) {
			$found[] = part_of( $answer, $number ) + array( 'text' => $document['text'] );
		}
	}
	return $found;
}

add_action( 'add_meta_boxes', __NAMESPACE__ . '\add_classic_box', 10, 2 );
add_action( 'admin_enqueue_scripts', __NAMESPACE__ . '\enqueue_classic' );
// Not `save_post`: the gate judges the post before that, and must know what is ignored.
add_action( 'admin_action_editpost', __NAMESPACE__ . '\save_ignored' );
add_action( 'rest_api_init', __NAMESPACE__ . '\register_classic_route' );
