<?php
/**
 * The lists of posts: a column with the score, which can be sorted by; a filter; and a bulk action that checks chosen
 * posts. All of it for those who may edit posts of the list's type; WordPress lists other people's drafts to them, but
 * their scores are for those who may edit other people's posts.
 *
 * @package Unspun
 */

namespace Unspun;

use WP_Query;

defined( 'ABSPATH' ) || exit;

const COLUMN = 'unspun';

/** Seconds that the bulk action checks; what is left then is left. */
const BULK_SECONDS = 20;

/** What the bulk action counts, each in an argument of the list's address. */
const BULK_COUNTS = array( 'checked', 'flagged', 'failed', 'refused', 'left' );

function list_columns(): void {
	foreach ( post_types() as $type ) {
		$object = get_post_type_object( $type );
		if ( null === $object || ! current_user_can( $object->cap->edit_posts ) ) {
			continue;
		}
		add_filter( "manage_{$type}_posts_columns", __NAMESPACE__ . '\column_add' );
		add_action( "manage_{$type}_posts_custom_column", __NAMESPACE__ . '\column_show', 10, 2 );
		add_filter( "manage_edit-{$type}_sortable_columns", __NAMESPACE__ . '\column_sortable' );
		add_filter( "bulk_actions-edit-{$type}", __NAMESPACE__ . '\bulk_add' );
		add_filter( "handle_bulk_actions-edit-{$type}", __NAMESPACE__ . '\bulk_check', 10, 3 );
	}
}

function column_add( array $columns ): array {
	$columns[ COLUMN ] = __( 'Unspun', 'unspun' );
	return $columns;
}

/** The highest scores come first. */
function column_sortable( array $columns ): array {
	$columns[ COLUMN ] = array( COLUMN, true );
	return $columns;
}

function column_show( string $column, int $post_id ): void {
	$post = get_post( $post_id );
	if ( COLUMN !== $column || ! $post || ( get_current_user_id() !== (int) $post->post_author && ! sees_all( $post->post_type ) ) ) {
		return;
	}
	$check = recorded( $post_id );
	if ( null === $check ) {
		echo '<span aria-hidden="true">—</span><span class="screen-reader-text">' . esc_html__( 'Not checked', 'unspun' ) . '</span>';
		return;
	}
	echo '<span class="unspun-score">' . esc_html( null === $check['score'] ? unscored_words( $check['status'] ) : score_words( $check['score'] ) ) . '</span>';
	if ( $check['flagged'] ) {
		echo '<br><strong class="unspun-flagged">' . esc_html__( 'Flagged', 'unspun' ) . '</strong>';
	}
	if ( ! is_current( $post ) ) {
		echo '<br><em>' . esc_html__( 'Changed since', 'unspun' ) . '</em>';
	}
}

/** Whether this user may know the scores of everybody's posts of a type, and not only of their own. */
function sees_all( string $type ): bool {
	return current_user_can( get_post_type_object( $type )->cap->edit_others_posts );
}

/** A probability as people read it: never certainty. */
function score_words( float $score ): string {
	if ( $score > 0.99 ) {
		return __( 'over 99%', 'unspun' );
	}
	if ( $score < 0.01 ) {
		return __( 'under 1%', 'unspun' );
	}
	/* translators: %d: a probability. */
	return sprintf( __( '%d%%', 'unspun' ), (int) round( 100 * $score ) );
}

/** Why a post has no score. */
function unscored_words( string $status ): string {
	$words = array(
		'too_short'   => __( 'too short', 'unspun' ),
		'not_prose'   => __( 'not prose', 'unspun' ),
		'not_english' => __( 'not English', 'unspun' ),
		'skipped'     => __( 'left out', 'unspun' ),
	);
	return $words[ $status ] ?? str_replace( '_', ' ', $status );
}

/** The filter's choices: what they are called, and the condition on the post's `_unspun_flagged`. */
function list_filters(): array {
	return array(
		'flagged'   => array( __( 'Flagged by Unspun', 'unspun' ), "unspun_flagged.meta_value = '1'" ),
		'clear'     => array( __( 'Not flagged by Unspun', 'unspun' ), "unspun_flagged.meta_value = '0'" ),
		'unchecked' => array( __( 'Not checked by Unspun', 'unspun' ), 'unspun_flagged.meta_value IS NULL' ),
	);
}

/** The filter that was chosen, or ''. */
function list_filter(): string {
	// phpcs:ignore WordPress.Security.NonceVerification.Recommended
	$chosen = isset( $_GET['unspun'] ) && is_string( $_GET['unspun'] ) ? sanitize_key( $_GET['unspun'] ) : '';
	return isset( list_filters()[ $chosen ] ) ? $chosen : '';
}

/** Whether the column is in the list of this type, for this user. */
function has_column( string $type ): bool {
	return (bool) has_filter( "manage_{$type}_posts_columns", __NAMESPACE__ . '\column_add' );
}

