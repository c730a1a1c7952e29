<?php
/**
 * The one place that speaks to the Unspun service.
 *
 * Its errors are WP_Errors with a message for people, which never holds the text, the key or what the server wrote,
 * and with the HTTP status of our own REST answer as `status`.
 *
 * @package Unspun
 */

namespace Unspun;

use WP_Error;

defined( 'ABSPATH' ) || exit;

/** Bytes of an answer that are read at most: a few times those of the largest text. */
const ANSWER_MOST = 16 * MB_IN_BYTES;

/** UTF-16 units of text that one document of a request has at most, but for a single longer paragraph. */
const DOCUMENT_MOST = 60000;

/**
 * The service's scores of some documents.
 *
 * @param array  $documents List of {id: string, text: string}.
 * @param string $format    What the texts are: text or html.
 * @param array  $allow     List of phrases that are never reported.
 * @return array|WP_Error The decoded answer of /v1/score, its shape checked; one document for each sent, in order.
 */
function score( array $documents, string $format, array $allow ) {
	$settings = settings();
	return ask( $settings['server'], $settings['key'], $documents, $format, $allow );
}

/**
 * The same of this server, with this key.
 *
 * @return array|WP_Error
 */
function ask( string $server, string $key, array $documents, string $format, array $allow ) {
	if ( '' !== server_problem( $server ) ) {
		return failure( 'unreachable', server_problem( $server ) );
	}
	if ( '' !== key_problem( $key ) ) {
		return failure( 'key', key_problem( $key ) );
	}
	$settings = settings();
	$body     = wp_json_encode(
		array(
			'documents'   => $documents,
			'format'      => $format,
			'mode'        => $settings['mode'],
			'offset_unit' => 'utf16',
			'allow'       => array_values( $allow ),
			'skip'        => skipped_kinds( $settings ),
		),
		JSON_INVALID_UTF8_SUBSTITUTE | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES
	);
	if ( false === $body ) {
		return failure( 'refused', __( 'The text could not be written as JSON.', 'unspun' ) );
	}
	$headers = array( 'Content-Type' => 'application/json' );
	if ( '' !== $key ) {
		$headers['Authorization'] = "Bearer $key";
	}
	$began  = microtime( true );
	$answer = wp_remote_post(
		"$server/v1/score",
		array(
			'timeout'             => $settings['seconds'],
			'redirection'         => 0,
			'headers'             => $headers,
			'body'                => $body,
			'limit_response_size' => ANSWER_MOST,
			'user-agent'          => 'Unspun for WordPress/' . VERSION,
		)
	);
	if ( is_wp_error( $answer ) ) {
		return not_answered( $answer, microtime( true ) - $began, $settings['seconds'] );
	}
	if ( 200 !== (int) wp_remote_retrieve_response_code( $answer ) ) {
		return refusal( $answer, $key );
	}
	$decoded = json_decode( wp_remote_retrieve_body( $answer ), true );
	return is_answer( $decoded, $documents ) ? $decoded : not_unspun();
}

/** What is no evidence: what somebody else wrote, addresses and code. */
function skipped_kinds( array $settings ): array {
	$kinds = array( 'quote', 'url', 'code' );
	if ( $settings['skip_quotes'] ) {
		$kinds[] = 'block-quote';
	}
	return $kinds;
}

/** What is wrong with a server's address, for people; '' where nothing is. */
function server_problem( string $server ): string {
	$parts = wp_parse_url( $server );
	if ( ! is_array( $parts ) || ! in_array( strtolower( $parts['scheme'] ?? '' ), array( 'http', 'https' ), true ) || '' === ( $parts['host'] ?? '' ) ) {
		return __( 'The address of the Unspun server must start with http:// or https:// and name a host, such as http://127.0.0.1:8000.', 'unspun' );
	}
	if ( isset( $parts['user'] ) || isset( $parts['pass'] ) ) {
		return __( 'The address of the Unspun server must not hold a user name or a password. The key has a field of its own.', 'unspun' );
	}
	if ( preg_match( '/[?#]/', $server ) ) {
		return __( 'The address of the Unspun server must not hold a question mark or a hash sign.', 'unspun' );
	}
	if ( preg_match( '/[^\x21-\x7e]|["<>\\\\^`{|}]/', $server ) ) {
		return __( 'The address of the Unspun server must not hold blanks or special characters.', 'unspun' );
	}
	return '';
}

