<?php
/**
 * The archive check: existing posts are scored in batches, by WP-Cron and by the open page under Tools.
 *
 * All that is known about the check stands in one option: what to check, how far it is, and what was found. The
 * position is a post's id, so a process that ends in the middle of a step costs no more than the batch it was in.
 * Several processes may change the option (a step, and a person who pauses it), so every change is written only if
 * the option is still what was read. Steps themselves hold a lock, so that no two of them check the same posts.
 *
 * @package Unspun
 */

namespace Unspun;

use WP_Error;
use WP_Post;
use WP_REST_Request;

defined( 'ABSPATH' ) || exit;

const ARCHIVE_OPTION = 'unspun_archive';
const ARCHIVE_LOCK   = 'unspun_archive_lock';
const ARCHIVE_EVENT  = 'unspun_archive_step';
const ARCHIVE_CAP    = 'edit_others_posts';

/** Posts in a batch. */
const ARCHIVE_BATCH = 25;

/** Seconds to wait after each try that the service did not answer; after one more the check pauses. */
const ARCHIVE_WAITS = array( 5, 20, 60 );

/** So many posts in a row that can't be checked are no longer the posts' fault. */
const ARCHIVE_STREAK = 5;

/** Failed posts that are named on the page. */
const ARCHIVE_NAMED = 50;

/** Seconds of a step: by WP-Cron, and by the open page, which shows what came of it. */
const ARCHIVE_CRON_SECONDS = 40;
const ARCHIVE_PAGE_SECONDS = 4;

/**
 * The option's form, with what stands in it before the first check.
 *
 * `state` is idle, running, paused or done; `again`: posts whose record is current are checked, too; `after` the id of the last post that was dealt with; `size` the posts of
 * the next batch; `begun` how often that batch was begun; `tries` how often the service did not answer in a row;
 * `streak` how many posts in a row could not be checked; `unchanged` those whose record was current.
 */
function archive_blank(): array {
	return array(
		'revision'   => 0,
		'run'        => '',
		'state'      => 'idle',
		'types'      => array(),
		'statuses'   => array( 'publish' ),
		'again'      => false,
		'after'      => 0,
		'size'       => ARCHIVE_BATCH,
		'begun'      => 0,
		'tries'      => 0,
		'streak'     => 0,
		'not_before' => 0,
		'total'      => 0,
		'done'       => 0,
		'unchanged'  => 0,
		'flagged'    => 0,
		'not_scored' => 0,
		'failed'     => 0,
		'failures'   => array(),
		'message'    => '',
		'started'    => 0,
		'updated'    => 0,
	);
}

/** The option as it stands in the database, never from a cache: other processes change it. */
function archive_stored(): ?string {
	global $wpdb;
	// phpcs:ignore WordPress.DB.DirectDatabaseQuery
	return $wpdb->get_var( $wpdb->prepare( "SELECT option_value FROM {$wpdb->options} WHERE option_name = %s", ARCHIVE_OPTION ) );
}

/** The check's state in the form of archive_blank(). */
function archive_state(): array {
	return archive_read( archive_stored() );
}

function archive_read( ?string $stored ): array {
	$state = maybe_unserialize( (string) $stored );
	return is_array( $state ) ? array_intersect_key( $state, archive_blank() ) + archive_blank() : archive_blank();
}

/**
 * Change the state: $change gets the state and returns the new one, or null to leave it. It is called again where
 * another process changed the state meanwhile. Returns the state as it is afterwards.
 */
function archive_change( callable $change ): array {
	global $wpdb;
	for ( $try = 0; $try < 20; $try++ ) {
		$stored = archive_stored();
		if ( null === $stored ) {
			// phpcs:ignore WordPress.DB.DirectDatabaseQuery
			$wpdb->query( $wpdb->prepare( "INSERT IGNORE INTO {$wpdb->options} (option_name, option_value, autoload) VALUES (%s, %s, 'no')", ARCHIVE_OPTION, maybe_serialize( archive_blank() ) ) );
			continue;
		}
		$state = archive_read( $stored );
		$new   = $change( $state );
		if ( null === $new ) {
			return $state;
		}
		$new['revision'] = $state['revision'] + 1;
		$new['updated']  = time();
		// phpcs:ignore WordPress.DB.DirectDatabaseQuery
		$rows = $wpdb->query( $wpdb->prepare( "UPDATE {$wpdb->options} SET option_value = %s WHERE option_name = %s AND option_value = %s", maybe_serialize( $new ), ARCHIVE_OPTION, $stored ) );
		wp_cache_delete( ARCHIVE_OPTION, 'options' );
		wp_cache_delete( 'notoptions', 'options' );
		if ( $rows ) {
			return $new;
		}
	}
	return archive_state();
}

