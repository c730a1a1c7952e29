<?php
/**
 * The page Settings > Unspun, and the check of what is entered there.
 *
 * The key never stands in the page: a blank field keeps it, a check box forgets it.
 *
 * @package Unspun
 */

namespace Unspun;

defined( 'ABSPATH' ) || exit;

const PAGE = 'unspun';

/** Takes the page's form. Not `show_in_rest`: the key is in there. */
function register_settings(): void {
	register_setting(
		PAGE,
		OPTION,
		array(
			'type'              => 'array',
			'sanitize_callback' => __NAMESPACE__ . '\sanitize',
			'show_in_rest'      => false,
		)
	);
}

/**
 * The settings to be kept, from what was entered. What is wrong stays as it was, with a message.
 *
 * @param mixed $entered Of the form's fields; what is missing is as if left blank, or unchecked.
 */
function sanitize( $entered ): array {
	$entered = is_array( $entered ) ? $entered : array();
	$kept    = stored();
	foreach ( CHOICES as $name => $choices ) {
		if ( in_array( $entered[ $name ] ?? null, $choices, true ) ) {
			$kept[ $name ] = $entered[ $name ];
		}
	}
	$kept['skip_quotes'] = ! empty( $entered['skip_quotes'] );
	if ( isset( $entered['seconds'] ) ) {
		$seconds = is_numeric( $entered['seconds'] ) ? (int) $entered['seconds'] : 0;
		if ( 1 <= $seconds && $seconds <= SECONDS_MOST ) {
			$kept['seconds'] = $seconds;
		} else {
			complain(
				'seconds',
				sprintf(
					/* translators: %s: number of seconds */
					__( 'The time-out must be from 1 to %s seconds; it was left as it was.', 'unspun' ),
					number_format_i18n( SECONDS_MOST )
				)
			);
		}
	}
	// What wp-config.php sets has no field that could be sent, and the database keeps what it had.
	if ( ! is_constant( 'server' ) ) {
		$kept['server'] = sanitize_server( $entered['server'] ?? null, $kept['server'] );
	}
	if ( ! is_constant( 'key' ) ) {
		$kept['key'] = sanitize_key_field( $entered, $kept['key'] );
	}
	return $kept;
}

/** The address to be kept. */
function sanitize_server( $entered, string $kept ): string {
	if ( ! is_string( $entered ) ) {
		return $kept;
	}
	$server = rtrim( trim( $entered ), '/' );
	if ( '' === $server ) {
		return DEFAULTS['server'];
	}
	$problem = server_problem( $server );
	if ( '' !== $problem ) {
		complain( 'server', $problem . ' ' . __( 'It was left as it was.', 'unspun' ) );
		return $kept;
	}
	return $server;
}

/** The key to be kept. */
function sanitize_key_field( array $entered, string $kept ): string {
	$key = is_string( $entered['key'] ?? null ) ? trim( $entered['key'] ) : '';
	if ( '' === $key ) {
		return empty( $entered['forget_key'] ) ? $kept : '';
	}
	$problem = key_problem( $key );
	if ( '' !== $problem ) {
		complain( 'key', $problem . ' ' . __( 'It was left as it was.', 'unspun' ) );
		return $kept;
	}
	return $key;
}

/** Shows a message above the page. Without the admin there is nobody to show it to. */
function complain( string $field, string $message ): void {
	if ( function_exists( 'add_settings_error' ) ) {
		add_settings_error( OPTION, "unspun_$field", $message );
	}
}

/** The page's fields. */
function add_fields(): void {
	$fields = array(
		'server'      => array( __( 'Server', 'unspun' ), 'server_field' ),
		'key'         => array( __( 'Key', 'unspun' ), 'key_field' ),
		'test'        => array( __( 'Connection', 'unspun' ), 'test_field' ),
		'mode'        => array( __( 'How readily to flag', 'unspun' ), 'choice_field' ),
		'action'      => array( __( 'Before publishing', 'unspun' ), 'choice_field' ),
		'hold'        => array( __( 'What counts', 'unspun' ), 'choice_field' ),
		'when_down'   => array( __( 'If the server does not answer', 'unspun' ), 'choice_field' ),
		'skip_quotes' => array( __( 'Quotations', 'unspun' ), 'quotes_field' ),
		'seconds'     => array( __( 'Time-out', 'unspun' ), 'seconds_field' ),
	);
	add_settings_section( 'service', __( 'The Unspun server', 'unspun' ), __NAMESPACE__ . '\service_words', PAGE );
	add_settings_section( 'checks', __( 'The checks', 'unspun' ), '__return_null', PAGE );
	foreach ( $fields as $name => list( $title, $show ) ) {
		$grouped = in_array( $name, array( 'test', 'action', 'mode', 'hold', 'when_down', 'skip_quotes' ), true );
		add_settings_field(
			$name,
			$title,
			__NAMESPACE__ . "\\$show",
			PAGE,
			in_array( $name, array( 'server', 'key', 'test', 'seconds' ), true ) ? 'service' : 'checks',
			array(
				'name'  => $name,
				'title' => $title,
			) + ( $grouped ? array() : array( 'label_for' => "unspun-$name" ) )
		);
	}
}