/** What is wrong with a key, for people; '' where nothing is. No key at all is in order: a server may have none. */
function key_problem( string $key ): string {
	return preg_match( '/[^\x21-\x7e]/', $key ) ? __( 'The key for the Unspun server must not hold blanks, line breaks or letters beyond ASCII.', 'unspun' ) : '';
}

/** The error of a request without an answer. */
function not_answered( WP_Error $error, float $took, int $seconds ): WP_Error {
	if ( $took >= $seconds || preg_match( '/timed? ?-?out|cURL error 28/i', $error->get_error_message() ) ) {
		return failure(
			'slow',
			sprintf(
				/* translators: %s: number of seconds */
				_n(
					'The Unspun server did not answer within %s second. Try again, or raise the time-out in the settings.',
					'The Unspun server did not answer within %s seconds. Try again, or raise the time-out in the settings.',
					$seconds,
					'unspun'
				),
				number_format_i18n( $seconds )
			)
		);
	}
	return failure( 'unreachable', __( 'The Unspun server cannot be reached. Is it running, and is its address right in the settings?', 'unspun' ) );
}

/** The error of an answer other than 200. */
function refusal( array $answer, string $key ): WP_Error {
	$status = (int) wp_remote_retrieve_response_code( $answer );
	if ( $status >= 300 && $status < 400 ) {
		return failure( 'answer', __( 'The address of the Unspun server sends on to another one, which is not followed. Enter the final address in the settings.', 'unspun' ) );
	}
	switch ( $status ) {
		case 401:
			return failure(
				'key',
				'' === $key
					? __( 'The Unspun server wants a key, and none is set.', 'unspun' )
					: __( 'The Unspun server does not accept the key.', 'unspun' )
			);
		case 403:
			return failure(
				'key',
				'' === $key
					? __( 'The Unspun server refuses requests without a key under this address.', 'unspun' )
					: __( 'The key for the Unspun server may not be used to score texts: it lacks that role.', 'unspun' )
			);
		case 404:
		case 405:
			return not_unspun();
		case 408:
		case 504:
			return failure( 'slow', __( 'The Unspun server, or a server in front of it, gave up waiting. Try again.', 'unspun' ) );
		case 413:
			return failure( 'too_large', __( 'The text is too large for the Unspun server.', 'unspun' ) );
		case 429:
		case 503:
			return busy( (int) wp_remote_retrieve_header( $answer, 'retry-after' ) );
	}
	return failure(
		'refused',
		sprintf(
			/* translators: %d: an HTTP status such as 500 */
			__( 'The Unspun server answered with an error (HTTP status %d). Its log says more.', 'unspun' ),
			$status
		)
	);
}

/** The error of a server that has too much to do; seconds: when to come back, 0 where it did not say. */
function busy( int $seconds ): WP_Error {
	if ( $seconds < 1 || $seconds > DAY_IN_SECONDS ) {
		return failure( 'busy', __( 'The Unspun server is busy. Try again in a moment.', 'unspun' ) );
	}
	return failure(
		'busy',
		sprintf(
			/* translators: %s: number of seconds */
			_n( 'The Unspun server is busy. Try again in %s second.', 'The Unspun server is busy. Try again in %s seconds.', $seconds, 'unspun' ),
			number_format_i18n( $seconds )
		),
		array( 'retry_after' => $seconds )
	);
}