/** Change the state as archive_change() does, but only while the run that the caller works for goes on. */
function archive_change_run( string $run, callable $change ): array {
	return archive_change( fn( $state ) => $run === $state['run'] ? $change( $state ) : null );
}

/**
 * Take the lock: returns its value, or '' where another process holds it. A lock is left behind by a process that
 * was killed, so it lapses. (add_option() would not do: two processes at once may both be told that they added it.)
 */
function archive_lock(): string {
	global $wpdb;
	$mine = archive_lock_value();
	// phpcs:ignore WordPress.DB.DirectDatabaseQuery
	if ( $wpdb->query( $wpdb->prepare( "INSERT IGNORE INTO {$wpdb->options} (option_name, option_value, autoload) VALUES (%s, %s, 'no')", ARCHIVE_LOCK, $mine ) ) ) {
		return $mine;
	}
	$held = (string) archive_lock_held();
	return (int) $held < time() && archive_lock_swap( $held, $mine ) ? $mine : '';
}

/** Seconds since 1970 at which a lock taken now lapses, and something that no other process has. */
function archive_lock_value(): string {
	return ( time() + max( 120, 3 * (int) settings()['seconds'] ) ) . ' ' . wp_generate_password( 12, false );
}

/** The lock's value, or null where nobody holds it. */
function archive_lock_held(): ?string {
	global $wpdb;
	// phpcs:ignore WordPress.DB.DirectDatabaseQuery
	return $wpdb->get_var( $wpdb->prepare( "SELECT option_value FROM {$wpdb->options} WHERE option_name = %s", ARCHIVE_LOCK ) );
}

function archive_lock_swap( string $held, string $mine ): bool {
	global $wpdb;
	// phpcs:ignore WordPress.DB.DirectDatabaseQuery
	return (bool) $wpdb->query( $wpdb->prepare( "UPDATE {$wpdb->options} SET option_value = %s WHERE option_name = %s AND option_value = %s", $mine, ARCHIVE_LOCK, $held ) );
}

function archive_unlock( string $mine ): void {
	global $wpdb;
	// phpcs:ignore WordPress.DB.DirectDatabaseQuery
	$wpdb->query( $wpdb->prepare( "DELETE FROM {$wpdb->options} WHERE option_name = %s AND option_value = %s", ARCHIVE_LOCK, $mine ) );
}

/** The post types that the current user may check, by name. */
function archive_types(): array {
	$may = function ( string $type ) {
		$object = get_post_type_object( $type );
		return null !== $object && current_user_can( $object->cap->edit_others_posts );
	};
	return array_values( array_filter( post_types(), $may ) );
}

/** The statuses that can be checked, and what they are called. */
function archive_statuses(): array {
	return array(
		'publish' => __( 'Published', 'unspun' ),
		'future'  => __( 'Scheduled', 'unspun' ),
		'private' => __( 'Private', 'unspun' ),
		'pending' => __( 'Pending review', 'unspun' ),
		'draft'   => __( 'Draft', 'unspun' ),
	);
}

function archive_allowed(): bool {
	return current_user_can( ARCHIVE_CAP );
}

/** Begin at the first post. Posts whose record is current are passed over, so this costs only what is new. */
function archive_start( array $types, array $statuses, bool $again ): array {
	$state = archive_change(
		function ( array $state ) use ( $types, $statuses, $again ) {
			return array(
				'run'      => wp_generate_password( 12, false ),
				'state'    => 'running',
				'types'    => $types,
				'statuses' => $statuses,
				'again'    => $again,
				'total'    => archive_left( $types, $statuses, 0 ),
				'started'  => time(),
			) + archive_blank();
		}
	);
	archive_schedule();
	return $state;
}

function archive_pause( string $message ): array {
	$state = archive_change(
		function ( array $state ) use ( $message ) {
			return 'running' === $state['state'] ? array_merge(
				$state,
				array(
					'state'   => 'paused',
					'message' => $message,
				)
			) : null;
		}
	);
	archive_unschedule( $state );
	return $state;
}

function archive_resume(): array {
	$state = archive_change(
		function ( array $state ) {
			return 'paused' === $state['state'] ? array_merge(
				$state,
				array(
					'state'      => 'running',
					'message'    => '',
					'begun'      => 0,
					'tries'      => 0,
					'streak'     => 0,
					'not_before' => 0,
				)
			) : null;
		}
	);
	if ( 'running' === $state['state'] ) {
		archive_schedule();
	}
	return $state;
}

