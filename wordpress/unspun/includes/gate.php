<?php
/**
 * The gate on the server, where the settings say "block": what is held is not published, whichever way it comes.
 *
 * REST (the block editor, apps, agencies) gets an error. Every other way, where an error would lose the text (the
 * Classic Editor, Quick Edit, XML-RPC, importers, feeds), gets a post that waits as "pending", and where a public post
 * was to be changed, that stays as it is, with the new text among its revisions. held.php does this and says so.
 *
 * @package Unspun
 */

namespace Unspun;

use stdClass;
use WP_Error;
use WP_Post;
use WP_REST_Request;

defined( 'ABSPATH' ) || exit;

/** Seconds for which a server that did not answer is not asked again by the same process. */
const PAUSE = 30;

/**
 * Refuses to publish what is held.
 *
 * @param stdClass|WP_Error $prepared The post as it will be saved; what the request leaves alone is not set.
 * @return stdClass|WP_Error
 */
function gate_rest( $prepared, WP_REST_Request $request ) {
	// An autosave is kept beside a public post, or changes a draft: it publishes nothing.
	if ( is_wp_error( $prepared ) || preg_match( '#/autosaves(/|$)#', $request->get_route() ) ) {
		return $prepared;
	}
	$post_id = (int) ( $prepared->ID ?? 0 );
	$before  = $post_id ? get_post( $post_id ) : null;
	$status  = $prepared->post_status ?? ( $before ? $before->post_status : 'draft' );
	$content = isset( $prepared->post_content ) ? as_saved( $prepared->post_content, $post_id ) : ( $before ? $before->post_content : '' );
	if ( ! is_gated( $before, $status, $content ) ) {
		return $prepared;
	}
	// Where a type has no `custom-fields`, REST keeps no meta, and phrases that nobody can see afterwards do not count.
	$sent   = post_type_supports( $prepared->post_type, 'custom-fields' ) ? $request['meta'][ IGNORED ] ?? null : null;
	$reason = reason_to_hold( $content, allowed( $post_id, $sent ), true );
	return $reason ? new WP_Error( 'unspun_held', words_for( $reason ), array( 'status' => 403 ) ) : $prepared;
}

/**
 * Keeps what is held from readers.
 *
 * @param array $data    The row to be written, slashed.
 * @param array $postarr What wp_insert_post() was given.
 */
function gate_insert( array $data, array $postarr ): array {
	$post_id = (int) ( $postarr['ID'] ?? 0 );
	$before  = $post_id ? get_post( $post_id ) : null;
	$content = wp_unslash( $data['post_content'] );
	if ( ! in_array( $data['post_type'], post_types(), true ) || ! is_gated( $before, $data['post_status'], $content ) ) {
		return $data;
	}
	$reason = reason_to_hold( $content, allowed( $post_id, $postarr['meta_input'][ IGNORED ] ?? null ) );
	if ( $reason ) {
		return held_back( $data, $before, $reason );
	}
	held_change( $post_id, array() );
	return $data;
}

/** Takes back what is published past wp_insert_post(), as by wp_publish_post(), unless it was checked as it is. */
function gate_transition( string $status, string $status_before, WP_Post $post ): void {
	global $wpdb;
	if ( $status === $status_before || ! in_array( $post->post_type, post_types(), true ) || ! is_gated( null, $status, $post->post_content ) ) {
		return;
	}
	$check = recorded( $post->ID );
	if ( is_released( $post, $post->post_content ) || ( null !== $check && ! $check['held'] && is_current( $post ) ) ) {
		return;
	}
	if ( reason_to_hold( $post->post_content, ignored( $post->ID ) ) ) {
		// Not by wp_update_post(): without a user it would strip the text of what only some may write.
		$wpdb->update( $wpdb->posts, array( 'post_status' => 'pending' ), array( 'ID' => $post->ID ) );
		clean_post_cache( $post );
		wp_transition_post_status( 'pending', $status, get_post( $post->ID ) );
	}
}

/** Keeps the verdict on a post, and why it is held, once it is saved. */
function gate_saved( int $post_id ): void {
	$post = get_post( $post_id );
	if ( null === $post || ! in_array( $post->post_type, post_types(), true ) ) {
		return;
	}
	$known   = known( $post->post_content );
	$verdict = $known['verdict'] ?? null;
	if ( is_array( $verdict ) ) {
		record( $post_id, $verdict, fingerprint( $post->post_content, $known['allow'] ) );
	}
	$reason = held_change( $post_id ) ?? ( 'pending' === $post->post_status ? $known['reason'] ?? null : null );
	if ( $reason ) {
		update_post_meta( $post_id, HELD, wp_slash( $reason ) );
	} elseif ( 'pending' !== $post->post_status ) {
		delete_post_meta( $post_id, HELD );
	}
}