/** The error of a server that answers, but not as an Unspun server does. */
function not_unspun(): WP_Error {
	return failure( 'answer', __( 'What answers at this address is not an Unspun server, or one that this plug-in does not understand.', 'unspun' ) );
}

const FAILURES = array(
	'unreachable' => 502,
	'slow'        => 504,
	'key'         => 502,
	'busy'        => 503,
	'too_large'   => 413,
	'refused'     => 502,
	'answer'      => 502,
);

/** An error with the status that our own REST answer has. */
function failure( string $name, string $message, array $data = array() ): WP_Error {
	return new WP_Error( "unspun_$name", $message, array( 'status' => FAILURES[ $name ] ) + $data );
}

/**
 * Whether this is an answer of /v1/score to these documents, in all that we use of it.
 *
 * @param mixed $answer    What was decoded.
 * @param array $documents What was sent.
 */
function is_answer( $answer, array $documents ): bool {
	return is_array( $answer )
		&& is_string( $answer['model']['name'] ?? null ) && is_string( $answer['model']['version'] ?? null )
		&& is_string( $answer['mode'] ?? null )
		&& 'utf16' === ( $answer['offset_unit'] ?? null )
		&& is_list_of( $answer['documents'] ?? null, __NAMESPACE__ . '\is_document' )
		&& array_column( $answer['documents'], 'id' ) === array_column( $documents, 'id' );
}

/** Whether this is a document of an answer. */
function is_document( $document ): bool {
	return is_array( $document )
		&& is_string( $document['id'] ?? null )
		&& is_scored( $document )
		&& is_share( $document['fraction_flagged'] ?? null )
		&& is_list_of( $document['skipped'] ?? null, fn( $range ) => is_range( $range ) && is_string( $range['reason'] ?? null ) )
		&& is_list_of( $document['paragraphs'] ?? null, __NAMESPACE__ . '\is_paragraph' );
}

/** Whether this is a paragraph of a document. */
function is_paragraph( $paragraph ): bool {
	return is_range( $paragraph )
		&& is_scored( $paragraph )
		&& ( ! isset( $paragraph['kinds'] ) || is_list_of( array_values( (array) $paragraph['kinds'] ), __NAMESPACE__ . '\is_share' ) )
		&& is_list_of( $paragraph['spans'] ?? null, __NAMESPACE__ . '\is_span' );
}

/** Whether this is a span of a paragraph. */
function is_span( $span ): bool {
	return is_range( $span )
		&& is_string( $span['text'] ?? null )
		&& is_string( $span['rule'] ?? null )
		&& is_share( $span['score'] ?? null )
		&& is_string( $span['message'] ?? null )
		&& is_list_of( $span['suggestions'] ?? null, 'is_string' );
}

/** Whether a document or paragraph has a status, a score where it is scored, and is flagged or not. */
function is_scored( array $judged ): bool {
	return is_string( $judged['status'] ?? null )
		&& array_key_exists( 'score', $judged )
		&& ( 'scored' === $judged['status'] ? is_share( $judged['score'] ) : null === $judged['score'] )
		&& is_bool( $judged['flagged'] ?? null );
}

/** Whether this has a start and an end, in order. */
function is_range( $range ): bool {
	return is_array( $range )
		&& is_int( $range['start'] ?? null ) && is_int( $range['end'] ?? null )
		&& 0 <= $range['start'] && $range['start'] <= $range['end'];
}

/** Whether this is a number from 0 to 1. */
function is_share( $number ): bool {
	return ( is_int( $number ) || is_float( $number ) ) && 0 <= $number && $number <= 1;
}

/** Whether this is a list whose every element passes. */
function is_list_of( $elements, callable $passes ): bool {
	return is_array( $elements )
		&& array_keys( $elements ) === array_keys( array_values( $elements ) )
		&& count( array_filter( $elements, $passes ) ) === count( $elements );
}