/** A repeated event, not one that each step plans anew: a step that is killed would plan none. */
function archive_schedule(): void {
	if ( ! wp_next_scheduled( ARCHIVE_EVENT ) ) {
		wp_schedule_event( time(), 'unspun_minute', ARCHIVE_EVENT );
	}
}

function archive_unschedule( array $state ): void {
	if ( 'running' !== $state['state'] ) {
		wp_clear_scheduled_hook( ARCHIVE_EVENT );
	}
}

function archive_interval( array $schedules ): array {
	$schedules['unspun_minute'] = array(
		'interval' => MINUTE_IN_SECONDS,
		'display'  => __( 'Every minute, while Unspun checks the archive', 'unspun' ),
	);
	return $schedules;
}

/**
 * Check posts for up to $seconds (the batch that is begun then is finished). Returns false where another process
 * is at it.
 */
function archive_step( float $seconds ): bool {
	if ( 'running' !== archive_state()['state'] ) {
		wp_clear_scheduled_hook( ARCHIVE_EVENT );
		return true;
	}
	$lock = archive_lock();
	if ( '' === $lock ) {
		return false;
	}
	$until = microtime( true ) + $seconds;
	try {
		while ( archive_batch() && microtime( true ) < $until ) {
			$next = archive_lock_value();
			if ( ! archive_lock_swap( $lock, $next ) ) {
				break;
			}
			$lock = $next;
		}
	} finally {
		archive_unlock( $lock );
		archive_unschedule( archive_state() );
	}
	return true;
}

/** Check the next batch. Returns whether another one can follow at once. */
function archive_batch(): bool {
	$state = archive_change(
		function ( array $state ) {
			if ( ! archive_due( $state ) ) {
				return null;
			}
			++$state['begun'];
			return $state;
		}
	);
	if ( ! archive_due( $state ) ) {
		return false;
	}
	// A batch that was begun before and not ended: the process was killed, perhaps by one of these posts.
	$posts = archive_posts( $state, $state['begun'] > 2 ? 1 : $state['size'] );
	if ( ! $posts ) {
		archive_change_run( $state['run'], __NAMESPACE__ . '\archive_finished' );
		return false;
	}
	if ( $state['begun'] > 4 ) {
		$results = array( $posts[0]->ID => new WP_Error( 'unspun_ended', __( 'The check of this post ended early several times.', 'unspun' ) ) );
	} else {
		$results = check_posts( array_filter( $posts, fn( $post ) => $state['again'] || ! is_current( $post ) ) );
	}
	$tally = archive_tally( $posts, $results );
	$left  = archive_left( $state['types'], $state['statuses'], max( $state['after'], $tally['after'] ) );
	$state = archive_change_run( $state['run'], fn( $state ) => archive_add( $state, $tally, $left ) );
	if ( function_exists( 'wp_cache_supports' ) && wp_cache_supports( 'flush_runtime' ) ) {
		wp_cache_flush_runtime();
	}
	return archive_due( $state );
}

/** Whether there is something to do, and now. */
function archive_due( array $state ): bool {
	return 'running' === $state['state'] && time() >= $state['not_before'];
}

/** The next posts by id. */
function archive_posts( array $state, int $size ): array {
	global $wpdb;
	// phpcs:disable WordPress.DB
	$ids = $wpdb->get_col( $wpdb->prepare( "SELECT ID FROM {$wpdb->posts} WHERE " . archive_where( $state['types'], $state['statuses'] ) . ' AND ID > %d ORDER BY ID LIMIT %d', $state['after'], $size ) );
	// phpcs:enable
	_prime_post_caches( $ids, false, true );
	return array_values( array_filter( array_map( 'get_post', $ids ) ) );
}

/** How many posts come after one. */
function archive_left( array $types, array $statuses, int $after ): int {
	global $wpdb;
	// phpcs:ignore WordPress.DB
	return (int) $wpdb->get_var( $wpdb->prepare( "SELECT COUNT(*) FROM {$wpdb->posts} WHERE " . archive_where( $types, $statuses ) . ' AND ID > %d', $after ) );
}

/** The condition for types and statuses, escaped. */
function archive_where( array $types, array $statuses ): string {
	$quoted = function ( array $names ) {
		return "'" . implode( "', '", array_map( 'esc_sql', $names ) ) . "'";
	};
	return 'post_type IN (' . $quoted( $types ) . ') AND post_status IN (' . $quoted( $statuses ) . ')';
}

