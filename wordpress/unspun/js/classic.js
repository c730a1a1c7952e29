/**
 * The meta box of the Classic Editor: the check button, the verdict and the list, and where a phrase stands in the text.
 */
window.unspun = window.unspun || {};

( function ( wp ) {
	'use strict';

	const { createElement: el, createRoot, useEffect, useRef, useState } = wp.element;
	const { __, sprintf } = wp.i18n;
	const { Verdict, ParagraphList, summarise, headline, excerpt } = window.unspun.findings;
	const settings = window.unspunSettings;

	/** How long nothing is typed before the text is compared with what was checked, in milliseconds. */
	const PAUSE = 600;
	/** UTF-16 units of a paragraph that are shown. */
	const EXCERPT = 90;

	/* ---- the text ---- */

	function field() {
		return document.getElementById( 'content' );
	}

	/** TinyMCE where it is in use, null in text mode. */
	function visual() {
		const editor = window.tinymce && window.tinymce.get( 'content' );
		return editor && ! editor.isHidden() ? editor : null;
	}

	/** The content as it would be saved. */
	function content() {
		const editor = visual();
		if ( editor ) {
			// Into the field below it; the post stays as changed or unchanged as it was.
			editor.save( { set_dirty: false } );
		}
		return field().value;
	}

	/** The text that readers see of a piece of HTML. */
	function plain( html ) {
		return new window.DOMParser().parseFromString( html, 'text/html' ).body.textContent;
	}

	/** The list's paragraphs from what the server said. */
	function paragraphsOf( answers ) {
		return [].concat(
			...answers.map( ( { document: found, text }, part ) =>
				found.paragraphs.map( ( paragraph, index ) => {
					const whole = plain( text.slice( paragraph.start, paragraph.end ) );
					const key = `${ part }-${ index }`;
					return Object.assign( {}, paragraph, {
						key,
						label: '',
						whole,
						excerpt: excerpt( whole, EXCERPT ),
						markable: true,
						spans: paragraph.spans.map( ( span, number ) =>
							Object.assign( {}, span, {
								key: `${ key }-${ number }`,
								// Tags may stand in it.
								text: plain( span.text ).replace( /\s+/g, ' ' ),
								before: plain( text.slice( paragraph.start, span.start ) ),
							} )
						),
					} );
				} )
			)
		);
	}

	/* ---- where it stands: texts are compared without their blanks, which the editors change at will ---- */

	function squeezed( text ) {
		return text.replace( /\s+/g, '' );
	}

	/** The characters of TinyMCE's text but blanks: {text, places}, with {node, start, end} for each UTF-16 unit. */
	function visualText( body ) {
		const places = [];
		let text = '';
		const walker = body.ownerDocument.createTreeWalker( body, window.NodeFilter.SHOW_TEXT | window.NodeFilter.SHOW_ELEMENT );
		while ( walker.nextNode() ) {
			const node = walker.currentNode;
			if ( node.nodeType === window.Node.TEXT_NODE ) {
				for ( let at = 0; at < node.data.length; at++ ) {
					if ( /\S/.test( node.data[ at ] ) && node.data[ at ] !== '\uFEFF' ) {
						text += node.data[ at ];
						places.push( { node, start: at, end: at + 1 } );
					}
				}
			} else if ( node.nodeName === 'IMG' && node.hasAttribute( 'data-wp-emoji' ) ) {
				// WordPress draws emoji as pictures where the system has none.
				const index = Array.from( node.parentNode.childNodes ).indexOf( node );
				text += node.alt;
				for ( let at = 0; at < node.alt.length; at++ ) {
					places.push( { node: node.parentNode, start: index, end: index + 1 } );
				}
			}
		}
		return { text, places };
	}

	/** The same of the source in text mode, with its tags left out and its character references read. */
	function sourceText( source ) {
		const places = [];
		let text = '';
		source.replace( /<!--[\s\S]*?-->|<\/?[a-z][^>]*>|&#?\w+;|[\s\S]/gi, ( found, start ) => {
			if ( found.length > 1 && found[ 0 ] === '<' ) {
				return '';
			}
			const said = squeezed( found.length > 1 ? plain( found ) : found );
			text += said;
			for ( let at = 0; at < said.length; at++ ) {
				places.push( { start, end: start + found.length } );
			}
			return '';
		} );
		return { text, places };
	}

	/**
	 * The first and the last place of a paragraph or of a phrase in it; null where it is no longer in the text.
	 *
	 * Equal paragraphs are told apart by their order.
	 */
	function locate( { text, places }, paragraphs, paragraph, span ) {
		let from = 0;
		let start = -1;
		for ( const each of paragraphs ) {
			const at = text.indexOf( squeezed( each.whole ), from );
			if ( each === paragraph ) {
				start = at;
				break;
			}
			from = at < 0 ? from : at + squeezed( each.whole ).length;
		}
		let length = squeezed( paragraph.whole ).length;
		if ( span ) {
			const phrase = squeezed( span.text );
			// Where the paragraph was changed, the phrase may still be there.
			start = start < 0 ? text.indexOf( phrase ) : start + squeezed( span.before ).length;
			length = phrase.length;
		}
		return start < 0 || ! length ? null : { first: places[ start ], last: places[ start + length - 1 ] };
	}

	/** Selects it in the editor; false where it is not there. */
	function select( paragraphs, paragraph, span ) {
		const editor = visual();
		const text = editor ? visualText( editor.getBody() ) : sourceText( field().value );
		const found = locate( text, paragraphs, paragraph, span );
		if ( ! found ) {
			return false;
		}
		if ( editor ) {
			const range = editor.getDoc().createRange();
			range.setStart( found.first.node, found.first.start );
			range.setEnd( found.last.node, found.last.end );
			editor.focus();
			editor.selection.setRng( range );
			// The focus scrolls to where the cursor was before.
			const { startContainer: node } = range;
			( node.nodeType === window.Node.TEXT_NODE ? node.parentNode : node ).scrollIntoView( { block: 'center' } );
		} else {
			field().setSelectionRange( found.first.start, found.last.end );
			// Browsers scroll to a selection when the field gets the focus.
			field().blur();
			field().focus();
		}
		return true;
	}

	/** Calls back when the text may have changed; returns what ends that. */
	function watch( changed ) {
		let timer = 0;
		const later = () => {
			window.clearTimeout( timer );
			timer = window.setTimeout( changed, PAUSE );
		};
		const listen = ( editor ) => editor.id === 'content' && editor.on( 'input change keyup undo redo SetContent', later );
		const added = ( event ) => listen( event.editor );
		field().addEventListener( 'input', later );
		if ( window.tinymce ) {
			window.tinymce.editors.forEach( listen );
			window.tinymce.on( 'AddEditor', added );
		}
		return () => {
			window.clearTimeout( timer );
			field().removeEventListener( 'input', later );
			if ( window.tinymce ) {
				window.tinymce.off( 'AddEditor', added );
				window.tinymce.editors.forEach( ( editor ) => editor.off( 'input change keyup undo redo SetContent', later ) );
			}
		};
	}

	/* ---- the box ---- */

	function Box( { post, carried } ) {
		const [ ignored, setIgnored ] = useState( () => JSON.parse( carried.value ) );
		const [ checked, setChecked ] = useState( null );
		const [ busy, setBusy ] = useState( false );
		const [ error, setError ] = useState( null );
		const [ now, setNow ] = useState( null );
		const [ lost, setLost ] = useState( '' );
		const running = useRef( null );

		useEffect( () => watch( () => setNow( content() ) ), [] );

		/** Checks the text as it is; resolves to the summary, or rejects with a message. A second call joins the first. */
		function check() {
			if ( running.current ) {
				return running.current;
			}
			const sent = content();
			setBusy( true );
			setLost( '' );
			wp.a11y.speak( __( 'Checking the text…', 'unspun' ) );
			running.current = wp
				.apiFetch( { path: '/unspun/v1/classic', method: 'POST', data: { post, content: sent, allow: ignored } } )
				.then( ( answers ) => {
					const summary = summarise( answers, settings.hold );
					if ( ! answers.length ) {
						setChecked( null );
						setError( __( 'There is no text to check yet.', 'unspun' ) );
						return summary;
					}
					setChecked( { content: sent, ignored, summary, paragraphs: paragraphsOf( answers ) } );
					setNow( content() );
					setError( null );
					wp.a11y.speak( headline( summary ) );
					return summary;
				} )
				.catch( ( failed ) => {
					const message = ( failed && failed.message ) || __( 'The check failed.', 'unspun' );
					setError( message );
					wp.a11y.speak( message, 'assertive' );
					throw message;
				} )
				.finally( () => {
					running.current = null;
					setBusy( false );
				} );
			return running.current;
		}

		useAsked( check, settings.action === 'ask' );

		function ignore( phrases ) {
			carried.value = JSON.stringify( phrases );
			setIgnored( phrases );
		}

		const stale = checked !== null && ( now !== checked.content || ignored !== checked.ignored );
		const hidden = new Set( ignored.map( ( phrase ) => phrase.toLowerCase() ) );
		const paragraphs = checked === null ? [] : checked.paragraphs;
		return el(
			'div',
			{ className: 'unspun-classic' },
			el(
				'p',
				{},
				el(
					'button',
					{
						type: 'button',
						className: 'button button-secondary',
						'aria-disabled': busy,
						onClick: () => check().catch( () => {} ),
					},
					checked ? __( 'Check again', 'unspun' ) : __( 'Check the text', 'unspun' )
				)
			),
			el( Verdict, { summary: checked && checked.summary, stale, busy: busy ? { done: 0, total: 1 } : null, error } ),
			checked && checked.summary.held && settings.action === 'block' && el( Held, {} ),
			lost && el( 'p', { className: 'unspun-hint' }, lost ),
			el( ParagraphList, {
				paragraphs: paragraphs.map( ( paragraph ) =>
					Object.assign( {}, paragraph, { spans: paragraph.spans.filter( ( span ) => ! hidden.has( span.text.toLowerCase() ) ) } )
				),
				onSelect: ( shown, span ) => {
					const paragraph = paragraphs.find( ( each ) => each.key === shown.key );
					const message = select( paragraphs, paragraph, span ) ? '' : __( 'This is no longer in the text.', 'unspun' );
					setLost( message );
					wp.a11y.speak( message );
				},
				onReplace: null,
				onIgnore: ( span ) => ignore( ignored.concat( ignored.includes( span.text ) ? [] : span.text ) ),
				ignored,
				onRestore: ( phrase ) => ignore( ignored.filter( ( each ) => each !== phrase ) ),
			} ),
			ignored !== ( checked ? checked.ignored : ignored ) &&
				el( 'p', { className: 'unspun-hint' }, __( 'Ignored phrases are kept when you save the post.', 'unspun' ) )
		);
	}

	function Held() {
		return el(
			wp.components.Notice,
			{ status: 'warning', isDismissible: false, spokenMessage: null, className: 'unspun-notice' },
			__( 'As it is, this text would be held back.', 'unspun' )
		);
	}

	/** Before a post is first published: checks it, and asks where it is held or could not be checked. */
	function useAsked( check, active ) {
		const latest = useRef( check );
		latest.current = check;
		useEffect( () => {
			const publish = document.getElementById( 'publish' );
			// On a post that is published already the button only saves, and is called so.
			if ( ! active || ! publish || publish.name !== 'publish' ) {
				return;
			}
			let passed = false;
			let asking = false;
			const clicked = ( event ) => {
				if ( passed ) {
					return;
				}
				event.preventDefault();
				event.stopImmediatePropagation();
				if ( asking ) {
					return;
				}
				asking = true;
				const question = latest.current().then(
					( summary ) =>
						! summary.held ||
						/* translators: %s: the verdict on the text. */
						window.confirm( sprintf( __( '%s. Go on all the same?', 'unspun' ), headline( summary ) ) ),
					/* translators: %s: why the check failed. */
					( message ) => window.confirm( sprintf( __( 'The text could not be checked. %s Go on all the same?', 'unspun' ), message ) )
				);
				question.then( ( yes ) => {
					asking = false;
					passed = yes;
					if ( yes ) {
						publish.click();
					}
				} );
			};
			publish.addEventListener( 'click', clicked, true );
			return () => publish.removeEventListener( 'click', clicked, true );
		}, [ active ] );
	}

	wp.domReady( () => {
		const box = document.getElementById( 'unspun-classic' );
		const carried = document.getElementById( 'unspun-ignored' );
		if ( box && carried && field() ) {
			createRoot( box ).render( el( Box, { post: Number( box.dataset.post ), carried } ) );
		}
	} );

	window.unspun.classic = { locate, sourceText, visualText };
} )( window.wp );
