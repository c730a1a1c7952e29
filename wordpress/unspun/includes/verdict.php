<?php
/**
 * From what WordPress keeps of a post to a verdict on it.
 *
 * A verdict is {status: scored or why not, score: float|null, flagged: bool, held: bool, paragraphs: int (scored ones),
 * flagged_paragraphs: int, model: "name@version", mode: string}.
 *
 * @package Unspun
 */

namespace Unspun;

use WP_Error;

defined( 'ABSPATH' ) || exit;

/** Bytes of a post's content that are checked at most. */
const CONTENT_MOST = 4 * MB_IN_BYTES;

/** Bytes of text and number of documents in one request to the service, but for a single longer document. */
const REQUEST_MOST   = 512 * KB_IN_BYTES;
const DOCUMENTS_MOST = 500;

/** Blocks that show another post's content. (Code is left out by the service, which sees what is marked up as such.) */
const UNREAD_BLOCKS = array( 'core/block' );

/** Blocks of text as in the Classic Editor; what stands outside of all blocks is one without a name. */
const CLASSIC_BLOCKS = array( null, 'core/freeform', 'core/shortcode' );

/** Blocks of prose whose element would be taken for code. */
const LINED_BLOCKS = array( 'core/preformatted', 'core/verse' );

/**
 * The verdict on a post's content, as it stands in the database.
 *
 * @param string $content Block markup, or HTML of the Classic Editor.
 * @param array  $allow   List of phrases that are never reported.
 * @return array|WP_Error
 */
function check_content( string $content, array $allow ) {
	return check_many( array( compact( 'content', 'allow' ) ) )[0];
}

/**
 * The verdicts on several posts, in as few requests as can be.
 *
 * @param array $posts List of {content: string, allow: array of phrases, anything else}.
 * @return array List of verdict|WP_Error, in order.
 */
function check_many( array $posts ): array {
	$verdicts = array();
	$groups   = array();
	foreach ( array_values( $posts ) as $at => $post ) {
		if ( strlen( $post['content'] ) > CONTENT_MOST ) {
			$verdicts[ $at ] = failure( 'too_large', __( 'The post is too large to be checked.', 'unspun' ) );
			continue;
		}
		$verdicts[ $at ] = verdict_of( array(), null );
		$texts           = documents_of( $post['content'] );
		if ( $texts ) {
			$groups[ wp_json_encode( array_values( $post['allow'] ), JSON_INVALID_UTF8_SUBSTITUTE ) ][ $at ] = $texts;
		}
	}
	foreach ( $groups as $members ) {
		$allow = array_values( $posts )[ array_key_first( $members ) ]['allow'];
		foreach ( check_group( $members, $allow ) as $at => $verdict ) {
			$verdicts[ $at ] = $verdict;
		}
	}
	return $verdicts;
}

/**
 * The verdicts on posts with the same ignored phrases.
 *
 * @param array $members From the post's position to its list of texts.
 * @param array $allow   List of phrases.
 * @return array From the post's position to its verdict or WP_Error.
 */
function check_group( array $members, array $allow ): array {
	$found = array();
	foreach ( requests_of( $members ) as $documents ) {
		$answer = score( $documents, 'html', $allow );
		foreach ( $documents as $number => $document ) {
			$at             = (int) $document['id'];
			$found[ $at ][] = is_wp_error( $answer ) ? $answer : array( $answer, $answer['documents'][ $number ] );
		}
	}
	return array_map( __NAMESPACE__ . '\joined', $found );
}

/** Lists of documents, one list for each request; a document's id starts with the post's position. */
function requests_of( array $members ): array {
	$requests = array();
	$bytes    = 0;
	foreach ( $members as $at => $texts ) {
		foreach ( $texts as $number => $text ) {
			$last = count( $requests ) - 1;
			if ( $last < 0 || $bytes + strlen( $text ) > REQUEST_MOST || count( $requests[ $last ] ) >= DOCUMENTS_MOST ) {
				$requests[] = array();
				$bytes      = 0;
				++$last;
			}
			$bytes              += strlen( $text );
			$requests[ $last ][] = array(
				'id'   => "$at.$number",
				'text' => $text,
			);
		}
	}
	return $requests;
}

/**
 * The verdict on one post from those on its documents.
 *
 * @param array $parts List of WP_Error|array( answer, document of it ).
 * @return array|WP_Error
 */
function joined( array $parts ) {
	foreach ( $parts as $part ) {
		if ( is_wp_error( $part ) ) {
			return $part;
		}
	}
	return verdict_of( array_column( $parts, 1 ), $parts[0][0] );
}

/**
 * The verdict on these documents, taken as one text.
 *
 * @param array      $documents As the service gives them; none: a post without text.
 * @param array|null $answer    The answer they stand in.
 */
