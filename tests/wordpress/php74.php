<?php
/**
 * Finds what PHP 7.4 cannot read, on PHP 8.1 or newer: syntax, functions and classes that came later.
 *
 *     php php74.php FILE...
 *
 * Writes a line `FILE:LINE: what` for each and ends with status 1 where there is one. Functions that WordPress 6.5
 * brings along for older versions of PHP are let through.
 */

const FUNCTIONS = array(
	'8.0' => 'fdiv get_debug_type get_resource_id preg_last_error_msg openssl_cms_encrypt openssl_cms_decrypt
		openssl_cms_read openssl_cms_sign openssl_cms_verify imagegetinterpolation',
	'8.1' => 'enum_exists fsync fdatasync imagecreatefromavif imageavif mysqli_fetch_column',
	'8.2' => 'ini_parse_quantity memory_reset_peak_usage curl_upkeep mysqli_execute_query openssl_cipher_key_length
		libxml_get_external_entity_loader sodium_crypto_stream_xchacha20_xor_ic',
	'8.3' => 'json_validate mb_str_pad str_increment str_decrement stream_context_set_options posix_sysconf
		posix_pathconf posix_fpathconf posix_eaccess socket_atmark',
	'8.4' => 'array_find array_find_key array_any array_all mb_trim mb_ltrim mb_rtrim mb_ucfirst mb_lcfirst fpow
		request_parse_body http_get_last_response_headers http_clear_last_response_headers grapheme_str_split
		bcdivmod bcround bcceil bcfloor',
	'8.5' => 'array_first array_last get_error_handler get_exception_handler locale_is_right_to_left
		grapheme_levenshtein',
);

const CLASSES = array(
	'8.0' => 'Stringable ValueError UnhandledMatchError WeakMap PhpToken Attribute InternalIterator',
	'8.1' => 'Fiber FiberError UnitEnum BackedEnum ReturnTypeWillChange CURLStringFile',
	'8.2' => 'SensitiveParameter SensitiveParameterValue AllowDynamicProperties',
	'8.3' => 'Override DateException DateError',
);

/** Types that 7.4 takes for names of classes; `static` it does not take at all. */
const TYPES = array(
	'mixed' => '8.0',
	'static' => '8.0',
	'false' => '8.0',
	'null'  => '8.0',
	'never' => '8.1',
	'true'  => '8.2',
);

/** What changes or names a member of a class. */
const MODIFIERS = array( T_PUBLIC, T_PROTECTED, T_PRIVATE, T_STATIC, T_VAR, T_ABSTRACT, T_FINAL, T_READONLY );

const VISIBILITY = array( T_PUBLIC, T_PROTECTED, T_PRIVATE, T_READONLY );

const AMPERSANDS = array( T_AMPERSAND_FOLLOWED_BY_VAR_OR_VARARG, T_AMPERSAND_NOT_FOLLOWED_BY_VAR_OR_VARARG );

const NAMES = array( T_STRING, T_NAME_QUALIFIED, T_NAME_FULLY_QUALIFIED, T_NAME_RELATIVE );

/** The tokens of a file without spaces and comments, each as {id, text, line}; id is the character for a sign. */
function tokens( string $source ): array {
	$found = array();
	$line  = 1;
	foreach ( token_get_all( $source ) as $token ) {
		list( $id, $text ) = is_array( $token ) ? $token : array( $token, $token );
		if ( ! in_array( $id, array( T_WHITESPACE, T_COMMENT, T_DOC_COMMENT ), true ) ) {
			$found[] = array( $id, $text, $line );
		}
		$line += substr_count( $text, "\n" );
	}
	return $found;
}

/** For each opening bracket the place of the closing one, and the other way round. */
function pairs( array $tokens ): array {
	$open  = array();
	$pairs = array();
	foreach ( $tokens as $at => list( $id ) ) {
		if ( in_array( $id, array( '(', '[', '{', T_CURLY_OPEN, T_DOLLAR_OPEN_CURLY_BRACES, T_ATTRIBUTE ), true ) ) {
			$open[] = $at;
		} elseif ( in_array( $id, array( ')', ']', '}' ), true ) && $open ) {
			$from           = array_pop( $open );
			$pairs[ $from ] = $at;
			$pairs[ $at ]   = $from;
		}
	}
	return $pairs;
}

/** One file's tokens, with what the rules ask of them. */
final class File {
	public array $tokens;
	public array $pairs;
	/** Lists of {line, what}. */
	public array $found = array();

