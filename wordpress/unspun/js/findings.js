/**
 * What was found, as elements and in words: the verdict and the list of paragraphs with their odd phrases.
 * Shared by the sidebar, the pre-publish panel and the Classic Editor's meta box, so nothing here knows of blocks.
 *
 * summary:   { score, flagged, held, status, paragraphs, flaggedParagraphs, spans, model, mode }
 * paragraph: { key, label, excerpt, status, score, flagged, kinds, markable, spans }
 * span:      { key, text, rule, score, message, suggestions, start, end }; gone: it is no longer in the text
 */
window.unspun = window.unspun || {};

( function ( wp ) {
	'use strict';

	const { createElement: el, Fragment, memo, useEffect, useRef, useState } = wp.element;
	const { __, _n, sprintf } = wp.i18n;

	/* ---- words ---- */

	/** A probability for people; it never claims certainty. */
	function percent( probability ) {
		if ( probability > 0.99 ) {
			return __( 'over 99%', 'unspun' );
		}
		if ( probability < 0.01 ) {
			return __( 'under 1%', 'unspun' );
		}
		/* translators: %d: a probability. */
		return sprintf( __( '%d%%', 'unspun' ), Math.round( probability * 100 ) );
	}

	/** How strong a sign an odd phrase is; the name is a class in the style sheets. */
	function strength( score ) {
		if ( score >= 0.85 ) {
			return 'strong';
		}
		return score >= 0.65 ? 'clear' : 'slight';
	}

	const SIGNS = {
		strong: __( 'strong sign', 'unspun' ),
		clear: __( 'clear sign', 'unspun' ),
		slight: __( 'slight sign', 'unspun' ),
	};

	/** A score that is high but not flagged has its reason said beside it. */
	const HIGH = 0.5;

	/** The longest phrase that can be ignored, in UTF-16 units: the service takes no longer ones. */
	const PHRASE_MOST = 200;

	/** What is said beside the score of a paragraph. */
	function remark( paragraph ) {
		if ( paragraph.flagged && paragraph.kinds && paragraph.kinds.machine_translated > paragraph.kinds.spun ) {
			return __( 'reads like machine translation', 'unspun' );
		}
		return paragraph.score >= HIGH && ! paragraph.flagged ? __( 'below the bar of this mode', 'unspun' ) : '';
	}

	const STATUSES = {
		too_short: __( 'too short', 'unspun' ),
		not_prose: __( 'not prose', 'unspun' ),
		not_english: __( 'not English', 'unspun' ),
		skipped: __( 'left out', 'unspun' ),
	};

	/** Why a paragraph has no score. */
	function without( status ) {
		return STATUSES[ status ] || String( status ).replace( /_/g, ' ' );
	}

	const UNSCORED = {
		too_short: __( 'It needs at least one paragraph of 20 words of running prose.', 'unspun' ),
		not_prose: __( 'It does not look like running prose.', 'unspun' ),
		not_english: __( 'It does not look like English.', 'unspun' ),
		skipped: __( 'All of it is left out: quotations, code or addresses.', 'unspun' ),
	};

	/** Why a whole text has no score, as a sentence. */
	function unscored( status ) {
		/* translators: %s: a status that the server reported. */
		return UNSCORED[ status ] || sprintf( __( 'Its status is: %s.', 'unspun' ), without( status ) );
	}

	/** The verdict in one line. */
	function headline( summary ) {
		if ( summary.score === null ) {
			return __( 'Not scored', 'unspun' );
		}
		if ( summary.flagged ) {
			return __( 'Flagged: this text looks reworded by a machine', 'unspun' );
		}
		if ( summary.flaggedParagraphs ) {
			return sprintf(
				/* translators: %d: number of paragraphs. */
				_n(
					'Flagged in part: %d paragraph looks reworded',
					'Flagged in part: %d paragraphs look reworded',
					summary.flaggedParagraphs,
					'unspun'
				),
				summary.flaggedParagraphs
			);
		}
		return __( 'Not flagged', 'unspun' );
	}

	/** The figures behind the verdict, as a sentence or two. */
	function facts( summary ) {
		if ( summary.score === null ) {
			return unscored( summary.status );
		}
		const flagged = sprintf(
			/* translators: 1: number of flagged paragraphs, 2: number of scored paragraphs. */
			_n(
				'%1$d of %2$d scored paragraph flagged.',
				'%1$d of %2$d scored paragraphs flagged.',
				summary.paragraphs,
				'unspun'
			),
			summary.flaggedParagraphs,
			summary.paragraphs
		);
		const odd = summary.spans
			/* translators: %d: number of odd phrases. */
			? sprintf( _n( '%d odd phrase.', '%d odd phrases.', summary.spans, 'unspun' ), summary.spans )
			: __( 'No odd phrases.', 'unspun' );
		return flagged + ' ' + odd;
	}

	const MODES = {
		strict: __( 'strict', 'unspun' ),
		balanced: __( 'balanced', 'unspun' ),
		sensitive: __( 'sensitive', 'unspun' ),
	};

	/** Which model said so, in which mode. */
	function provenance( summary ) {
		/* translators: 1: name and version of a model, 2: strict, balanced or sensitive. */
		return sprintf( __( 'Model %1$s, %2$s mode.', 'unspun' ), summary.model, MODES[ summary.mode ] || summary.mode );
	}

	/** What is said while a check runs. busy: { done, total }, numbers of requests. */
	function progress( busy ) {
		if ( busy.total < 2 ) {
			return __( 'Checking the text…', 'unspun' );
		}
		/* translators: 1: number of the part being checked, 2: number of parts. */
		return sprintf( __( 'Checking part %1$d of %2$d…', 'unspun' ), Math.min( busy.done + 1, busy.total ), busy.total );
	}

	/** The first words of a text; limit: how many UTF-16 units they may have. */
	function excerpt( text, limit ) {
		const said = text.replace( /\s+/g, ' ' ).trim();
		if ( said.length <= limit ) {
			return said;
		}
		// The last word goes, or half of a surrogate pair with it.
		const cut = said.slice( 0, limit );
		const words = cut.replace( /\s\S*$/, '' );
		return ( words.length > limit / 2 ? words : cut.replace( /[\uD800-\uDBFF]$/, '' ) ) + '…';
	}

	/**
	 * The summary of one check.
	 *
	 * @param {Array}  answers What `POST unspun/v1/check` returned, one for each part of the text.
	 * @param {string} hold    'post' or 'paragraph': what is held back.
	 */
	function summarise( answers, hold ) {
		const documents = answers.map( ( answer ) => answer.document );
		const scored = documents.filter( ( found ) => found.score !== null );
		const paragraphs = [].concat( ...documents.map( ( found ) => found.paragraphs ) );
		const flagged = documents.some( ( found ) => found.flagged );
		const flaggedParagraphs = paragraphs.filter( ( paragraph ) => paragraph.flagged ).length;
		return {
			status: scored.length ? 'scored' : documents.length ? documents[ 0 ].status : 'too_short',
			score: scored.length ? Math.max( ...scored.map( ( found ) => found.score ) ) : null,
			flagged,
			held: flagged || ( hold === 'paragraph' && flaggedParagraphs > 0 ),
			paragraphs: paragraphs.filter( ( paragraph ) => paragraph.score !== null ).length,
			flaggedParagraphs,
			spans: paragraphs.reduce( ( sum, paragraph ) => sum + paragraph.spans.length, 0 ),
			model: answers.length ? answers[ 0 ].model : '',
			mode: answers.length ? answers[ 0 ].mode : '',
		};
	}

	/* ---- elements ---- */

	/** A button of WordPress without its tooltip, of which a long list would need hundreds. */
	function button( variant, props, ...children ) {
		const className = [ 'components-button', 'is-' + variant, 'is-small', props.className ].filter( Boolean ).join( ' ' );
		return el( 'button', Object.assign( { type: 'button' }, props, { className } ), ...children );
	}

	function notice( status, ...children ) {
		return el(
			wp.components.Notice,
			// What matters is spoken by who runs the check.
			{ status, isDismissible: false, spokenMessage: null, className: 'unspun-notice' },
			...children
		);
	}

	/**
	 * What is said about the text as a whole.
	 *
	 * @param {Object}        props
	 * @param {?Object}       props.summary Null where nothing was checked yet.
	 * @param {boolean}       props.stale   Whether the text has changed since.
	 * @param {?Object}       props.busy    { done, total } while a check runs.
	 * @param {?string}       props.error   Why the last check failed.
	 */
	function Verdict( { summary, stale, busy, error } ) {
		return el(
			'div',
			{ className: 'unspun-verdict-area' },
			error && notice( 'error', error ),
			busy &&
				el(
					'div',
					{ className: 'unspun-progress' },
					el( 'p', {}, progress( busy ) ),
					el( 'progress', {
						max: busy.total,
						// One request alone has nothing to show but that it runs.
						value: busy.total > 1 ? busy.done : undefined,
						'aria-label': __( 'Progress of the check', 'unspun' ),
					} )
				),
			summary &&
				stale &&
				! busy &&
				notice(
					'warning',
					__( 'The text or its ignored phrases have changed since this check. Check again to be sure.', 'unspun' )
				),
			summary && el( Figures, { summary, stale } )
		);
	}

	function Figures( { summary, stale } ) {
		const flagged = summary.flagged || summary.flaggedParagraphs > 0;
		return el(
			'div',
			{ className: 'unspun-verdict' + ( flagged ? ' is-flagged' : '' ) + ( stale ? ' is-stale' : '' ) },
			el( 'h3', { className: 'unspun-verdict__headline' }, headline( summary ) ),
			summary.score !== null &&
				el(
					'p',
					{ className: 'unspun-verdict__figure' },
					el( 'span', { className: 'unspun-verdict__score' }, percent( summary.score ) ),
					' ',
					el( 'span', {}, __( 'probability that it was reworded', 'unspun' ) )
				),
			el( 'p', {}, facts( summary ) ),
			summary.model && el( 'p', { className: 'unspun-hint' }, provenance( summary ) )
		);
	}

	/**
	 * The score of every paragraph in reading order, each with its odd phrases, and what is ignored.
	 *
	 * @param {Object}    props
	 * @param {Array}     props.paragraphs
	 * @param {?Function} props.onSelect  ( paragraph, span or null ): go there. Null: nothing to go to.
	 * @param {?Function} props.onReplace ( paragraph, span, suggestion ). Null: phrases can't be replaced here.
	 * @param {Function}  props.onIgnore  ( span ).
	 * @param {string[]}  props.ignored   Phrases that are ignored in this post.
	 * @param {Function}  props.onRestore ( phrase ).
	 * @param {?string}   props.here      The key of the phrase that the caret is in: it is shown.
	 */
	function ParagraphList( props ) {
		const { paragraphs, ignored, onRestore } = props;
		const root = useRef( null );
		const [ only, setOnly ] = useState( false );
		const scored = paragraphs.filter( ( paragraph ) => paragraph.score !== null );
		const found = paragraphs.filter( ( paragraph ) => paragraph.flagged || paragraph.spans.length );
		const shown = only ? found : paragraphs;
		useKeptFocus( root );
		return el(
			'div',
			{ className: 'unspun-findings', tabIndex: -1, ref: root },
			paragraphs.length > 0 && el( 'h3', { tabIndex: -1 }, __( 'Paragraphs', 'unspun' ) ),
			found.length > 0 &&
				paragraphs.length > found.length &&
				el( wp.components.CheckboxControl, {
					__nextHasNoMarginBottom: true,
					className: 'unspun-only',
					label: __( 'Only those with findings', 'unspun' ),
					checked: only,
					onChange: setOnly,
				} ),
			paragraphs.length > 0 &&
				! scored.length &&
				el( 'p', {}, __( 'No paragraph has a score.', 'unspun' ) ),
			el(
				'ol',
				{ className: 'unspun-paragraphs' },
				shown.map( ( paragraph ) =>
					el( Paragraph, {
						// One that is flagged now, and was not before, is to be open.
						key: paragraph.key + ( paragraph.flagged ? ' flagged' : '' ),
						paragraph,
						onSelect: props.onSelect,
						onReplace: props.onReplace,
						onIgnore: props.onIgnore,
						here: paragraph.spans.some( ( span ) => span.key === props.here ) ? props.here : null,
					} )
				)
			),
			ignored.length > 0 && el( Ignored, { ignored, onRestore } )
		);
	}

	const Paragraph = memo( function ( { paragraph, onSelect, onReplace, onIgnore, here } ) {
		const number = paragraph.spans.length;
		const [ open, setOpen ] = useState( paragraph.flagged );
		useEffect( () => {
			if ( here ) {
				setOpen( true );
			}
		}, [ here ] );
		const id = 'unspun-phrases-' + paragraph.key;
		const name = el(
			Fragment,
			{},
			el( 'span', { className: 'unspun-paragraph__label' }, paragraph.label ),
			' ',
			el( Score, { paragraph } ),
			' ',
			el( 'span', { className: 'unspun-paragraph__excerpt' }, paragraph.excerpt )
		);
		return el(
			'li',
			{
				className:
					'unspun-paragraph' +
					( paragraph.flagged ? ' is-flagged' : '' ) +
					( paragraph.score === null ? ' is-unscored' : '' ),
			},
			el(
				'h4',
				{},
				onSelect
					? el( 'button', { type: 'button', className: 'unspun-paragraph__go', onClick: () => onSelect( paragraph, null ) }, name )
					: el( 'span', { className: 'unspun-paragraph__go' }, name )
			),
			! paragraph.markable &&
				( paragraph.flagged || number > 0 ) &&
				el( 'p', { className: 'unspun-hint' }, __( 'Phrases can’t be marked in this block.', 'unspun' ) ),
			number > 0 &&
				button(
					'tertiary',
					{
						className: 'unspun-paragraph__toggle',
						'aria-expanded': open,
						'aria-controls': id,
						'aria-label': sprintf(
							/* translators: 1: number of odd phrases, 2: the first words of a paragraph. */
							_n( '%1$d odd phrase in “%2$s”', '%1$d odd phrases in “%2$s”', number, 'unspun' ),
							number,
							paragraph.excerpt
						),
						onClick: () => setOpen( ! open ),
					},
					el( 'span', { className: 'unspun-arrow', 'aria-hidden': true }, open ? '▾' : '▸' ),
					/* translators: %d: number of odd phrases. */
					sprintf( _n( '%d odd phrase', '%d odd phrases', number, 'unspun' ), number )
				),
			number > 0 &&
				el(
					'ul',
					{ className: 'unspun-phrases', id, hidden: ! open },
					open &&
						paragraph.spans.map( ( span ) =>
							el( Phrase, { key: span.key, paragraph, span, onSelect, onReplace, onIgnore, here: span.key === here } )
						)
				)
		);
	} );

	/** The score of a paragraph, or why it has none. */
	function Score( { paragraph } ) {
		if ( paragraph.score === null ) {
			return el( 'span', { className: 'unspun-score is-none' }, without( paragraph.status ) );
		}
		const said = remark( paragraph );
		return el(
			'span',
			{ className: 'unspun-score' },
			el( 'span', { className: 'screen-reader-text' }, __( 'Score', 'unspun' ), ' ' ),
			el( 'span', { className: 'unspun-score__figure' }, percent( paragraph.score ) ),
			' ',
			paragraph.flagged
				? el( 'strong', { className: 'unspun-flag' }, __( 'flagged', 'unspun' ) )
				: el( 'span', { className: 'screen-reader-text' }, __( 'not flagged', 'unspun' ) ),
			said && el( 'span', { className: 'unspun-remark' }, ' ', said )
		);
	}

	function Phrase( { paragraph, span, onSelect, onReplace, onIgnore, here } ) {
		const item = useRef( null );
		useEffect( () => {
			if ( here ) {
				item.current.scrollIntoView( { block: 'nearest' } );
			}
		}, [ here ] );
		const quoted = '“' + span.text + '”';
		const sign = SIGNS[ strength( span.score ) ];
		return el(
			'li',
			{
				className: 'unspun-phrase' + ( span.gone ? ' is-gone' : '' ) + ( here ? ' is-here' : '' ),
				'aria-current': here || undefined,
				'data-phrase': span.key,
				ref: item,
			},
			el(
				'p',
				{ className: 'unspun-phrase__text' },
				onSelect && ! span.gone
					? button(
							'link',
							{
								/* translators: %s: a phrase of the text. */
								'aria-label': sprintf( __( 'Go to “%s”', 'unspun' ), span.text ),
								onClick: () => onSelect( paragraph, span ),
							},
							quoted
					  )
					: el( 'span', {}, quoted ),
				' ',
				el(
					'span',
					{ className: 'unspun-sign is-' + strength( span.score ) },
					/* translators: 1: strong, clear or slight sign, 2: a probability. */
					sprintf( __( '%1$s, %2$s', 'unspun' ), sign, percent( span.score ) )
				)
			),
			el( 'p', { className: 'unspun-phrase__message' }, span.message ),
			span.gone
				? el( 'p', { className: 'unspun-hint' }, __( 'It is no longer in the text.', 'unspun' ) )
				: el(
						Fragment,
						{},
						span.suggestions.length > 0 && el( Suggestions, { paragraph, span, onReplace } ),
						span.text.length <= PHRASE_MOST &&
							el(
								'p',
								{ className: 'unspun-phrase__ignore' },
								button(
									'tertiary',
									{
										/* translators: %s: a phrase of the text. */
										'aria-label': sprintf( __( 'Ignore “%s” in this post', 'unspun' ), span.text ),
										onClick: () => onIgnore( span ),
									},
									__( 'Ignore', 'unspun' )
								)
							)
				  )
		);
	}

	function Suggestions( { paragraph, span, onReplace } ) {
		if ( ! onReplace || ! paragraph.markable ) {
			return el(
				'p',
				{ className: 'unspun-phrase__suggestions' },
				/* translators: %s: words that probably stood in the original, with commas between them. */
				sprintf( __( 'Probably: %s', 'unspun' ), span.suggestions.join( ', ' ) )
			);
		}
		return el(
			'p',
			{ className: 'unspun-phrase__suggestions' },
			el( 'span', {}, __( 'Probably:', 'unspun' ) ),
			...span.suggestions.map( ( suggestion ) =>
				button(
					'secondary',
					{
						key: suggestion,
						/* translators: 1: a phrase of the text, 2: what to put in its place. */
						'aria-label': sprintf( __( 'Replace “%1$s” by “%2$s”', 'unspun' ), span.text, suggestion ),
						onClick: () => onReplace( paragraph, span, suggestion ),
					},
					suggestion
				)
			)
		);
	}

	function Ignored( { ignored, onRestore } ) {
		return el(
			'div',
			{ className: 'unspun-ignored' },
			el( 'h3', {}, __( 'Ignored in this post', 'unspun' ) ),
			el(
				'ul',
				{},
				ignored.map( ( phrase ) =>
					el(
						'li',
						{ key: phrase, 'data-phrase': phrase },
						el( 'span', {}, '“' + phrase + '”' ),
						' ',
						button(
							'tertiary',
							{
								/* translators: %s: a phrase of the text. */
								'aria-label': sprintf( __( 'No longer ignore “%s”', 'unspun' ), phrase ),
								onClick: () => onRestore( phrase ),
							},
							__( 'Restore', 'unspun' )
						)
					)
				)
			)
		);
	}

	/**
	 * Keeps the focus in the list when the phrase that had it goes away: it moves to what stands in its place.
	 */
	function useKeptFocus( root ) {
		const last = useRef( null );
		useEffect( () => {
			const remember = ( event ) => {
				const item = event.target.closest( '[data-phrase]' );
				const all = Array.from( root.current.querySelectorAll( '[data-phrase]' ) );
				last.current = item ? { item, index: all.indexOf( item ) } : null;
			};
			const list = root.current;
			list.addEventListener( 'focusin', remember );
			return () => list.removeEventListener( 'focusin', remember );
		}, [] );
		useEffect( () => {
			const active = document.activeElement;
			if ( ! last.current || last.current.item.isConnected || ( active && active !== document.body ) ) {
				return;
			}
			const all = root.current.querySelectorAll( '[data-phrase]' );
			const next = all[ Math.min( last.current.index, all.length - 1 ) ];
			const target = ( next || root.current ).querySelector( next ? 'button' : 'h3' ) || root.current;
			last.current = null;
			target.focus();
		} );
	}

	window.unspun.findings = { Verdict, ParagraphList, summarise, headline, facts, progress, percent, strength, excerpt };
} )( window.wp );
