<?php
/**
 * The way out of "block" where Unspun is wrong: who may edit other people's posts may release a text that is held.
 *
 * A release is kept with the post, with who gave it and when, and holds for this very text: once it changes, the new
 * text is checked like any other.
 *
 * @package Unspun
 */

namespace Unspun;

use WP_Post;
use WP_REST_Request;
use WP_REST_Server;

defined( 'ABSPATH' ) || exit;

/** Whether somebody has released this text of the post. */
function is_released( ?WP_Post $post, string $content ): bool {
	$release = $post ? get_post_meta( $post->ID, RELEASED, true ) : null;
	return is_array( $release ) && text_hash( $content ) === ( $release['text'] ?? null );
}

/** Equal for the same text, whatever ends its lines: a browser's form sends CR LF where REST sends LF. */
function text_hash( string $content ): string {
	return hash( 'sha256', normalize_whitespace( $content ) );
}

/** Whether this user may release a post: it is theirs to edit, and other people's posts are, too. */
function may_release( WP_Post $post ): bool {
	$type = get_post_type_object( $post->post_type );
	return null !== $type && current_user_can( $type->cap->edit_others_posts ) && current_user_can( 'edit_post', $post->ID );
}

/** Releases a text of a post: what is saved, or what is about to be. */
function release( WP_Post $post, string $content ): void {
	update_post_meta(
		$post->ID,
		RELEASED,
		array(
			'text' => text_hash( as_saved( $content, $post->ID ) ),
			'user' => get_current_user_id(),
			'time' => time(),
		)
	);
}

/** Registers the route. */
function register_release(): void {
	register_rest_route(
		ROUTES,
		'/release',
		array(
			'methods'             => WP_REST_Server::CREATABLE,
			'callback'            => __NAMESPACE__ . '\release_route',
			'permission_callback' => function ( WP_REST_Request $request ) {
				$post = get_post( (int) $request['post'] );
				return null !== $post && may_release( $post );
			},
			'args'                => array(
				'post'    => POST_ARGUMENT,
				'content' => array( 'type' => 'string' ),
			),
		)
	);
}

/** Releases the content that is sent, or else the post's as it is saved. */
function release_route( WP_REST_Request $request ): array {
	$post = get_post( (int) $request['post'] );
	release( $post, $request['content'] ?? $post->post_content );
	return array( 'released' => true );
}

/** A link that releases what is held of a post; '' where nothing is, or for who may not. */
function release_link( WP_Post $post ): string {
	if ( ! held_reason( $post->ID ) || ! may_release( $post ) ) {
		return '';
	}
	$url = wp_nonce_url( admin_url( "admin-post.php?action=unspun_release&post={$post->ID}" ), release_nonce( $post ) );
	return sprintf(
		'<a href="%s" aria-label="%s">%s</a>',
		esc_url( $url ),
		/* translators: %s: the title of a post */
		esc_attr( sprintf( __( 'Release “%s”, which Unspun holds back', 'unspun' ), get_the_title( $post ) ) ),
		esc_html__( 'Release', 'unspun' )
	);
}

/** The change to a post that was held back; null where it is the post itself that is held. */
function held_revision( WP_Post $post ): ?WP_Post {
	$id       = held_reason( $post->ID )['revision'] ?? 0;
	$revision = $id ? get_post( $id ) : null;
	return $revision && wp_get_post_parent_id( $revision ) === $post->ID ? $revision : null;
}

/** What the link's nonce is made for: this text of this post, so that nobody releases what came in its place meanwhile. */
function release_nonce( WP_Post $post ): string {
	return "unspun_release_{$post->ID}_" . text_hash( ( held_revision( $post ) ?? $post )->post_content );
}

/** Does what the link says. A change that was held back is put in its place at once; a new post waits to be published. */
function release_action(): void {
	$post = get_post( absint( $_GET['post'] ?? 0 ) );
	check_admin_referer( $post ? release_nonce( $post ) : 'unspun_release' );
	if ( null === $post || ! may_release( $post ) ) {
		wp_die( esc_html__( 'You may not release this post.', 'unspun' ), '', array( 'response' => 403 ) );
	}
	$revision = held_revision( $post );
	release( $post, ( $revision ?? $post )->post_content );
	if ( $revision ) {
		wp_restore_post_revision( $revision->ID );
	}
	delete_post_meta( $post->ID, HELD );
	$back = wp_get_referer();
	wp_safe_redirect( $back ? $back : admin_url( 'edit.php?post_type=' . $post->post_type ) );
	exit;
}

/** The link in the list of posts. */
function release_row_action( array $actions, WP_Post $post ): array {
	$link = release_link( $post );
	return '' === $link ? $actions : $actions + array( 'unspun_release' => $link );
}

add_action( 'rest_api_init', __NAMESPACE__ . '\register_release' );
add_action( 'admin_post_unspun_release', __NAMESPACE__ . '\release_action' );
add_filter( 'post_row_actions', __NAMESPACE__ . '\release_row_action', 10, 2 );
add_filter( 'page_row_actions', __NAMESPACE__ . '\release_row_action', 10, 2 );