/**
 * Ask the service for posts and record what it says.
 *
 * @param WP_Post[] $posts Any posts, in any order.
 * @return array Each post's id => its verdict or a WP_Error.
 */
function check_posts( array $posts ): array {
	$posts = array_values( $posts );
	if ( ! $posts ) {
		return array();
	}
	$asked = array_map(
		function ( WP_Post $post ) {
			return array(
				'id'      => $post->ID,
				'content' => $post->post_content,
				'allow'   => ignored( $post->ID ),
			);
		},
		$posts
	);
	$results = array();
	foreach ( check_many( $asked ) as $i => $result ) {
		if ( ! is_wp_error( $result ) ) {
			record( $asked[ $i ]['id'], $result, fingerprint( $asked[ $i ]['content'], $asked[ $i ]['allow'] ) );
		}
		$results[ $asked[ $i ]['id'] ] = $result;
	}
	return $results;
}

/** Whether an error says that the service can't be used now, whatever is asked. */
function is_service_down( WP_Error $error ): bool {
	return in_array( $error->get_error_code(), array( 'unspun_unreachable', 'unspun_key', 'unspun_busy' ), true );
}

/**
 * What came of a batch: counts, the last post that was dealt with, and the error that ended it early, if any. Posts
 * behind that error are left for the next batch, which passes over those that were recorded.
 */
function archive_tally( array $posts, array $results ): array {
	$tally = array_fill_keys( array( 'after', 'done', 'unchanged', 'flagged', 'not_scored', 'checked' ), 0 ) + array(
		'failures' => array(),
		'error'    => null,
		'size'     => count( $posts ),
	);
	foreach ( $posts as $post ) {
		$result = $results[ $post->ID ] ?? null;
		if ( is_wp_error( $result ) ) {
			if ( is_service_down( $result ) || count( $results ) > 1 ) {
				$tally['error'] = $result;
				return $tally;
			}
			$tally['failures'][] = array(
				'id'      => $post->ID,
				'code'    => (string) $result->get_error_code(),
				'message' => $result->get_error_message(),
			);
		} else {
			$verdict = $result ?? recorded( $post->ID );
			++$tally[ null === $result ? 'unchanged' : 'checked' ];
			$tally['flagged']    += empty( $verdict['flagged'] ) ? 0 : 1;
			$tally['not_scored'] += isset( $verdict['status'] ) && 'scored' !== $verdict['status'] ? 1 : 0;
		}
		$tally['after'] = $post->ID;
		++$tally['done'];
	}
	return $tally;
}

/** The state after a batch; $left is how many posts come after it. */
function archive_add( array $state, array $tally, int $left ): array {
	foreach ( array( 'done', 'unchanged', 'flagged', 'not_scored' ) as $count ) {
		$state[ $count ] += $tally[ $count ];
	}
	$state['after']    = max( $state['after'], $tally['after'] );
	$state['begun']    = 0;
	$state['total']    = $state['done'] + $left;
	$state['failed']  += count( $tally['failures'] );
	$state['failures'] = array_slice( array_merge( $state['failures'], $tally['failures'] ), -ARCHIVE_NAMED );
	if ( 'running' !== $state['state'] ) {
		return $state;
	}
	if ( null !== $tally['error'] ) {
		return archive_trouble( $state, $tally );
	}
	$state['size']       = min( ARCHIVE_BATCH, 2 * $tally['size'] );
	$state['tries']      = 0;
	$state['not_before'] = 0;
	$state['message']    = '';
	if ( $tally['checked'] > 0 ) {
		$state['streak'] = 0;
	}
	foreach ( $tally['failures'] as $failure ) {
		// A post that is too large is so whatever the service does.
		$state['streak'] += 'unspun_too_large' === $failure['code'] ? 0 : 1;
		if ( $state['streak'] >= ARCHIVE_STREAK ) {
			$state['state'] = 'paused';
			/* translators: 1: number of posts, 2: the last one's error message. */
			$state['message'] = sprintf( __( '%1$d posts in a row could not be checked. The last one: %2$s', 'unspun' ), $state['streak'], $failure['message'] );
		}
	}
	return 0 === $left && 'running' === $state['state'] ? archive_finished( $state ) : $state;
}