/** Whether this is to be checked first: a text that becomes public, or a public one that changes, and is not released. */
function is_gated( ?WP_Post $before, string $status, string $content ): bool {
	if ( 'block' !== settings()['action'] || ! is_public( $status ) || is_released( $before, $content ) ) {
		return false;
	}
	return null === $before
		|| $before->post_status !== $status
		|| ! in_array( $content, array( $before->post_content, as_saved( $before->post_content, $before->ID ) ), true );
}

/** Whether readers see a post with this status, now or by itself later. */
function is_public( string $status ): bool {
	return 'future' === $status || in_array( $status, get_post_stati( array( 'public' => true ) ), true );
}

/** A content as WordPress will save it for this user. */
function as_saved( string $content, int $post_id ): string {
	return wp_unslash( sanitize_post_field( 'post_content', wp_slash( $content ), $post_id, 'db' ) );
}

/**
 * The phrases that are not to be reported: those that come with the post, or those kept with it.
 *
 * @param int   $post_id 0: a new post.
 * @param mixed $sent    What came with it; null: nothing.
 */
function allowed( int $post_id, $sent ): array {
	return null === $sent ? ( $post_id ? ignored( $post_id ) : array() ) : phrases( $sent );
}

/**
 * Why a text is held: {code: 'found', flagged: int, paragraphs: int} or {code: 'unchecked', message: string}; null where
 * it is not.
 *
 * @param bool $sure Whether these are all the phrases: a route has read those that come with its post, the doors behind
 *                   it see only those kept with it, and let through what the route let through.
 */
function reason_to_hold( string $content, array $allow, bool $sure = false ): ?array {
	$known = known( $content );
	if ( null !== $known && ( $known['allow'] === $allow || ( null === $known['reason'] && ! $sure ) ) ) {
		return $known['reason'];
	}
	$verdict = verdict_or_pause( $content, $allow );
	$reason  = null;
	if ( ! is_wp_error( $verdict ) ) {
		$reason = $verdict['held'] ? array(
			'code'       => 'found',
			'flagged'    => $verdict['flagged_paragraphs'],
			'paragraphs' => $verdict['paragraphs'],
		) : null;
	} elseif ( 'hold' === settings()['when_down'] || 'unspun_too_large' === $verdict->get_error_code() ) {
		$reason = array(
			'code'    => 'unchecked',
			'message' => $verdict->get_error_message(),
		);
	}
	known( $content, compact( 'verdict', 'reason', 'allow' ) );
	return $reason;
}

/**
 * What this request already knows of a text: {verdict: array|WP_Error, reason: array|null, allow: array} or null.
 *
 * @param array|null $learnt What it is to know from now on.
 */
function known( string $content, ?array $learnt = null ): ?array {
	static $all = array();
	$key        = md5( $content );
	if ( null !== $learnt ) {
		$all[ $key ] = $learnt;
	}
	return $all[ $key ] ?? null;
}

/**
 * The verdict on a text. A server that did not answer a moment ago is not asked again, so that nobody waits for every
 * post of a bulk action in turn.
 *
 * @return array|WP_Error
 */
function verdict_or_pause( string $content, array $allow ) {
	static $error = null;
	static $until = 0;
	if ( null !== $error && time() < $until ) {
		return $error;
	}
	$verdict = check_content( $content, $allow );
	$error   = null;
	if ( is_wp_error( $verdict ) && in_array( $verdict->get_error_code(), array( 'unspun_unreachable', 'unspun_slow' ), true ) ) {
		$error = $verdict;
		$until = time() + PAUSE;
	}
	return $verdict;
}

/** Stands at the door of every type that is checked. */
function gate_types(): void {
	foreach ( post_types() as $type ) {
		add_filter( "rest_pre_insert_$type", __NAMESPACE__ . '\gate_rest', 99, 2 );
	}
}

add_action( 'rest_api_init', __NAMESPACE__ . '\gate_types' );
add_filter( 'wp_insert_post_data', __NAMESPACE__ . '\gate_insert', 99, 2 );
add_action( 'transition_post_status', __NAMESPACE__ . '\gate_transition', 1, 3 );
add_action( 'wp_after_insert_post', __NAMESPACE__ . '\gate_saved' );