function filter_show( string $type, string $which = 'top' ): void {
	if ( 'top' !== $which || ! has_column( $type ) ) {
		return;
	}
	echo '<label class="screen-reader-text" for="filter-by-unspun">' . esc_html__( 'Filter by what Unspun found', 'unspun' ) . '</label>';
	echo '<select name="unspun" id="filter-by-unspun"><option value="">' . esc_html__( 'Unspun: all', 'unspun' ) . '</option>';
	foreach ( list_filters() as $value => list( $label ) ) {
		echo '<option value="' . esc_attr( $value ) . '"' . selected( $value, list_filter(), false ) . '>' . esc_html( $label ) . '</option>';
	}
	echo '</select>';
}

/**
 * Filter and sort the list. A left join of our own, because a meta query would drop the posts without a score; these
 * come last, whichever way is sorted, and last of all those that were never checked.
 */
function list_clauses( array $clauses, WP_Query $query ): array {
	global $pagenow, $wpdb;
	if ( ! is_admin() || 'edit.php' !== $pagenow || ! $query->is_main_query() ) {
		return $clauses;
	}
	$type = $query->get( 'post_type' );
	$type = is_string( $type ) && '' !== $type ? $type : 'post';
	if ( ! has_column( $type ) ) {
		return $clauses;
	}
	$known  = sees_all( $type ) ? '' : $wpdb->prepare( " AND {$wpdb->posts}.post_author = %d", get_current_user_id() );
	$join   = function ( string $name, string $key ) use ( $wpdb ) {
		return $wpdb->prepare( " LEFT JOIN {$wpdb->postmeta} AS $name ON $name.post_id = {$wpdb->posts}.ID AND $name.meta_key = %s", $key ); // phpcs:ignore WordPress.DB.PreparedSQL
	};
	$filter = list_filter();
	if ( '' !== $filter ) {
		$clauses['join']  .= $join( 'unspun_flagged', FLAGGED );
		$clauses['where'] .= ' AND ' . list_filters()[ $filter ][1] . $known;
	}
	if ( COLUMN === $query->get( 'orderby' ) ) {
		$way                = 'ASC' === strtoupper( (string) $query->get( 'order' ) ) ? 'ASC' : 'DESC';
		$clauses['join']   .= $join( 'unspun_score', SCORE ) . $known;
		$clauses['orderby'] = "CASE WHEN unspun_score.meta_value IS NULL THEN 2 WHEN unspun_score.meta_value = '' THEN 1 ELSE 0 END ASC, CAST(unspun_score.meta_value AS DECIMAL(10,6)) $way, {$wpdb->posts}.ID DESC";
	}
	return $clauses;
}

function bulk_add( array $actions ): array {
	// phpcs:ignore WordPress.Security.NonceVerification.Recommended
	if ( ! isset( $_REQUEST['post_status'] ) || 'trash' !== $_REQUEST['post_status'] ) {
		$actions['unspun_check'] = __( 'Check with Unspun', 'unspun' );
	}
	return $actions;
}

/** Check the chosen posts and tell in the list's address what came of it. WordPress has checked the nonce. */
function bulk_check( string $redirect, string $action, array $ids ): string {
	if ( 'unspun_check' !== $action ) {
		return $redirect;
	}
	$posts = array_filter(
		array_map( 'get_post', array_map( 'intval', $ids ) ),
		fn( $post ) => $post && in_array( $post->post_type, post_types(), true ) && current_user_can( 'edit_post', $post->ID )
	);
	$found = bulk_run( array_values( $posts ), microtime( true ) + BULK_SECONDS );
	$told  = array( 'refused' => count( $ids ) - count( $posts ) ) + $found;
	foreach ( $told as $name => $value ) {
		$redirect = add_query_arg( "unspun_$name", rawurlencode( (string) $value ), $redirect );
	}
	return $redirect;
}

/** Check these posts until a time; returns the counts and the last error's code. */
function bulk_run( array $posts, float $until ): array {
	$found = array_fill_keys( array( 'checked', 'flagged', 'failed', 'left' ), 0 ) + array( 'error' => '' );
	$queue = array_chunk( $posts, ARCHIVE_BATCH );
	$down  = false;
	while ( $queue && ! $down && microtime( true ) < $until ) {
		$batch   = array_shift( $queue );
		$results = check_posts( $batch );
		$again   = array();
		foreach ( $batch as $post ) {
			$result = $results[ $post->ID ];
			if ( is_wp_error( $result ) ) {
				$again[]        = $post;
				$found['error'] = $result->get_error_code();
				$down           = $down || is_service_down( $result );
			} else {
				++$found['checked'];
				$found['flagged'] += $result['flagged'] ? 1 : 0;
			}
		}
		if ( $down || count( $again ) > 1 ) {
			// One of these, or all of them together, was too much: fewer at once.
			$queue = array_merge( $again ? array_chunk( $again, (int) ceil( count( $again ) / 2 ) ) : array(), $queue );
		} else {
			$found['failed'] += count( $again );
		}
	}
	$found['left'] = array_sum( array_map( 'count', $queue ) );
	return $found;
}