/** What the server is. */
function service_words(): void {
	echo '<p>' . esc_html__( 'Texts are sent to this server and to no other. It is your own: what it is sent is scored and not kept.', 'unspun' ) . '</p>';
}

/** The address. */
function server_field(): void {
	printf(
		'<input type="url" class="regular-text code" id="unspun-server" name="%s[server]" value="%s" placeholder="%s" aria-describedby="unspun-server-words"%s>',
		esc_attr( OPTION ),
		esc_attr( settings()['server'] ),
		esc_attr( DEFAULTS['server'] ),
		is_constant( 'server' ) ? ' disabled' : ''
	);
	$words = is_constant( 'server' )
		? constant_words( 'server' )
		: __( 'Where “unspun serve” runs, as this site reaches it.', 'unspun' );
	printf( '<p class="description" id="unspun-server-words">%s</p>', esc_html( $words ) );
}

/** The key: never its value. */
function key_field(): void {
	printf(
		'<input type="password" class="regular-text code" id="unspun-key" name="%s[key]" value="" autocomplete="new-password" spellcheck="false" aria-describedby="unspun-key-words"%s>',
		esc_attr( OPTION ),
		is_constant( 'key' ) ? ' disabled' : ''
	);
	$kept = '' !== stored()['key'];
	if ( is_constant( 'key' ) ) {
		$words = constant_words( 'key' );
	} elseif ( $kept ) {
		$words = __( 'A key is kept; it is not shown. Leave this blank to keep it.', 'unspun' );
	} else {
		$words = __( 'No key is kept. A server on this machine may need none.', 'unspun' );
	}
	printf( '<p class="description" id="unspun-key-words">%s</p>', esc_html( $words ) );
	if ( $kept && ! is_constant( 'key' ) ) {
		printf(
			'<p><label><input type="checkbox" id="unspun-forget-key" name="%s[forget_key]" value="1"> %s</label></p>',
			esc_attr( OPTION ),
			esc_html__( 'Forget the key', 'unspun' )
		);
	}
	if ( is_constant( 'key' ) && ! is_constant( 'server' ) ) {
		printf(
			'<p class="description">%s</p>',
			/* translators: %s: the name of a constant */
			esc_html( sprintf( __( 'Whoever may change the server above decides where the key is sent. Set %s in wp-config.php, too, to fix both.', 'unspun' ), CONSTANTS['server'] ) )
		);
	}
}

/** That a field is not to be changed here. */
function constant_words( string $name ): string {
	/* translators: %s: the name of a constant */
	return sprintf( __( 'Set in wp-config.php by %s.', 'unspun' ), CONSTANTS[ $name ] );
}

/** The button that asks the server. settings.js makes it work. */
function test_field(): void {
	printf(
		'<button type="button" class="button hide-if-no-js" id="unspun-test">%s</button> <span id="unspun-test-result" class="unspun-test-result" role="status"></span>',
		esc_html__( 'Test the connection', 'unspun' )
	);
	printf( '<p class="description">%s</p>', esc_html__( 'Tries the address and the key as they stand above, saved or not.', 'unspun' ) );
}

/** One of several. */
function choice_field( array $field ): void {
	$name = $field['name'];
	printf( '<fieldset><legend class="screen-reader-text"><span>%s</span></legend>', esc_html( $field['title'] ) );
	foreach ( choice_words()[ $name ] as $value => $words ) {
		printf(
			'<p><label><input type="radio" name="%s[%s]" value="%s"%s> %s</label></p>',
			esc_attr( OPTION ),
			esc_attr( $name ),
			esc_attr( $value ),
			checked( stored()[ $name ], $value, false ),
			esc_html( $words )
		);
	}
	echo '</fieldset>';
}