	public function __construct( string $source ) {
		$this->tokens = tokens( $source );
		$this->pairs  = pairs( $this->tokens );
	}

	/** The kind of the token there; '' beyond the ends. */
	public function id( int $at ) {
		return $this->tokens[ $at ][0] ?? '';
	}

	public function text( int $at ): string {
		return $this->tokens[ $at ][1] ?? '';
	}

	public function is( int $at, ...$ids ): bool {
		return in_array( $this->id( $at ), $ids, true );
	}

	/** A name or a word of the language; what follows `->` and stands before a named argument's colon. */
	public function is_word( int $at ): bool {
		return is_int( $this->id( $at ) ) && 1 === preg_match( '/^[a-z_\x80-\xff][\w\x80-\xff]*$/i', $this->text( $at ) );
	}

	/** Whether the token there is the name of a member or of a declared function, and so no word of the language. */
	public function is_member( int $at ): bool {
		return $this->is( $at - 1, T_OBJECT_OPERATOR, T_NULLSAFE_OBJECT_OPERATOR, T_DOUBLE_COLON, T_FUNCTION, T_CONST )
			|| ( '&' === $this->text( $at - 1 ) && $this->is( $at - 2, T_FUNCTION ) );
	}

	/** Where a bracket there closes; the last token where it never does. */
	public function end( int $at ): int {
		return $this->pairs[ $at ] ?? count( $this->tokens ) - 1;
	}

	public function add( int $at, string $version, string $what ): void {
		$this->found[] = array( $this->tokens[ $at ][2], "$what ($version)" );
	}

	/** Splits what stands between two places at its own commas; lists of {from, to}, `to` not included. */
	public function split( int $from, int $to ): array {
		$parts = array();
		$start = $from;
		for ( $at = $from; $at < $to; $at++ ) {
			if ( $this->is( $at, '(', '[', '{', T_ATTRIBUTE ) ) {
				$at = min( $this->end( $at ), $to );
			} elseif ( $this->is( $at, ',' ) ) {
				$parts[] = array( $start, $at );
				$start   = $at + 1;
			}
		}
		$parts[] = array( $start, $to );
		return $parts;
	}
}

function check_type( File $file, int $from, int $to ): void {
	for ( $at = $from; $at < $to; $at++ ) {
		$word = strtolower( $file->text( $at ) );
		if ( $file->is( $at, '|' ) ) {
			$file->add( $at, '8.0', 'a union type' );
		} elseif ( $file->is( $at, ...AMPERSANDS ) ) {
			$file->add( $at, '8.1', 'an intersection type' );
		} elseif ( isset( TYPES[ $word ] ) ) {
			$file->add( $at, TYPES[ $word ], "the type $word" );
		}
	}
}

/** A parameter list, from its bracket on: types, default values, promotion, the comma at its end. */
function check_parameters( File $file, int $open ): void {
	$close = $file->end( $open );
	if ( $file->is( $close - 1, ',' ) ) {
		$file->add( $close - 1, '8.0', 'a comma after the last parameter' );
	}
	foreach ( $file->split( $open + 1, $close ) as list( $from, $to ) ) {
		while ( $file->is( $from, T_ATTRIBUTE ) ) {
			$from = $file->end( $from ) + 1;
		}
		if ( $file->is( $from, ...VISIBILITY ) ) {
			$file->add( $from, '8.0', 'constructor promotion' );
			while ( $file->is( $from, ...VISIBILITY ) ) {
				++$from;
			}
		}
		$name = $from;
		while ( $name < $to && ! $file->is( $name, T_VARIABLE ) ) {
			++$name;
		}
		$type = $name;
		while ( $type > $from && $file->is( $type - 1, T_ELLIPSIS, T_AMPERSAND_FOLLOWED_BY_VAR_OR_VARARG ) ) {
			--$type;
		}
		check_type( $file, $from, $type );
		check_initial( $file, $name, $to );
	}
}

/** A value that is worked out when the code is read. */
function check_initial( File $file, int $from, int $to ): void {
	for ( $at = $from; $at < $to; $at++ ) {
		if ( $file->is( $at, T_NEW ) ) {
			$file->add( $at, '8.1', 'new in an initial value' );
		}
	}
}