/** Why posts could not be checked, from an error's code; the address of a page can hold no message. */
function bulk_reason( string $code ): string {
	$reasons = array(
		'unspun_unreachable' => __( 'The Unspun server cannot be reached.', 'unspun' ),
		'unspun_slow'        => __( 'The Unspun server did not answer in time.', 'unspun' ),
		'unspun_key'         => __( 'The Unspun server does not accept the key, or wants one.', 'unspun' ),
		'unspun_busy'        => __( 'The Unspun server is busy. Try again in a moment.', 'unspun' ),
		'unspun_too_large'   => __( 'The text is too large for the Unspun server.', 'unspun' ),
	);
	return $reasons[ $code ] ?? __( 'The Unspun server answered with an error.', 'unspun' );
}

function bulk_notice(): void {
	global $pagenow;
	// phpcs:disable WordPress.Security.NonceVerification.Recommended
	if ( 'edit.php' !== $pagenow || ! isset( $_GET['unspun_checked'] ) ) {
		return;
	}
	$counts = array();
	foreach ( BULK_COUNTS as $name ) {
		$sent            = $_GET[ "unspun_$name" ] ?? 0; // phpcs:ignore WordPress.Security.ValidatedSanitizedInput
		$counts[ $name ] = is_string( $sent ) ? absint( $sent ) : 0;
	}
	$error = isset( $_GET['unspun_error'] ) && is_string( $_GET['unspun_error'] ) ? sanitize_key( $_GET['unspun_error'] ) : '';
	// phpcs:enable
	$lines = bulk_lines( $counts );
	if ( '' !== $error && $counts['failed'] + $counts['left'] > 0 ) {
		$lines[] = bulk_reason( $error );
	}
	$kind = $counts['failed'] + $counts['refused'] + $counts['left'] > 0 ? 'warning' : 'success';
	// The list makes its links from this.
	$_SERVER['REQUEST_URI'] = remove_query_arg( bulk_arguments( array() ) );
	echo '<div class="notice notice-' . esc_attr( $kind ) . ' is-dismissible" id="unspun-bulk"><p>' . esc_html( implode( ' ', $lines ) ) . '</p></div>';
}

/** What came of the bulk action, one sentence for each count that is not 0, and for the first in any case. */
function bulk_lines( array $counts ): array {
	/* translators: %s: number of posts. */
	$lines = array( sprintf( _n( '%s post checked by Unspun.', '%s posts checked by Unspun.', $counts['checked'], 'unspun' ), number_format_i18n( $counts['checked'] ) ) );
	if ( $counts['flagged'] ) {
		/* translators: %s: number of posts. */
		$lines[] = sprintf( _n( '%s is flagged.', '%s are flagged.', $counts['flagged'], 'unspun' ), number_format_i18n( $counts['flagged'] ) );
	}
	if ( $counts['failed'] ) {
		/* translators: %s: number of posts. */
		$lines[] = sprintf( _n( '%s could not be checked.', '%s could not be checked.', $counts['failed'], 'unspun' ), number_format_i18n( $counts['failed'] ) );
	}
	if ( $counts['refused'] ) {
		/* translators: %s: number of posts. */
		$lines[] = sprintf( _n( '%s was left out, because you may not edit it.', '%s were left out, because you may not edit them.', $counts['refused'], 'unspun' ), number_format_i18n( $counts['refused'] ) );
	}
	if ( $counts['left'] ) {
		/* translators: %s: number of posts. */
		$lines[] = sprintf( _n( '%s was not reached. Choose it again.', '%s were not reached. Choose them again.', $counts['left'], 'unspun' ), number_format_i18n( $counts['left'] ) );
	}
	return $lines;
}

/** The counts are told once: WordPress takes these arguments out of the address that the browser shows. */
function bulk_arguments( array $names ): array {
	foreach ( array_merge( BULK_COUNTS, array( 'error' ) ) as $name ) {
		$names[] = "unspun_$name";
	}
	return $names;
}

function list_style(): void {
	wp_enqueue_style( 'unspun-archive', plugins_url( 'css/archive.css', FILE ), array(), VERSION );
}

add_action( 'admin_init', __NAMESPACE__ . '\list_columns' );
add_action( 'admin_print_styles-edit.php', __NAMESPACE__ . '\list_style' );
add_action( 'restrict_manage_posts', __NAMESPACE__ . '\filter_show', 10, 2 );
add_filter( 'posts_clauses', __NAMESPACE__ . '\list_clauses', 10, 2 );
add_action( 'admin_notices', __NAMESPACE__ . '\bulk_notice' );
add_filter( 'removable_query_args', __NAMESPACE__ . '\bulk_arguments' );
