<?php
/**
 * The page of the archive check, under Tools. Its form works by itself; with JavaScript the page also does the
 * checking while it is open (js/archive.js), in place of waiting for WP-Cron.
 *
 * @package Unspun
 */

namespace Unspun;

defined( 'ABSPATH' ) || exit;

const ARCHIVE_PAGE = 'unspun-archive';

function archive_menu(): void {
	$hook = add_management_page( __( 'Unspun archive check', 'unspun' ), __( 'Unspun archive check', 'unspun' ), ARCHIVE_CAP, ARCHIVE_PAGE, __NAMESPACE__ . '\archive_page' );
	if ( $hook ) {
		add_action( 'admin_print_styles-' . $hook, __NAMESPACE__ . '\archive_assets' );
	}
}

function archive_assets(): void {
	wp_enqueue_style( 'unspun-archive', plugins_url( 'css/archive.css', FILE ), array(), VERSION );
	wp_enqueue_script( 'unspun-archive', plugins_url( 'js/archive.js', FILE ), array( 'wp-a11y', 'wp-api-fetch', 'wp-i18n' ), VERSION, true );
	wp_set_script_translations( 'unspun-archive', 'unspun', dirname( FILE ) . '/languages' );
}

/** What the states are called. js/archive.js has the same words. */
function archive_words(): array {
	return array(
		'idle'    => __( 'Not started yet.', 'unspun' ),
		'running' => __( 'Checking …', 'unspun' ),
		'paused'  => __( 'Paused.', 'unspun' ),
		'done'    => __( 'Finished.', 'unspun' ),
	);
}

/** The counts in the order of the page, and what they are called. */
function archive_counts(): array {
	return array(
		'done'       => __( 'Done', 'unspun' ),
		'flagged'    => __( 'Flagged', 'unspun' ),
		'not_scored' => __( 'Not scored (too short, not English …)', 'unspun' ),
		'unchanged'  => __( 'Passed over: unchanged since their last check', 'unspun' ),
		'failed'     => __( 'Failed', 'unspun' ),
		'total'      => __( 'Posts in all', 'unspun' ),
	);
}

/** When the state changed last, in the site's time and format. */
function archive_when( array $report ): string {
	if ( ! $report['updated'] ) {
		return '';
	}
	/* translators: %s: date and time. */
	return sprintf( __( 'Last change: %s', 'unspun' ), wp_date( get_option( 'date_format' ) . ' ' . get_option( 'time_format' ), $report['updated'] ) );
}

function archive_page(): void {
	if ( ! archive_allowed() ) {
		wp_die( esc_html__( 'You are not allowed to check the archive.', 'unspun' ), 403 );
	}
	$report = archive_report( archive_state() );
	// phpcs:ignore WordPress.Security.NonceVerification.Recommended
	$error = isset( $_GET['unspun_error'] );
	?>
	<div class="wrap unspun-archive" id="unspun-archive" data-report="<?php echo esc_attr( (string) wp_json_encode( $report ) ); ?>">
		<h1><?php esc_html_e( 'Unspun archive check', 'unspun' ); ?></h1>
		<p><?php esc_html_e( 'Checks existing posts for words swapped for near-synonyms and for machine translation, and keeps each post’s score with the post. The scores then stand in the lists of posts, where they can be sorted and filtered. Nothing in the posts is changed.', 'unspun' ); ?></p>
		<p><?php esc_html_e( 'The check goes on while this page is open, and more slowly when it is closed. It can be interrupted at any time. Posts that have not changed since their last check are passed over.', 'unspun' ); ?></p>
		<?php if ( $error ) { ?>
			<div class="notice notice-error inline"><p><?php esc_html_e( 'Choose at least one kind of post and one status.', 'unspun' ); ?></p></div>
		<?php } ?>
		<div id="unspun-archive-error" class="notice notice-error inline" hidden><p></p></div>
		<h2 id="unspun-archive-progress"><?php esc_html_e( 'Progress', 'unspun' ); ?></h2>
		<p role="status"><strong data-unspun="state"><?php echo esc_html( archive_words()[ $report['state'] ] ); ?></strong> <span data-unspun="message"><?php echo esc_html( $report['message'] ); ?></span></p>
		<p class="unspun-archive-bar">
			<progress aria-labelledby="unspun-archive-progress" max="<?php echo esc_attr( (string) max( 1, $report['total'] ) ); ?>" value="<?php echo esc_attr( (string) $report['done'] ); ?>"></progress>
			<span data-unspun="percent" aria-hidden="true"><?php echo esc_html( archive_percent( $report ) ); ?></span>
		</p>
		<table class="widefat striped unspun-archive-counts">
			<caption class="screen-reader-text"><?php esc_html_e( 'What the check found', 'unspun' ); ?></caption>
			<tbody>
			<?php foreach ( archive_counts() as $key => $label ) { ?>
				<tr><th scope="row"><?php echo esc_html( $label ); ?></th><td data-unspun="<?php echo esc_attr( $key ); ?>"><?php echo esc_html( number_format_i18n( $report[ $key ] ) ); ?></td></tr>
			<?php } ?>
			</tbody>
		</table>
		<p class="description" data-unspun="when"><?php echo esc_html( archive_when( $report ) ); ?></p>
		<?php archive_lists(); ?>
		<div id="unspun-archive-failures"<?php echo $report['failures'] ? '' : ' hidden'; ?>>
			<h2><?php esc_html_e( 'Posts that could not be checked', 'unspun' ); ?></h2>
			<ul class="ul-disc">
				<?php foreach ( $report['failures'] as $failure ) { ?>
					<li><a href="<?php echo esc_url( $failure['link'] ); ?>"><?php echo esc_html( $failure['title'] ); ?></a>: <?php echo esc_html( $failure['message'] ); ?></li>
				<?php } ?>
			</ul>
		</div>
		<?php archive_form( $report ); ?>
	</div>
	<?php
}