function check_function( File $file, int $at ): void {
	$open = $at + 1;
	while ( $open < count( $file->tokens ) && ! $file->is( $open, '(', ';' ) ) {
		++$open;
	}
	if ( ! $file->is( $open, '(' ) ) {
		return;  // `use function …;`.
	}
	check_parameters( $file, $open );
	$next = $file->end( $open ) + 1;
	if ( $file->is( $next, T_USE ) ) {
		$close = $file->end( $next + 1 );
		if ( $file->is( $close - 1, ',' ) ) {
			$file->add( $close - 1, '8.0', 'a comma after the last used variable' );
		}
		$next = $close + 1;
	}
	if ( $file->is( $next, ':' ) ) {
		$to = $next + 1;
		while ( $to < count( $file->tokens ) && ! $file->is( $to, '{', ';', T_DOUBLE_ARROW ) ) {
			++$to;
		}
		check_type( $file, $next + 1, $to );
	}
}

/** A member of a class after its modifiers: a property's type, a final constant, a constant's type. */
function check_member( File $file, int $first ): void {
	$at    = $first;
	$final = false;
	while ( $file->is( $at, ...MODIFIERS ) ) {
		$final = $final || $file->is( $at, T_FINAL );
		++$at;
	}
	if ( $file->is( $at, T_CONST ) ) {
		if ( $final ) {
			$file->add( $at, '8.1', 'a final constant' );
		}
		return;
	}
	$name = $at;
	while ( $file->is( $name, '?', '|', '(', ')', T_ARRAY, T_CALLABLE, T_STATIC, ...NAMES, ...AMPERSANDS ) ) {
		++$name;
	}
	if ( $file->is( $name, T_VARIABLE ) ) {
		check_type( $file, $at, $name );
	}
}

function check_const( File $file, int $at ): void {
	if ( $file->is_member( $at ) || $file->is( $at - 1, T_USE ) ) {
		return;
	}
	$end = $at;
	while ( $end < count( $file->tokens ) && ! $file->is( $end, ';' ) ) {
		++$end;
	}
	if ( $file->is_word( $at + 1 ) && ! $file->is( $at + 2, '=' ) ) {
		$file->add( $at, '8.3', 'a constant with a type' );
	}
	check_initial( $file, $at, $end );
}

/** `static $name = …;` in a function. */
function check_static( File $file, int $at ): void {
	if ( ! $file->is( $at + 1, T_VARIABLE ) || ! $file->is( $at + 2, '=' ) ) {
		return;
	}
	$end = $at;
	while ( $end < count( $file->tokens ) && ! $file->is( $end, ';' ) ) {
		++$end;
	}
	check_initial( $file, $at, $end );
}

/** Whether a colon belongs to a `?` before it in the same brackets, and so to a choice of two values. */
function is_choice( File $file, int $colon ): bool {
	for ( $at = $colon - 1; $at >= 0; $at-- ) {
		if ( $file->is( $at, ')', ']', '}' ) ) {
			$at = $file->pairs[ $at ] ?? $at;
		} elseif ( $file->is( $at, ';', '{', '(', '[', T_CASE, T_DEFAULT, T_OPEN_TAG ) ) {
			return false;
		} elseif ( $file->is( $at, '?' ) ) {
			return true;
		}
	}
	return false;
}

function check_throw( File $file, int $at ): void {
	$starts = array( ';', '{', '}', ')', T_ELSE, T_DO, T_OPEN_TAG );
	if ( $file->is( $at - 1, ...$starts ) || ( $file->is( $at - 1, ':' ) && ! is_choice( $file, $at - 1 ) ) ) {
		return;
	}
	$file->add( $at, '8.0', 'throw as an expression' );
}

function check_catch( File $file, int $at ): void {
	for ( $in = $at + 1; $in < $file->end( $at + 1 ); $in++ ) {
		if ( $file->is( $in, T_VARIABLE ) ) {
			return;
		}
	}
	$file->add( $at, '8.0', 'catch without a variable' );
}

/** `$object::class`; a name before it is older. */
function check_double_colon( File $file, int $at ): void {
	if ( $file->is( $at + 1, T_CLASS ) && $file->is( $at - 1, T_VARIABLE, ')', ']', '}' ) ) {
		$file->add( $at, '8.0', '::class of an object' );
	}
}