/** The state after a batch that an error ended: wait and try again, pause, or try fewer posts at once. */
function archive_trouble( array $state, array $tally ): array {
	$error = $tally['error'];
	if ( ! is_service_down( $error ) ) {
		// One of these posts, or all of them together, was too much.
		$state['size'] = max( 1, intdiv( $tally['size'] - $tally['done'], 2 ) );
		return $state;
	}
	$wait = ARCHIVE_WAITS[ $state['tries'] ] ?? null;
	++$state['tries'];
	if ( null === $wait ) {
		$state['state']   = 'paused';
		$state['message'] = $error->get_error_message();
		return $state;
	}
	$wait = max( $wait, min( (int) ( $error->get_error_data()['retry_after'] ?? 0 ), HOUR_IN_SECONDS ) );
	$state['not_before'] = time() + $wait;
	/* translators: 1: error message, 2: number of seconds. */
	$state['message'] = sprintf( __( '%1$s Trying again after %2$d seconds.', 'unspun' ), $error->get_error_message(), $wait );
	return $state;
}

function archive_finished( array $state ): array {
	return array_merge(
		$state,
		array(
			'state'   => 'done',
			'begun'   => 0,
			'message' => '',
			'total'   => $state['done'],
		)
	);
}

/** What the page and REST show of the state. Posts that failed are named to those who may edit them. */
function archive_report( array $state ): array {
	$failures = array();
	foreach ( $state['failures'] as $failure ) {
		if ( current_user_can( 'edit_post', $failure['id'] ) ) {
			$failures[] = array(
				'title'   => archive_title( $failure['id'] ),
				'link'    => (string) get_edit_post_link( $failure['id'], 'raw' ),
				'message' => $failure['message'],
			);
		}
	}
	$report = array( 'wait' => 'running' === $state['state'] ? max( 0, $state['not_before'] - time() ) : 0 );
	foreach ( array( 'state', 'types', 'statuses', 'again', 'total', 'done', 'unchanged', 'flagged', 'not_scored', 'failed', 'message', 'updated' ) as $key ) {
		$report[ $key ] = $state[ $key ];
	}
	return $report + array( 'failures' => $failures );
}

/** A post's title as plain text. */
function archive_title( int $post_id ): string {
	$title = html_entity_decode( wp_strip_all_tags( (string) get_post_field( 'post_title', $post_id ) ), ENT_QUOTES, 'UTF-8' );
	return '' === $title ? __( '(no title)', 'unspun' ) : $title;
}

/** Do what the page's buttons and REST ask for. Returns the state, or a WP_Error that says what is wrong. */
function archive_command( string $command, array $types, array $statuses, bool $again ) {
	switch ( $command ) {
		case 'start':
			$types    = array_values( array_intersect( archive_types(), $types ) );
			$statuses = array_values( array_intersect( array_keys( archive_statuses() ), $statuses ) );
			if ( ! $types || ! $statuses ) {
				return new WP_Error( 'unspun_nothing', __( 'Choose at least one kind of post and one status.', 'unspun' ), array( 'status' => 400 ) );
			}
			return archive_start( $types, $statuses, $again );
		case 'pause':
			return archive_pause( '' );
		case 'resume':
			return archive_resume();
		default:
			archive_step( ARCHIVE_PAGE_SECONDS );
			return archive_state();
	}
}

function archive_routes(): void {
	$names = array(
		'type'    => 'array',
		'items'   => array( 'type' => 'string' ),
		'default' => array(),
	);
	register_rest_route(
		ROUTES,
		'/archive',
		array(
			array(
				'methods'             => 'GET',
				'permission_callback' => __NAMESPACE__ . '\archive_allowed',
				'callback'            => fn() => archive_report( archive_state() ),
			),
			array(
				'methods'             => 'POST',
				'permission_callback' => __NAMESPACE__ . '\archive_allowed',
				'callback'            => function ( WP_REST_Request $request ) {
					$state = archive_command( $request['command'], $request['types'], $request['statuses'], $request['again'] );
					return is_wp_error( $state ) ? $state : archive_report( $state );
				},
				'args'                => array(
					'command'  => array(
						'type'     => 'string',
						'enum'     => array( 'start', 'pause', 'resume', 'step' ),
						'required' => true,
					),
					'types'    => $names,
					'statuses' => $names,
					'again'    => array(
						'type'    => 'boolean',
						'default' => false,
					),
				),
			),
		)
	);
}

add_filter( 'cron_schedules', __NAMESPACE__ . '\archive_interval' ); // phpcs:ignore WordPress.WP.CronInterval
add_action( 'rest_api_init', __NAMESPACE__ . '\archive_routes' );
add_action( ARCHIVE_EVENT, fn() => archive_step( ARCHIVE_CRON_SECONDS ) );
register_deactivation_hook(
	FILE,
	function () {
		archive_pause( __( 'The plug-in was switched off.', 'unspun' ) );
		wp_clear_scheduled_hook( ARCHIVE_EVENT );
	}
);