/** What the choices are called. */
function choice_words(): array {
	return array(
		'mode'      => array(
			'strict'    => __( 'Strict: flag only what is very likely spun', 'unspun' ),
			'balanced'  => __( 'Balanced', 'unspun' ),
			'sensitive' => __( 'Sensitive: flag more, and be wrong more often', 'unspun' ),
		),
		'action'    => array(
			'advise' => __( 'Advise: show the verdict, and leave the decision to the writer', 'unspun' ),
			'ask'    => __( 'Ask: have the writer confirm that a flagged post is to go out', 'unspun' ),
			'block'  => __( 'Block: hold a flagged post back, whichever way it comes; what comes from elsewhere than the block editor waits as pending', 'unspun' ),
		),
		'hold'      => array(
			'post'      => __( 'A post is held when it is flagged as a whole', 'unspun' ),
			'paragraph' => __( 'A post is held when any of its paragraphs is flagged', 'unspun' ),
		),
		'when_down' => array(
			'hold' => __( 'Hold posts until they can be checked (where posts are blocked)', 'unspun' ),
			'pass' => __( 'Let them out unchecked', 'unspun' ),
		),
	);
}

/** Whether quotation blocks are judged. */
function quotes_field( array $field ): void {
	printf(
		'<fieldset><legend class="screen-reader-text"><span>%s</span></legend><label><input type="checkbox" name="%s[skip_quotes]" value="1"%s> %s</label></fieldset>',
		esc_html( $field['title'] ),
		esc_attr( OPTION ),
		checked( stored()['skip_quotes'], true, false ),
		esc_html__( 'Leave out blocks of quotation, as somebody else’s words. Quotations in quotation marks are always left out.', 'unspun' )
	);
}

/** The time-out. */
function seconds_field(): void {
	printf(
		'<input type="number" class="small-text" id="unspun-seconds" name="%s[seconds]" value="%s" min="1" max="%s" step="1" aria-describedby="unspun-seconds-words"> %s',
		esc_attr( OPTION ),
		esc_attr( (string) stored()['seconds'] ),
		esc_attr( (string) SECONDS_MOST ),
		esc_html__( 'seconds', 'unspun' )
	);
	printf( '<p class="description" id="unspun-seconds-words">%s</p>', esc_html__( 'How long to wait for an answer. A long article takes a second or two.', 'unspun' ) );
}

/** The page. */
function show_page(): void {
	if ( ! current_user_can( 'manage_options' ) ) {
		return;
	}
	echo '<div class="wrap unspun-settings"><h1>' . esc_html( get_admin_page_title() ) . '</h1><form action="options.php" method="post">';
	settings_fields( PAGE );
	do_settings_sections( PAGE );
	submit_button();
	echo '</form></div>';
}

/** Puts the page into the menu, with its script and style. */
function add_page(): void {
	$hook = add_options_page( __( 'Unspun', 'unspun' ), __( 'Unspun', 'unspun' ), 'manage_options', PAGE, __NAMESPACE__ . '\show_page' );
	add_action( "admin_print_styles-$hook", __NAMESPACE__ . '\enqueue_page' );
}

/** The page's script and style. */
function enqueue_page(): void {
	wp_enqueue_style( 'unspun-admin', plugins_url( 'css/admin.css', FILE ), array(), VERSION );
	wp_enqueue_script( 'unspun-settings', plugins_url( 'js/settings.js', FILE ), array( 'wp-api-fetch', 'wp-i18n' ), VERSION, true );
	wp_set_script_translations( 'unspun-settings', 'unspun', plugin_dir_path( FILE ) . 'languages' );
}

/** Where the page is. */
function settings_url(): string {
	return admin_url( 'options-general.php?page=' . PAGE );
}

/** A link to the page in the list of plug-ins. */
function add_link( array $links ): array {
	return array_merge( array( sprintf( '<a href="%s">%s</a>', esc_url( settings_url() ), esc_html__( 'Settings', 'unspun' ) ) ), $links );
}

add_action( 'admin_init', __NAMESPACE__ . '\register_settings' );
add_action( 'admin_init', __NAMESPACE__ . '\add_fields' );
add_action( 'admin_menu', __NAMESPACE__ . '\add_page' );
add_filter( 'plugin_action_links_' . plugin_basename( FILE ), __NAMESPACE__ . '\add_link' );
