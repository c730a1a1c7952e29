/**
 * The marks in the text: WordPress's annotations, which are shown in the editor and never enter the saved post.
 * They are experimental in WordPress; where they are missing, nothing is marked and the list alone is shown.
 */
window.unspun = window.unspun || {};

( function ( wp ) {
	'use strict';

	const STORE = 'core/annotations';

	/** Every source of ours begins so; the style sheet css/marks.css knows them all. */
	const OURS = 'unspun-';

	/** Whether this WordPress can mark text. */
	function available() {
		const actions = wp.data.dispatch( STORE );
		const selectors = wp.data.select( STORE );
		return Boolean(
			actions &&
				selectors &&
				actions.__experimentalAddAnnotation &&
				actions.__experimentalRemoveAnnotation &&
				selectors.__experimentalGetAnnotations
		);
	}

	/** The id of the mark of a phrase. */
	function idOf( span ) {
		return OURS + span.key;
	}

	/** The annotations that these paragraphs ask for: by id, the arguments of __experimentalAddAnnotation. */
	function wanted( paragraphs ) {
		const all = new Map();
		const outline = ( why, blockClientId ) => {
			const id = OURS + why + '-' + blockClientId;
			all.set( id, { id, source: OURS + why, selector: 'block', blockClientId } );
		};
		paragraphs.forEach( ( paragraph ) => {
			const { clientId, identifier, markable, flagged, spans } = paragraph;
			if ( flagged ) {
				outline( 'flagged', clientId );
			}
			if ( ! markable && spans.length ) {
				outline( 'found', clientId );
			}
			if ( ! markable ) {
				return;
			}
			spans.filter( ( span ) => ! span.gone ).forEach( ( span ) => {
				all.set( idOf( span ), {
					id: idOf( span ),
					source: OURS + window.unspun.findings.strength( span.score ),
					selector: 'range',
					blockClientId: clientId,
					richTextIdentifier: identifier,
					range: { start: span.start, end: span.end },
				} );
			} );
		} );
		return all;
	}

	function same( one, other ) {
		return (
			one.source === other.source &&
			one.blockClientId === other.blockClientId &&
			one.selector === other.selector &&
			( one.selector === 'block' ||
				( one.richTextIdentifier === other.richTextIdentifier &&
					one.range.start === other.range.start &&
					one.range.end === other.range.end ) )
		);
	}

	/** Makes the marks those of these paragraphs; what is right already is left alone. */
	function show( registry, paragraphs ) {
		if ( ! available() ) {
			return;
		}
		const ask = wanted( paragraphs );
		const actions = registry.dispatch( STORE );
		registry.batch( () => {
			registry
				.select( STORE )
				.__experimentalGetAnnotations()
				.filter( ( present ) => String( present.source ).startsWith( OURS ) )
				.forEach( ( present ) => {
					const kept = ask.get( present.id );
					if ( kept && same( kept, present ) ) {
						ask.delete( present.id );
					} else {
						actions.__experimentalRemoveAnnotation( present.id );
					}
				} );
			ask.forEach( ( annotation ) => actions.__experimentalAddAnnotation( annotation ) );
		} );
	}

	/** The document that the blocks are in: that of an iframe in most versions. */
	function canvas() {
		const frame = document.querySelector( 'iframe[name="editor-canvas"]' );
		return ( frame && frame.contentDocument ) || document;
	}

	/** Selects the block and brings it, or the phrase, into view. */
	function go( clientId, span ) {
		wp.data.dispatch( 'core/block-editor' ).selectBlock( clientId );
		const inside = canvas();
		const target =
			( span && inside.getElementById( 'annotation-text-' + idOf( span ) ) ) || inside.getElementById( 'block-' + clientId );
		if ( target ) {
			target.scrollIntoView( { block: 'center' } );
		}
	}

	window.unspun.marks = { available, show, go, canvas };
} )( window.wp );
