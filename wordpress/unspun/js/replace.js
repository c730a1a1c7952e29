/**
 * Finding phrases in a text that has changed, and putting other words in their place.
 * All offsets are UTF-16 units.
 */
window.unspun = window.unspun || {};

( function ( wp ) {
	'use strict';

	const WORD = /[\p{L}\p{N}]/u;

	function isWhole( text, start, end ) {
		const inside = ( at ) => at > 0 && at < text.length && WORD.test( text[ at - 1 ] ) && WORD.test( text[ at ] );
		return ! inside( start ) && ! inside( end );
	}

	/** Whether the phrase stands there as whole words. */
	function stands( text, phrase, at ) {
		return text.startsWith( phrase, at ) && isWhole( text, at, at + phrase.length );
	}

	/** Where the phrase stands at or across text[ from … to ]: the place nearest to `hint`, or -1. */
	function locate( text, phrase, hint, from, to ) {
		let best = -1;
		for ( let at = Math.max( 0, from - phrase.length ); at <= to; at++ ) {
			if ( stands( text, phrase, at ) && ( best === -1 || Math.abs( at - hint ) < Math.abs( best - hint ) ) ) {
				best = at;
			}
		}
		return best;
	}

	/**
	 * Where phrases stand after a change of the text, whatever made it: typing, undo, or a replacement.
	 *
	 * @param {string} before
	 * @param {string} after
	 * @param {Array}  spans  { text, start, end } in the text before.
	 * @return {Array} The same in the text after; `gone` where the phrase is no longer there. The others keep identity.
	 */
	function follow( before, after, spans ) {
		let head = 0;
		const most = Math.min( before.length, after.length );
		while ( head < most && before[ head ] === after[ head ] ) {
			head++;
		}
		let tail = 0;
		while ( tail < most - head && before[ before.length - 1 - tail ] === after[ after.length - 1 - tail ] ) {
			tail++;
		}
		const grown = after.length - before.length;
		const taken = new Set();
		return spans.map( ( span ) => {
			const behind = span.start >= before.length - tail && ! span.gone;
			const ahead = span.end <= head && ! span.gone;
			// One that is gone may come back, as by undo, where it was last.
			const hint = behind ? span.start + grown : span.start;
			// The same words where nothing was changed are not this phrase: they stood there before.
			const start =
				( behind || ahead ) && stands( after, span.text, hint )
					? hint
					: locate( after, span.text, hint, head, after.length - tail );
			// Two of our phrases never share a place.
			if ( start === -1 || taken.has( start ) ) {
				return span.gone ? span : Object.assign( {}, span, { gone: true } );
			}
			taken.add( start );
			if ( start === span.start && ! span.gone ) {
				return span;
			}
			return Object.assign( {}, span, { start, end: start + span.text.length, gone: false } );
		} );
	}

	/**
	 * The value of a rich-text attribute with other words in one place. Words that both have, at either end, are left as
	 * they are. The new ones have the formats (bold, links …) that cover all of what they replace, and what is no text
	 * (pictures, the numbers of footnotes) stays, behind them.
	 *
	 * @param {Object|string} value RichTextData, or HTML.
	 * @param {number}        start
	 * @param {number}        end
	 * @param {string}        words
	 */
	function replaced( value, start, end, words ) {
		const { RichTextData, create, insert, toHTMLString } = wp.richText;
		const isString = typeof value === 'string';
		const record = isString
			? create( { html: value } )
			: { text: value.text, formats: value.formats, replacements: value.replacements };
		const old = record.text.slice( start, end );
		const [ head, tail ] = shared( window.unspun.texts.plain( old ), words );
		const from = start + head;
		const to = end - tail;
		const piece = create( { text: words.slice( head, words.length - tail ) } );
		const covering = ( record.formats[ from ] || [] ).filter( ( format ) => {
			for ( let at = from + 1; at < to; at++ ) {
				if ( ! ( record.formats[ at ] || [] ).includes( format ) ) {
					return false;
				}
			}
			return to > from;
		} );
		if ( covering.length ) {
			for ( let at = 0; at < piece.text.length; at++ ) {
				piece.formats[ at ] = covering;
			}
		}
		for ( let at = from; at < to; at++ ) {
			if ( record.replacements[ at ] ) {
				piece.replacements[ piece.text.length ] = record.replacements[ at ];
				piece.formats[ piece.text.length ] = record.formats[ at ];
				piece.text += record.text[ at ];
			}
		}
		const made = insert( record, piece, from, to );
		return isString ? toHTMLString( { value: made } ) : new RichTextData( { text: made.text, formats: made.formats, replacements: made.replacements } );
	}

	/** How much of two phrases is the same words: at the start, with the space behind; at the end, with the space before. */
	function shared( one, other ) {
		const words = ( text ) => text.split( /(?<=\s)(?=\S)/ );
		const a = words( one );
		const b = words( other );
		let head = 0;
		let first = 0;
		// At least one word of each is left, so that something is always replaced by something.
		while ( first < Math.min( a.length, b.length ) - 1 && a[ first ] === b[ first ] ) {
			head += a[ first ].length;
			first++;
		}
		let tail = 0;
		let last = 0;
		while ( last < Math.min( a.length, b.length ) - first - 1 && a[ a.length - 1 - last ] === b[ b.length - 1 - last ] ) {
			tail += a[ a.length - 1 - last ].length;
			last++;
		}
		return [ head, tail ];
	}

	window.unspun.replace = { follow, replaced };
} )( window.wp );
