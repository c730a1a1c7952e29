<?php
/**
 * What becomes of a post that the gate holds back, and how people hear of it.
 *
 * A reason is {code: 'found', flagged: int, paragraphs: int} or {code: 'unchecked', message: string}, with `revision`
 * where a public post was to be changed: the id of the revision that has the new text.
 *
 * @package Unspun
 */

namespace Unspun;

use WP_Post;

defined( 'ABSPATH' ) || exit;

/** Posts that are named in the list's notice at most. */
const NAMED_MOST = 5;

/**
 * The row to be written in the place of one that is held.
 *
 * @param array        $data   The row, slashed.
 * @param WP_Post|null $before The post as it is; null: a new one.
 */
function held_back( array $data, ?WP_Post $before, array $reason ): array {
	if ( null === $before || $before->post_status !== $data['post_status'] || ! wp_revisions_enabled( $before ) ) {
		$data['post_status'] = 'pending';
		return $data;
	}
	$fields   = array_flip( array( 'post_title', 'post_content', 'post_excerpt' ) );
	$revision = kept_revision( $before, wp_unslash( array_intersect_key( $data, $fields ) ) );
	if ( ! $revision ) {
		$data['post_status'] = 'pending';
		return $data;
	}
	held_change( $before->ID, $reason + compact( 'revision' ) );
	return wp_slash( array_intersect_key( $before->to_array(), $fields ) ) + $data;
}

/** The id of the revision that keeps these fields of a post, 0 where none can be made; a feed that brings the same again makes no second one. */
function kept_revision( WP_Post $before, array $fields ): int {
	$reason = get_post_meta( $before->ID, HELD, true );
	$last   = is_array( $reason ) && ! empty( $reason['revision'] ) ? get_post( $reason['revision'] ) : null;
	if ( null !== $last && array_intersect_key( $last->to_array(), $fields ) == $fields ) { // phpcs:ignore -- In any order.
		return $last->ID;
	}
	$made = _wp_put_post_revision( $fields + $before->to_array() );
	return is_int( $made ) ? $made : 0;
}

/**
 * Why a change to a public post was held back in this request; null where none was.
 *
 * @param array|null $reason What it is from now on; empty: none.
 */
function held_change( int $post_id, ?array $reason = null ): ?array {
	static $reasons = array();
	if ( null !== $reason ) {
		$reasons[ $post_id ] = $reason ? $reason : null;
	}
	return $reasons[ $post_id ] ?? null;
}

/** A reason to hold a post, for people: what happened, why, and what to do. */
function words_for( array $reason ): string {
	$words = array(
		isset( $reason['revision'] )
			? __( 'Unspun holds back a change to this post: readers see it as it was, and the new text is among its revisions.', 'unspun' )
			: __( 'Unspun holds this post back.', 'unspun' ),
	);
	if ( 'found' === $reason['code'] ) {
		$words[] = sprintf(
			/* translators: 1: number of flagged paragraphs, 2: number of paragraphs with a score */
			_n(
				'Of its paragraphs with a score (%2$s), %1$s reads as if words had been swapped or machine-translated.',
				'Of its paragraphs with a score (%2$s), %1$s read as if words had been swapped or machine-translated.',
				$reason['flagged'],
				'unspun'
			),
			number_format_i18n( $reason['flagged'] ),
			number_format_i18n( $reason['paragraphs'] )
		);
		$words[] = __( 'Open Unspun in the editor, mend or ignore what is odd, and publish again; as a draft it can be saved at any time. If Unspun is wrong, whoever may edit other people’s posts can release it.', 'unspun' );
	} else {
		$words[] = __( 'It could not be checked.', 'unspun' );
		$words[] = $reason['message'];
	}
	return implode( ' ', $words );
}

/** Why this post is held back; null where it is not, and for who may not edit it. */
function held_reason( int $post_id ): ?array {
	$reason = get_post_meta( $post_id, HELD, true );
	return is_array( $reason ) && isset( $reason['code'] ) && current_user_can( 'edit_post', $post_id ) ? $reason : null;
}

/** Where the new text of a held change is to be seen; '' where it is in the post itself. */
function revision_url( array $reason ): string {
	return empty( $reason['revision'] ) ? '' : admin_url( 'revision.php?revision=' . (int) $reason['revision'] );
}

/** Above a post in the Classic Editor, and above the list of posts. */
function held_notice(): void {
	$screen = get_current_screen();
	if ( null === $screen || ! in_array( $screen->post_type, post_types(), true ) ) {
		return;
	}
	$said = '';
	if ( 'post' === $screen->base && ! $screen->is_block_editor() ) {
		$reason = held_reason( (int) get_the_ID() );
		$said   = $reason ? esc_html( words_for( $reason ) ) : '';
		if ( $reason && revision_url( $reason ) ) {
			$said .= sprintf( ' <a href="%s">%s</a>', esc_url( revision_url( $reason ) ), esc_html__( 'See the new text', 'unspun' ) );
		}
		$said .= $reason ? ' ' . release_link( get_post() ) : '';
	} elseif ( 'edit' === $screen->base ) {
		$links = held_links( $screen->post_type );
		$said  = $links ? esc_html__( 'Unspun holds back these posts, or a change to them:', 'unspun' ) . ' ' . implode( ', ', $links ) : '';
	}
	if ( '' !== $said ) {
		wp_admin_notice( $said, array( 'type' => 'warning' ) );
	}
}

/** The same in the block editor. */
function held_block_notice(): void {
	$reason = held_reason( (int) get_the_ID() );
	if ( null === $reason ) {
		return;
	}
	$url     = revision_url( $reason );
	$options = array(
		'id'      => 'unspun-held',
		'actions' => '' === $url ? array() : array(
			array(
				'url'   => $url,
				'label' => __( 'See the new text', 'unspun' ),
			),
		),
	);
	$flags   = JSON_HEX_TAG | JSON_HEX_AMP;
	wp_add_inline_script(
		'wp-notices',
		sprintf(
			'window.addEventListener( "DOMContentLoaded", function () { wp.data.dispatch( "core/notices" ).createWarningNotice( %s, %s ); } );',
			wp_json_encode( words_for( $reason ), $flags ),
			wp_json_encode( $options, $flags )
		)
	);
}

/** Links to the posts of a type that are held back and that this user may edit. */
function held_links( string $type ): array {
	$posts = get_posts(
		array(
			'post_type'   => $type,
			'post_status' => 'any',
			'author'      => current_user_can( get_post_type_object( $type )->cap->edit_others_posts ) ? 0 : get_current_user_id(),
			'meta_key'    => HELD,
			'numberposts' => 4 * NAMED_MOST,
		)
	);
	$mine  = array_filter( $posts, fn( $post ) => current_user_can( 'edit_post', $post->ID ) );
	return array_map(
		fn( $post ) => sprintf( '<a href="%s">%s</a>', esc_url( get_edit_post_link( $post ) ), esc_html( get_the_title( $post ) ) ),
		array_slice( $mine, 0, NAMED_MOST )
	);
}

add_action( 'admin_notices', __NAMESPACE__ . '\held_notice' );
add_action( 'enqueue_block_editor_assets', __NAMESPACE__ . '\held_block_notice' );
