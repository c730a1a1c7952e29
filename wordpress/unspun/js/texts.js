/**
 * What the blocks of a post say, for the service, and where in the blocks its answers belong.
 *
 * unit:  { clientId, identifier, name, text, markable }: one stretch of text. Where it is markable, `identifier` names
 *        the block's attribute and offsets in `text` are those of WordPress's rich text, in UTF-16 units.
 * batch: { text, units }: units joined by blank lines; each has its `start` in `text`.
 */
window.unspun = window.unspun || {};

( function ( wp ) {
	'use strict';

	/** Stands between the units of a batch: a blank line, which ends a paragraph. */
	const BORDER = '\n\n';

	/** Blocks whose text is code, no text at all, or another post's. */
	const LEFT_OUT = [ 'core/code', 'core/block', 'core/more', 'core/nextpage' ];
	const QUOTES = [ 'core/quote', 'core/pullquote' ];

	/** Blocks that hold plain HTML, and the attribute that has it. */
	const HTML = {
		'core/freeform': 'content',
		'core/html': 'content',
		'core/missing': 'originalContent',
		'core/shortcode': 'text',
	};

	/** Those of them whose blank lines are paragraphs, and where shortcodes stand in the text. */
	const CLASSIC = [ 'core/freeform', 'core/shortcode' ];

	/** Attributes that stand below the blocks inside. */
	const BELOW = [ 'caption', 'citation' ];

	/**
	 * The units of these blocks and of those inside of them, in reading order.
	 *
	 * @param {Array}   blocks
	 * @param {boolean} skipQuotes Whether quotations are left out.
	 */
	function read( blocks, skipQuotes ) {
		const units = [];
		blocks.forEach( ( block ) => {
			if ( LEFT_OUT.includes( block.name ) || ( skipQuotes && QUOTES.includes( block.name ) ) ) {
				return;
			}
			const names = richTexts( block );
			const add = ( identifier ) => units.push( unit( block, identifier, textOf( block.attributes[ identifier ] ), true ) );
			names.filter( ( name ) => ! BELOW.includes( name ) ).forEach( add );
			unmarkable( block ).forEach( ( text ) => units.push( unit( block, '', text, false ) ) );
			units.push( ...read( block.innerBlocks || [], skipQuotes ) );
			names.filter( ( name ) => BELOW.includes( name ) ).forEach( add );
		} );
		return units.filter( ( found ) => found.text.trim() );
	}

	function unit( block, identifier, text, markable ) {
		return { clientId: block.clientId, identifier, name: block.name, text: plain( text ), markable };
	}

	/** The attributes of a block that its author types rich text into. */
	function richTexts( block ) {
		const type = wp.blocks.getBlockType( block.name );
		const attributes = ( type && type.attributes ) || {};
		return Object.keys( attributes ).filter( ( name ) => {
			const { type: kind, source } = attributes[ name ];
			return kind === 'rich-text' || source === 'rich-text' || source === 'html';
		} );
	}

	/** The texts of a block that no mark can be put into. */
	function unmarkable( block ) {
		if ( block.name === 'core/table' ) {
			return [ 'head', 'body', 'foot' ].reduce( ( texts, part ) => {
				( block.attributes[ part ] || [] ).forEach( ( row ) =>
					( row.cells || [] ).forEach( ( cell ) => texts.push( textOf( cell.content ) ) )
				);
				return texts;
			}, [] );
		}
		if ( HTML[ block.name ] ) {
			const html = String( block.attributes[ HTML[ block.name ] ] || '' );
			return textsOfHtml( CLASSIC.includes( block.name ) ? wp.autop.autop( withoutShortcodes( html ) ) : html );
		}
		return [];
	}

	/** Without the marks of shortcodes; what stands between an opening and a closing one stays, because readers see it. */
	function withoutShortcodes( html ) {
		return html.replace( /\[(\[?)\/?([\w-]+)[^\]\[]*\]/g, ( mark, double, name ) =>
			double || ! window.unspunSettings.shortcodes.includes( name ) ? mark : ''
		);
	}

	/** The text of an attribute: a string of HTML or WordPress's RichTextData. */
	function textOf( value ) {
		if ( typeof value === 'string' ) {
			return wp.richText.create( { html: value } ).text;
		}
		return value && typeof value.text === 'string' ? value.text : '';
	}

	/**
	 * The text as it can be sent, just as long: halves of surrogate pairs are no text, and what stands for a picture in
	 * the line (U+FFFC) is no part of a word.
	 */
	function plain( text ) {
		return text
			.replace( /[\uD800-\uDBFF][\uDC00-\uDFFF]|[\uD800-\uDFFF]/g, ( found ) => ( found.length === 2 ? found : '\uFFFD' ) )
			.replace( /\uFFFC/g, ' ' );
	}

	const SILENT = 'script, style, template, noscript, iframe, object, svg, math, textarea, select, button, pre, code';
	const INLINE =
		/^(a|abbr|acronym|b|bdi|bdo|big|cite|del|dfn|em|font|i|img|ins|kbd|mark|q|s|samp|small|span|strike|strong|sub|sup|time|tt|u|var|wbr)$/;

	/** The paragraphs of plain HTML. */
	function textsOfHtml( html ) {
		// A document of DOMParser runs no scripts and loads nothing.
		const body = new window.DOMParser().parseFromString( html, 'text/html' ).body;
		body.querySelectorAll( SILENT ).forEach( ( element ) => element.remove() );
		const texts = [ '' ];
		const walk = ( node ) => {
			node.childNodes.forEach( ( child ) => {
				if ( child.nodeType === window.Node.TEXT_NODE ) {
					texts[ texts.length - 1 ] += child.data.replace( /[ \t\r\n\f]+/g, ' ' );
				} else if ( child.nodeName === 'BR' ) {
					texts[ texts.length - 1 ] += '\n';
				} else if ( child.nodeType === window.Node.ELEMENT_NODE ) {
					const inline = INLINE.test( child.localName );
					if ( ! inline ) {
						texts.push( '' );
					}
					walk( child );
					if ( ! inline ) {
						texts.push( '' );
					}
				}
			} );
		};
		walk( body );
		return texts.map( ( text ) => text.trim() ).filter( Boolean );
	}

	/** All that is said in the units, to tell whether something has changed. */
	function joined( units ) {
		return units.map( ( found ) => found.text ).join( BORDER );
	}

	/** The units in batches of at most `limit` UTF-16 units; a unit that is longer is a batch alone. */
	function batches( units, limit ) {
		const made = [];
		units.forEach( ( found ) => {
			const last = made[ made.length - 1 ];
			if ( last && last.text.length + BORDER.length + found.text.length <= limit ) {
				const start = last.text.length + BORDER.length;
				last.units.push( Object.assign( {}, found, { start } ) );
				last.text += BORDER + found.text;
			} else {
				made.push( { text: found.text, units: [ Object.assign( {}, found, { start: 0 } ) ] } );
			}
		} );
		return made;
	}

	/**
	 * The paragraphs of a service's answer, each with its unit, its text and offsets that count in the unit's text.
	 *
	 * @param {Object} batch    What was sent.
	 * @param {Object} document What came back for it.
	 */
	function place( batch, document ) {
		let at = 0;
		return document.paragraphs.map( ( paragraph ) => {
			while ( at + 1 < batch.units.length && batch.units[ at + 1 ].start <= paragraph.start ) {
				at++;
			}
			const found = batch.units[ at ];
			const moved = ( part ) => Object.assign( {}, part, { start: part.start - found.start, end: part.end - found.start } );
			return Object.assign( moved( paragraph ), {
				unit: found,
				text: batch.text.slice( paragraph.start, paragraph.end ),
				spans: paragraph.spans.map( moved ),
			} );
		} );
	}

	window.unspun.texts = { read, textOf, plain, joined, batches, place };
} )( window.wp );
