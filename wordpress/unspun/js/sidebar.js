/**
 * The sidebar: check the text, see what was found, and act on it.
 */
window.unspun = window.unspun || {};

( function ( wp ) {
	'use strict';

	const { createElement: el, Fragment } = wp.element;
	const { useSelect, dispatch } = wp.data;
	const { Button, ExternalLink, Notice, PanelBody, ToggleControl } = wp.components;
	const { __ } = wp.i18n;
	const { marks, store, findings } = window.unspun;
	const settings = window.unspunSettings;

	// Their home has moved with WordPress 6.6.
	const { PluginSidebar, PluginSidebarMoreMenuItem } = wp.editor && wp.editor.PluginSidebar ? wp.editor : wp.editPost;

	const SIDEBAR = 'unspun';

	const icon = el(
		wp.primitives.SVG,
		{ viewBox: '0 0 24 24', xmlns: 'http://www.w3.org/2000/svg', width: 24, height: 24 },
		el( wp.primitives.Path, {
			d: 'M4 5h16v1.5H4zM4 9.5h16V11H4zM4 14h8v1.5H4z',
		} ),
		el( wp.primitives.Path, {
			d: 'M4 19.5c1.3-2 2.7-2 4 0s2.7 2 4 0 2.7-2 4 0 2.7 2 4 0',
			fill: 'none',
			stroke: 'currentColor',
			strokeWidth: 1.5,
		} )
	);

	// They never change, so that a paragraph that stays the same isn't drawn again.
	const go = ( paragraph, span ) => marks.go( paragraph.clientId, span );
	const replace = ( paragraph, span, words ) => dispatch( store.NAME ).replace( paragraph, span, words );
	const ignore = ( span ) => dispatch( store.NAME ).ignore( span.text );
	const restore = ( phrase ) => dispatch( store.NAME ).restore( phrase );

	/** The key of the phrase that the caret is in, or null, from the start of WordPress's selection. */
	function phraseAt( paragraphs, { clientId, attributeKey, offset } ) {
		const of = paragraphs.filter( ( paragraph ) => paragraph.clientId === clientId && paragraph.identifier === attributeKey );
		const found = of
			.flatMap( ( paragraph ) => paragraph.spans )
			.find( ( span ) => ! span.gone && span.start <= offset && offset <= span.end );
		return found ? found.key : null;
	}

	/** The button that checks; it keeps the focus while it works. */
	function CheckButton( { variant } ) {
		const { busy, checked } = useSelect( ( select ) => {
			const { getBusy, getResult } = select( store.NAME );
			return { busy: getBusy(), checked: getResult() };
		}, [] );
		return el(
			Button,
			{
				variant,
				isBusy: Boolean( busy ),
				'aria-disabled': Boolean( busy ),
				className: 'unspun-check',
				onClick: () => ! busy && dispatch( store.NAME ).check(),
			},
			checked ? __( 'Check the text again', 'unspun' ) : __( 'Check the text', 'unspun' )
		);
	}

	function Content() {
		const state = useSelect( ( select ) => {
			const check = select( store.NAME );
			return {
				summary: check.getSummary(),
				stale: check.isStale(),
				busy: check.getBusy(),
				error: check.getError(),
				said: check.getSaid(),
				paragraphs: check.getParagraphs(),
				here: phraseAt( check.getParagraphs(), select( 'core/block-editor' ).getSelectionStart() ),
				ignored: check.getIgnored(),
				kept: check.keepsIgnored(),
			};
		}, [] );
		return el(
			Fragment,
			{},
			el(
				'div',
				{ className: 'unspun-sidebar' },
				! state.summary &&
					! state.busy &&
					el(
						'p',
						{},
						__(
							'Finds wording that looks machine-made: words swapped for near-synonyms, and machine translation.',
							'unspun'
						)
					),
				el( CheckButton, { variant: 'primary' } ),
				el( findings.Verdict, state ),
				state.said &&
					el( Notice, { status: 'warning', isDismissible: false, spokenMessage: null, className: 'unspun-notice' }, state.said ),
				state.error &&
					settings.canManage &&
					settings.settingsUrl &&
					el( 'p', {}, el( ExternalLink, { href: settings.settingsUrl }, __( 'Settings of Unspun', 'unspun' ) ) ),
				state.summary &&
					! marks.available() &&
					el( 'p', { className: 'unspun-hint' }, __( 'This version of WordPress can’t mark phrases in the text.', 'unspun' ) ),
				el( findings.ParagraphList, {
					paragraphs: state.paragraphs,
					onSelect: go,
					onReplace: replace,
					onIgnore: ignore,
					ignored: state.ignored,
					onRestore: restore,
					here: state.here,
				} ),
				state.ignored.length > 0 &&
					! state.kept &&
					el( 'p', { className: 'unspun-hint' }, __( 'They are ignored until you leave this page.', 'unspun' ) )
			),
			el( PanelBody, { title: __( 'Options', 'unspun' ), initialOpen: true }, el( CheckOnSave ) )
		);
	}

	function CheckOnSave() {
		const checked = useSelect( ( select ) => Boolean( select( 'core/preferences' ).get( 'unspun', 'checkOnSave' ) ), [] );
		return el( ToggleControl, {
			__nextHasNoMarginBottom: true,
			label: __( 'Check whenever the post is saved', 'unspun' ),
			help: __( 'Holds for you alone, in all posts.', 'unspun' ),
			checked,
			onChange: ( value ) => dispatch( 'core/preferences' ).set( 'unspun', 'checkOnSave', value ),
		} );
	}

	function Sidebar() {
		const title = __( 'Unspun', 'unspun' );
		return el(
			Fragment,
			{},
			el( PluginSidebarMoreMenuItem, { target: SIDEBAR, icon }, title ),
			el( PluginSidebar, { name: SIDEBAR, title, icon }, el( Content ) )
		);
	}

	wp.plugins.registerPlugin( 'unspun', { icon, render: Sidebar } );

	window.unspun.sidebar = { CheckButton, icon };
} )( window.wp );