function verdict_of( array $documents, ?array $answer ): array {
	$settings   = settings();
	$paragraphs = array_merge( array(), ...array_column( $documents, 'paragraphs' ) );
	$scored     = array_filter( $documents, fn( $document ) => 'scored' === $document['status'] );
	$flagged    = in_array( true, array_column( $documents, 'flagged' ), true );
	$spun       = count( array_filter( array_column( $paragraphs, 'flagged' ) ) );
	return array(
		'status'             => $scored ? 'scored' : ( $documents[0]['status'] ?? 'too_short' ),
		'score'              => $scored ? (float) max( array_column( $scored, 'score' ) ) : null,
		'flagged'            => $flagged,
		'held'               => $flagged || ( 'paragraph' === $settings['hold'] && $spun > 0 ),
		'paragraphs'         => count( array_keys( array_column( $paragraphs, 'status' ), 'scored', true ) ),
		'flagged_paragraphs' => $spun,
		'model'              => $answer ? model_name( $answer ) : '',
		'mode'               => $settings['mode'],
	);
}

/** The model of an answer: "name@version". */
function model_name( array $answer ): string {
	return $answer['model']['name'] . '@' . $answer['model']['version'];
}

/** The texts of a post as HTML, each of them small enough for one document; none where there is no word. */
function documents_of( string $content ): array {
	$documents = array();
	$units     = 0;
	foreach ( pieces( $content ) as $piece ) {
		$size = utf16_units( wp_strip_all_tags( $piece ) );
		if ( ! $documents || $units + $size > DOCUMENT_MOST ) {
			$documents[] = '';
			$units       = 0;
		}
		$documents[ count( $documents ) - 1 ] .= "$piece\n\n";
		$units                                += $size + 2;
	}
	return array_values( array_filter( $documents, __NAMESPACE__ . '\has_text' ) );
}

/** Whether there may be a letter or a figure in this HTML: where it is odd, the service is to say. */
function has_text( string $html ): bool {
	// Not strip_tags(), which takes "<5" for a tag. And what is no UTF-8 gives false, which is not 0.
	return 0 !== preg_match( '/[\p{L}\p{N}]/u', preg_replace( '#<[a-z/!][^<>]*>#i', '', $html ) ?? $html );
}

/** A post's HTML, cut at the borders of its blocks, without what is no prose of it. */
function pieces( string $content ): array {
	$pieces = array();
	foreach ( parse_blocks( $content ) as $block ) {
		array_push( $pieces, ...block_pieces( $block ) );
	}
	return $pieces;
}

/** The HTML of a block: whole if it can be, cut at its inner blocks and paragraphs where it is too long. */
function block_pieces( array $block ): array {
	$whole = block_html( $block );
	if ( strlen( $whole ) <= DOCUMENT_MOST ) {
		return '' === trim( $whole ) ? array() : array( $whole );
	}
	$pieces = array();
	$inner  = 0;
	foreach ( $block['innerContent'] as $part ) {
		array_push(
			$pieces,
			...( is_string( $part )
				? preg_split( '#(?<=</p>)#', prose( $block['blockName'], $part ), -1, PREG_SPLIT_NO_EMPTY )
				: block_pieces( $block['innerBlocks'][ $inner++ ] ) )
		);
	}
	return $pieces;
}

/** The HTML of a block and those in it. */
function block_html( array $block ): string {
	if ( in_array( $block['blockName'], UNREAD_BLOCKS, true ) ) {
		return '';
	}
	$html  = '';
	$inner = 0;
	foreach ( $block['innerContent'] as $part ) {
		$html .= is_string( $part ) ? $part : block_html( $block['innerBlocks'][ $inner++ ] );
	}
	return prose( $block['blockName'], $html );
}

/** HTML of a block with this name (null: outside of all blocks), with its lines and paragraphs marked up as such. */
function prose( ?string $name, string $html ): string {
	if ( in_array( $name, LINED_BLOCKS, true ) ) {
		return (string) preg_replace( '#<(/?)pre\b#i', '<$1p', str_replace( "\n", '<br>', $html ) );
	}
	return in_array( $name, CLASSIC_BLOCKS, true ) ? wpautop( without_shortcodes( $html ) ) : $html;
}

/** Without the marks of shortcodes; what stands between an opening and a closing one stays, because readers see it. */
function without_shortcodes( string $html ): string {
	global $shortcode_tags;
	if ( ! $shortcode_tags || false === strpos( $html, '[' ) ) {
		return $html;
	}
	$names = implode( '|', array_map( fn( $name ) => preg_quote( $name, '#' ), array_keys( $shortcode_tags ) ) );
	// What stands in double brackets is shown as it is.
	return preg_replace( "#\[\[(?:$names)(?![\w-])[^\]\[]*\]\](*SKIP)(*FAIL)|\[/?(?:$names)(?![\w-])[^\]\[]*\]#", '', $html ) ?? $html;
}

/** The length of a text in JavaScript's units: one for a character, two beyond the first plane. */
function utf16_units( string $text ): int {
	$units = 0;
	foreach ( count_chars( $text, 1 ) as $byte => $number ) {
		$units += $byte < 0x80 || $byte >= 0xc0 ? $number * ( $byte >= 0xf0 ? 2 : 1 ) : 0;
	}
	return $units;
}
