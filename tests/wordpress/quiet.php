<?php
/**
 * Plugin Name: Test site
 * Refuses every request that would leave the machine, and writes down those that are not WordPress's own.
 */

add_filter(
	'pre_http_request',
	function ( $answer, $options, $url ) {
		if ( '127.0.0.1' === wp_parse_url( $url, PHP_URL_HOST ) ) {
			return $answer;
		}
		$host = (string) wp_parse_url( $url, PHP_URL_HOST );
		if ( ! preg_match( '/(^|\.)wordpress\.org$/', $host ) ) {
			file_put_contents( WP_CONTENT_DIR . '/left.log', $host . "\n", FILE_APPEND );
		}
		return new WP_Error( 'http_request_not_executed', 'This site asks nobody but 127.0.0.1.' );
	},
	10,
	3
);