function archive_percent( array $report ): string {
	/* translators: %d: a number from 0 to 100. */
	return sprintf( __( '%d%%', 'unspun' ), $report['total'] ? (int) floor( 100 * $report['done'] / $report['total'] ) : 0 );
}

/** Links to the flagged posts of each type. */
function archive_lists(): void {
	$links = array();
	foreach ( archive_types() as $type ) {
		/* translators: %s: the name of a post type, such as Posts. */
		$label   = sprintf( __( 'Flagged: %s', 'unspun' ), get_post_type_object( $type )->labels->name );
		$link    = add_query_arg(
			array(
				'post_type' => $type,
				'unspun'    => 'flagged',
				'orderby'   => 'unspun',
				'order'     => 'desc',
			),
			admin_url( 'edit.php' )
		);
		$links[] = '<a href="' . esc_url( $link ) . '">' . esc_html( $label ) . '</a>';
	}
	echo '<p>' . implode( ' | ', $links ) . '</p>'; // phpcs:ignore WordPress.Security.EscapeOutput.OutputNotEscaped
}

/** What to check, and the buttons: each for the states in which it does something. */
function archive_form( array $report ): void {
	$types    = array();
	$statuses = archive_statuses();
	foreach ( archive_types() as $type ) {
		$types[ $type ] = get_post_type_object( $type )->labels->name;
	}
	$buttons = array(
		array( 'pause', __( 'Pause', 'unspun' ), 'running' ),
		array( 'resume', __( 'Resume', 'unspun' ), 'paused' ),
		array( 'start', __( 'Start', 'unspun' ), 'idle' ),
		array( 'start', __( 'Start anew', 'unspun' ), 'paused done' ),
	);
	?>
	<form method="post" action="<?php echo esc_url( admin_url( 'admin-post.php' ) ); ?>">
		<input type="hidden" name="action" value="unspun_archive">
		<?php wp_nonce_field( 'unspun_archive' ); ?>
		<h2><?php esc_html_e( 'What to check', 'unspun' ); ?></h2>
		<?php
		archive_choice( 'types', __( 'Kinds of posts', 'unspun' ), $types, $report['types'] ? $report['types'] : array_keys( $types ), $report );
		archive_choice( 'statuses', __( 'Statuses', 'unspun' ), $statuses, $report['statuses'], $report );
		$again = array( 'all' => __( 'Also those that have not changed since their last check, as after an update of the server', 'unspun' ) );
		archive_choice( 'again', __( 'Which of them', 'unspun' ), $again, $report['again'] ? array( 'all' ) : array(), $report );
		?>
		<p class="submit">
			<?php
			foreach ( $buttons as $i => $button ) {
				list( $command, $label, $states ) = $button;
				$shown                            = in_array( $report['state'], explode( ' ', $states ), true );
				?>
				<button type="submit" name="command" value="<?php echo esc_attr( $command ); ?>" data-states="<?php echo esc_attr( $states ); ?>" class="button <?php echo 3 > $i ? 'button-primary' : ''; ?>"<?php echo $shown ? '' : ' hidden'; ?>><?php echo esc_html( $label ); ?></button>
			<?php } ?>
			<?php if ( 'running' === $report['state'] ) { ?>
				<noscript><button type="submit" name="command" value="step" class="button"><?php esc_html_e( 'Check the next posts now', 'unspun' ); ?></button></noscript>
			<?php } ?>
		</p>
	</form>
	<?php
}

/** A group of checkboxes, off while the check runs. */
function archive_choice( string $name, string $legend, array $labels, array $chosen, array $report ): void {
	?>
	<fieldset class="unspun-archive-choice"<?php disabled( 'running', $report['state'] ); ?>>
		<legend><?php echo esc_html( $legend ); ?></legend>
		<?php foreach ( $labels as $value => $label ) { ?>
			<label><input type="checkbox" name="<?php echo esc_attr( $name ); ?>[]" value="<?php echo esc_attr( $value ); ?>"<?php checked( in_array( $value, $chosen, true ) ); ?>> <?php echo esc_html( $label ); ?></label>
		<?php } ?>
	</fieldset>
	<?php
}

/** The form's answer where there is no JavaScript. */
function archive_post(): void {
	if ( ! archive_allowed() ) {
		wp_die( esc_html__( 'You are not allowed to check the archive.', 'unspun' ), 403 );
	}
	check_admin_referer( 'unspun_archive' );
	$sent    = function ( string $name ) {
		// phpcs:ignore WordPress.Security.NonceVerification.Missing
		return isset( $_POST[ $name ] ) && is_array( $_POST[ $name ] ) ? array_map( 'sanitize_key', wp_unslash( $_POST[ $name ] ) ) : array();
	};
	$command = isset( $_POST['command'] ) ? sanitize_key( wp_unslash( $_POST['command'] ) ) : '';
	$url     = add_query_arg( 'page', ARCHIVE_PAGE, admin_url( 'tools.php' ) );
	if ( in_array( $command, array( 'start', 'pause', 'resume', 'step' ), true ) && is_wp_error( archive_command( $command, $sent( 'types' ), $sent( 'statuses' ), (bool) $sent( 'again' ) ) ) ) {
		$url = add_query_arg( 'unspun_error', '1', $url );
	}
	wp_safe_redirect( $url );
	exit;
}

add_action( 'admin_menu', __NAMESPACE__ . '\archive_menu' );
add_action( 'admin_post_unspun_archive', __NAMESPACE__ . '\archive_post' );