/** A name: of a function or a class that is newer, an argument, a part of a name that is a word of 7.4's language. */
function check_name( File $file, int $at ): void {
	static $newer = null;
	if ( null === $newer ) {
		$newer = array(
			'function' => by_name( FUNCTIONS ),
			'class'    => by_name( CLASSES ),
		);
	}
	$parts = explode( '\\', ltrim( strtolower( $file->text( $at ) ), '\\' ) );
	if ( $file->is( $at, T_NAME_QUALIFIED, T_NAME_FULLY_QUALIFIED ) ) {
		foreach ( $parts as $part ) {
			$word = token_get_all( "<?php $part" )[1][0];
			if ( ! in_array( $word, array( T_STRING, T_ENUM, T_READONLY, T_MATCH ), true ) ) {
				$file->add( $at, '8.0', "the word $part in a namespace" );
			}
		}
	}
	if ( count( $parts ) > 1 || $file->is_member( $at ) ) {
		return;
	}
	$kind = $file->is( $at + 1, '(' ) && ! $file->is( $at - 1, T_NEW ) ? 'function' : 'class';
	if ( isset( $newer[ $kind ][ $parts[0] ] ) ) {
		$file->add( $at, $newer[ $kind ][ $parts[0] ], "the $kind {$parts[0]}" );
	}
}

/** From {version: names} to {name in small letters: version}. */
function by_name( array $versions ): array {
	$names = array();
	foreach ( $versions as $version => $list ) {
		$names += array_fill_keys( preg_split( '/\s+/', strtolower( $list ) ), $version );
	}
	return $names;
}

function check( File $file ): void {
	foreach ( array_keys( $file->tokens ) as $at ) {
		list( $id, $text ) = $file->tokens[ $at ];
		$member            = $file->is_member( $at );
		if ( $file->is_word( $at ) && $file->is( $at - 1, '(', ',' ) && $file->is( $at + 1, ':' ) ) {
			$file->add( $at, '8.0', 'a named argument' );
		}
		if ( in_array( $id, NAMES, true ) ) {
			check_name( $file, $at );
		} elseif ( T_MATCH === $id && ! $member && $file->is( $at + 1, '(' ) ) {
			$file->add( $at, '8.0', 'match' );
		} elseif ( T_NULLSAFE_OBJECT_OPERATOR === $id ) {
			$file->add( $at, '8.0', '?->' );
		} elseif ( T_ATTRIBUTE === $id ) {
			$file->add( $at, '8.0', 'an attribute' );
		} elseif ( T_ENUM === $id && ! $member ) {
			$file->add( $at, '8.1', 'enum' );
		} elseif ( T_READONLY === $id && ! $member ) {
			$file->add( $at, '8.1', 'readonly' );
		} elseif ( T_LNUMBER === $id && preg_match( '/^0o/i', $text ) ) {
			$file->add( $at, '8.1', 'a number that starts with 0o' );
		} elseif ( T_ELLIPSIS === $id && $file->is( $at - 1, '(' ) && $file->is( $at + 1, ')' ) ) {
			$file->add( $at, '8.1', 'a first-class callable' );
		} elseif ( T_NEW === $id && $file->is( $at + 1, '(' ) ) {
			$file->add( $at, '8.0', 'new of an expression' );
		} elseif ( T_INSTANCEOF === $id && $file->is( $at + 1, '(' ) ) {
			$file->add( $at, '8.0', 'instanceof an expression' );
		} elseif ( T_DOUBLE_COLON === $id ) {
			check_double_colon( $file, $at );
		} elseif ( T_THROW === $id && ! $member ) {
			check_throw( $file, $at );
		} elseif ( T_CATCH === $id && ! $member ) {
			check_catch( $file, $at );
		} elseif ( T_CONST === $id ) {
			check_const( $file, $at );
		} elseif ( in_array( $id, array( T_FUNCTION, T_FN ), true ) && ! $member ) {
			check_function( $file, $at );
		} elseif ( T_STATIC === $id ) {
			check_static( $file, $at );
		}
		if ( in_array( $id, MODIFIERS, true ) && $file->is( $at - 1, ';', '{', '}' ) ) {
			check_member( $file, $at );
		}
	}
}

if ( PHP_VERSION_ID < 80100 ) {
	fwrite( STDERR, "php74.php needs PHP 8.1 or newer to know what is newer than 7.4.\n" );
	exit( 2 );
}
$status = 0;
foreach ( array_slice( $argv, 1 ) as $path ) {
	$file = new File( file_get_contents( $path ) );
	check( $file );
	foreach ( $file->found as list( $line, $what ) ) {
		echo "$path:$line: $what\n";
		$status = 1;
	}
}
exit( $status );
