/**
 * The check of the post in the editor: the store `unspun/check`, which sidebar and pre-publish panel share.
 *
 * It asks the server, keeps what came back, follows the text as it changes (by typing, undo, or a replacement), and keeps
 * the marks where the phrases are.
 */
window.unspun = window.unspun || {};

( function ( wp ) {
	'use strict';

	const { __, sprintf } = wp.i18n;
	const { texts, marks, replace, findings } = window.unspun;
	const settings = window.unspunSettings;

	const NAME = 'unspun/check';
	const META = '_unspun_ignored';
	const EXCERPT = 90;

	const FIRST = {
		// { done, total } while a check runs.
		busy: null,
		error: null,
		// Of the last check: { summary, joined, allow, blocks, paragraphs, texts }; blocks and texts (by place) as they were
		// followed last.
		result: null,
		stale: false,
		// What could not be done, for people.
		said: null,
		// Where posts of this type keep no meta over REST, phrases are ignored until the page is left.
		session: [],
	};

	function reducer( state = FIRST, action ) {
		return action.type === 'SET' ? Object.assign( {}, state, action.change ) : state;
	}

	const set = ( change ) => ( { type: 'SET', change } );

	/** The blocks of the post, also where they are shown within their template. */
	function blocksOf( registry ) {
		const { getBlocks, getBlocksByName } = registry.select( 'core/block-editor' );
		const { getRenderingMode } = registry.select( 'core/editor' );
		if ( getRenderingMode && getRenderingMode() === 'template-locked' && getBlocksByName ) {
			const [ content ] = getBlocksByName( 'core/post-content' );
			if ( content ) {
				return getBlocks( content );
			}
		}
		return getBlocks();
	}

	const unitsOf = ( registry ) => texts.read( blocksOf( registry ), settings.skipQuotes );

	const labels = ( name ) => {
		const type = wp.blocks.getBlockType( name );
		return type ? type.title : name;
	};

	/** The paragraphs as the list shows them and the marks need them. `all` has every phrase, `spans` those to be shown. */
	function made( placed ) {
		return placed
			.filter( ( { unit, score } ) => unit.markable || score !== null )
			.map( ( { unit, text, status, score, flagged, kinds, spans }, number ) => {
				const key = String( number );
				return {
					key,
					clientId: unit.clientId,
					identifier: unit.identifier,
					markable: unit.markable,
					label: labels( unit.name ),
					excerpt: findings.excerpt( text, EXCERPT ),
					status,
					score,
					flagged,
					kinds,
					missing: false,
					all: spans.map( ( span, index ) => Object.assign( {}, span, { key: key + '-' + index } ) ),
				};
			} );
	}

	/**
	 * The paragraph with `spans`: the phrases that are neither ignored nor replaced. The paragraph before, where nothing
	 * is different, so that it isn't drawn again.
	 */
	function shown( paragraph, before, ignored ) {
		const lower = ignored.map( ( phrase ) => phrase.toLowerCase() );
		const spans = paragraph.all.filter(
			( span ) => ! ( span.gone && span.replaced ) && ! lower.includes( span.text.toLowerCase() )
		);
		const same =
			before &&
			before.missing === paragraph.missing &&
			sameList( before.all, paragraph.all ) &&
			sameList( before.spans, spans );
		return same ? before : Object.assign( {}, paragraph, { spans } );
	}

	const sameList = ( one, other ) => one.length === other.length && one.every( ( item, index ) => item === other[ index ] );

	/** The texts that marks are put into, by place. */
	const textsIn = ( units ) => new Map( units.filter( ( unit ) => unit.markable ).map( ( unit ) => [ placeOf( unit ), unit.text ] ) );

	const placeOf = ( { clientId, identifier } ) => clientId + ' ' + identifier;

	/** The blocks that units come from, in order: { clientId, name, text, identifiers }. */
	function blocksIn( units ) {
		const blocks = new Map();
		units.forEach( ( { clientId, name, text, identifier } ) => {
			const known = blocks.get( clientId );
			blocks.set( clientId, {
				clientId,
				name,
				text: known ? known.text + '\n' + text : text,
				identifiers: known ? known.identifiers.concat( identifier ) : [ identifier ],
			} );
		} );
		return Array.from( blocks.values() );
	}

	/**
	 * The result with the ids that its blocks have now. Undoing all changes makes WordPress read the post anew, and every
	 * block gets another id; so does a block that is made one of another kind.
	 */
	function rebound( result, units, exists ) {
		const lost = result.blocks.filter( ( block ) => ! exists( block.clientId ) );
		if ( ! lost.length ) {
			return result;
		}
		const known = new Set( result.blocks.map( ( block ) => block.clientId ) );
		let fresh = blocksIn( units ).filter( ( block ) => ! known.has( block.clientId ) );
		const inOrder =
			lost.length === result.blocks.length &&
			lost.length === fresh.length &&
			lost.every( ( block, index ) => block.name === fresh[ index ].name );
		const heirs = new Map();
		lost.forEach( ( block, index ) => {
			const alike = fresh.filter( ( other ) => other.text === block.text );
			const found = inOrder ? fresh[ index ] : alike.find( ( other ) => other.name === block.name ) || alike[ 0 ];
			if ( found ) {
				heirs.set( block.clientId, { block, found } );
				fresh = inOrder ? fresh : fresh.filter( ( other ) => other !== found );
			}
		} );
		if ( ! heirs.size ) {
			return result;
		}
		const moved = ( paragraph ) => {
			if ( ! heirs.has( paragraph.clientId ) ) {
				return paragraph;
			}
			const { block, found } = heirs.get( paragraph.clientId );
			const identifier =
				found.name === block.name
					? paragraph.identifier
					: found.identifiers[ block.identifiers.indexOf( paragraph.identifier ) ];
			return Object.assign( {}, paragraph, { clientId: found.clientId, identifier, label: labels( found.name ) } );
		};
		const placed = new Map();
		result.paragraphs.forEach( ( paragraph ) => {
			if ( paragraph.markable ) {
				placed.set( placeOf( moved( paragraph ) ), result.texts.get( placeOf( paragraph ) ) );
			}
		} );
		return Object.assign( {}, result, {
			blocks: result.blocks.map( ( block ) => ( heirs.has( block.clientId ) ? heirs.get( block.clientId ).found : block ) ),
			paragraphs: result.paragraphs.map( moved ),
			texts: placed,
		} );
	}

	/** What must be the same for a result to hold. */
	const allowed = ( ignored ) => ignored.slice().sort().join( '\n' );

	const actions = {
		/** Checks the text as it is now. */
		check:
			() =>
			async ( { dispatch, select, registry } ) => {
				if ( select.getBusy() ) {
					return;
				}
				const units = unitsOf( registry );
				const allow = select.getIgnored();
				const batches = texts.batches( units, settings.batch );
				if ( ! batches.length ) {
					dispatch( set( { error: __( 'There is no text to check yet.', 'unspun' ), said: null } ) );
					wp.a11y.speak( __( 'There is no text to check yet.', 'unspun' ), 'assertive' );
					return;
				}
				const answers = [];
				const placed = [];
				try {
					for ( const batch of batches ) {
						const busy = { done: answers.length, total: batches.length };
						dispatch( set( { busy, error: null, said: null } ) );
						wp.a11y.speak( findings.progress( busy ) );
						const answer = await wp.apiFetch( {
							path: '/unspun/v1/check',
							method: 'POST',
							data: {
								post: registry.select( 'core/editor' ).getCurrentPostId(),
								text: batch.text,
								allow,
							},
						} );
						answers.push( answer );
						placed.push( ...texts.place( batch, answer.document ) );
					}
				} catch ( error ) {
					const message = ( error && error.message ) || __( 'The check failed.', 'unspun' );
					dispatch( set( { busy: null, error: message } ) );
					wp.a11y.speak( message, 'assertive' );
					return;
				}
				const summary = findings.summarise( answers, settings.hold );
				const ignored = select.getIgnored();
				registry.batch( () => {
					dispatch(
						set( {
							busy: null,
							error: null,
							stale: false,
							result: {
								summary,
								joined: texts.joined( units ),
								allow: allowed( allow ),
								paragraphs: made( placed ).map( ( paragraph ) => shown( paragraph, null, ignored ) ),
								blocks: blocksIn( units ),
								texts: textsIn( units ),
							},
						} )
					);
					// The text may have changed while the service read it.
					dispatch.follow();
				} );
				wp.a11y.speak( findings.headline( summary ) + '. ' + findings.facts( summary ) );
			},

		/**
		 * Follows the post: phrases keep their places, what is ignored or in blocks that are gone is not shown, the result
		 * is stale or not, and the marks are where they belong.
		 */
		follow:
			() =>
			( { dispatch, select, registry } ) => {
				if ( ! select.getResult() ) {
					return;
				}
				const units = unitsOf( registry );
				const { getBlockName } = registry.select( 'core/block-editor' );
				const result = rebound( select.getResult(), units, getBlockName );
				const ignored = select.getIgnored();
				const stale = texts.joined( units ) !== result.joined || allowed( ignored ) !== result.allow;
				const now = textsIn( units );
				const paragraphs = result.paragraphs.map( ( paragraph ) => {
					const before = result.texts.get( placeOf( paragraph ) );
					const after = now.get( placeOf( paragraph ) ) || '';
					const all = paragraph.markable && after !== before ? replace.follow( before, after, paragraph.all ) : paragraph.all;
					return shown( Object.assign( {}, paragraph, { all, missing: ! getBlockName( paragraph.clientId ) } ), paragraph, ignored );
				} );
				result.texts.forEach( ( text, place ) => now.has( place ) || now.set( place, '' ) );
				const same = paragraphs.every( ( paragraph, index ) => paragraph === result.paragraphs[ index ] );
				const present = new Map( blocksIn( units ).map( ( block ) => [ block.clientId, block ] ) );
				const blocks = result.blocks.map( ( block ) => present.get( block.clientId ) || block );
				dispatch(
					set( { stale, result: Object.assign( {}, result, { blocks, texts: now, paragraphs: same ? result.paragraphs : paragraphs } ) } )
				);
				marks.show( registry, select.getParagraphs() );
			},

		/** Puts other words in the place of a phrase, as one step that can be undone. */
		replace:
			( paragraph, span, words ) =>
			( { dispatch, select, registry } ) => {
				dispatch.follow();
				const owner = select.getParagraphs().find( ( other ) => other.key === paragraph.key );
				const found = owner && owner.spans.find( ( other ) => other.key === span.key );
				const editor = registry.dispatch( 'core/block-editor' );
				if ( ! found || found.gone ) {
					/* translators: %s: a phrase. */
					const said = sprintf( __( '“%s” is no longer in the text.', 'unspun' ), span.text );
					dispatch( set( { said } ) );
					wp.a11y.speak( said, 'assertive' );
					return;
				}
				const value = registry.select( 'core/block-editor' ).getBlockAttributes( owner.clientId )[ owner.identifier ];
				registry.batch( () => {
					editor.updateBlockAttributes( owner.clientId, {
						[ owner.identifier ]: replace.replaced( value, found.start, found.end, words ),
					} );
					// Else two of them in one block, one after the other, are undone together.
					if ( editor.__unstableMarkLastChangeAsPersistent ) {
						editor.__unstableMarkLastChangeAsPersistent();
					}
					dispatch.mark( owner.key, found.key );
					dispatch.follow();
				} );
				/* translators: 1: a phrase, 2: what stands in its place now. */
				wp.a11y.speak( sprintf( __( '“%1$s” was replaced by “%2$s”.', 'unspun' ), span.text, words ) );
			},

		/** Notes that a phrase was replaced, so that it goes away rather than to be shown as gone. */
		mark:
			( paragraph, key ) =>
			( { dispatch, select } ) => {
				const result = select.getResult();
				const paragraphs = result.paragraphs.map( ( other ) =>
					other.key === paragraph
						? Object.assign( {}, other, {
								all: other.all.map( ( span ) => ( span.key === key ? Object.assign( {}, span, { replaced: true } ) : span ) ),
						  } )
						: other
				);
				dispatch( set( { said: null, result: Object.assign( {}, result, { paragraphs } ) } ) );
			},

		/** Ignores a phrase in this post. */
		ignore:
			( phrase ) =>
			( { dispatch, select } ) => {
				const ignored = select.getIgnored();
				if ( ! ignored.includes( phrase ) ) {
					dispatch.ignored( ignored.concat( phrase ) );
				}
				/* translators: %s: a phrase. */
				wp.a11y.speak( sprintf( __( '“%s” is ignored in this post.', 'unspun' ), phrase ) );
			},

		/** Ignores a phrase no longer. */
		restore:
			( phrase ) =>
			( { dispatch, select } ) => {
				dispatch.ignored( select.getIgnored().filter( ( other ) => other !== phrase ) );
				/* translators: %s: a phrase. */
				wp.a11y.speak( sprintf( __( '“%s” is no longer ignored.', 'unspun' ), phrase ) );
			},

		ignored:
			( phrases ) =>
			( { dispatch, select, registry } ) => {
				registry.batch( () => {
					if ( select.keepsIgnored() ) {
						registry.dispatch( 'core/editor' ).editPost( { meta: { [ META ]: phrases } } );
					} else {
						dispatch( set( { session: phrases } ) );
					}
					dispatch( set( { said: null } ) );
					dispatch.follow();
				} );
			},
	};

	const { createRegistrySelector } = wp.data;

	/** Of the last result asked for, so that the same list is given for the same result. */
	const present = ( () => {
		let of = null;
		let list = [];
		return ( result ) => {
			const paragraphs = result ? result.paragraphs : [];
			if ( paragraphs !== of ) {
				const found = paragraphs.filter( ( paragraph ) => ! paragraph.missing );
				list = sameList( found, list ) ? list : found;
				of = paragraphs;
			}
			return list;
		};
	} )();

	/** The post's meta as edited, where it is to be had over REST. */
	const metaOf = ( select ) => ( select( 'core/editor' ).getEditedPostAttribute( 'meta' ) || {} )[ META ];

	const selectors = {
		getBusy: ( state ) => state.busy,
		getError: ( state ) => state.error,
		getSaid: ( state ) => state.said,
		getResult: ( state ) => state.result,
		getSummary: ( state ) => ( state.result ? state.result.summary : null ),
		/** The paragraphs whose blocks are still there. */
		getParagraphs: ( state ) => present( state.result ),
		isStale: ( state ) => state.stale,
		/** Whether there is a result that holds for the text as it is. */
		isCurrent: ( state ) => Boolean( state.result ) && ! state.stale,
		keepsIgnored: createRegistrySelector( ( select ) => () => Array.isArray( metaOf( select ) ) ),
		getIgnored: createRegistrySelector( ( select ) => ( state ) => {
			const kept = metaOf( select );
			return Array.isArray( kept ) ? kept : state.session;
		} ),
	};

	wp.data.register( wp.data.createReduxStore( NAME, { reducer, actions, selectors } ) );

	/** Follows the blocks, when they have rested for a moment. */
	const REST = 200;
	let blocks = null;
	let timer = 0;
	wp.data.subscribe( () => {
		const now = wp.data.select( 'core/block-editor' ).getBlocks();
		if ( now === blocks ) {
			return;
		}
		blocks = now;
		clearTimeout( timer );
		timer = setTimeout( () => wp.data.dispatch( NAME ).follow(), REST );
	}, 'core/block-editor' );

	/** Follows the ignored phrases, which undo changes as well. */
	let kept = null;
	wp.data.subscribe( () => {
		const now = wp.data.select( NAME ).getIgnored();
		if ( now !== kept ) {
			kept = now;
			wp.data.dispatch( NAME ).follow();
		}
	} );

	/** Checks after each save that somebody asked for, where this user wants it. */
	let saving = false;
	wp.data.dispatch( 'core/preferences' ).setDefaults( 'unspun', { checkOnSave: false } );
	wp.data.subscribe( () => {
		const editor = wp.data.select( 'core/editor' );
		const now = editor.isSavingPost() && ! editor.isAutosavingPost();
		const ended = saving && ! editor.isSavingPost();
		saving = now;
		if ( ended && editor.didPostSaveRequestSucceed() && wp.data.select( 'core/preferences' ).get( 'unspun', 'checkOnSave' ) ) {
			wp.data.dispatch( NAME ).check();
		}
	} );

	window.unspun.store = { NAME };
} )( window.wp );
