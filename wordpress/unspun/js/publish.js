/**
 * Before a post goes out: the verdict in the pre-publish panel, and what the newsroom's rule makes of it.
 *
 * Saving is locked only while that panel is open, so that a draft can always be saved, and since WordPress 7.1 a locked
 * post would not even open the panel.
 */
window.unspun = window.unspun || {};

( function ( wp ) {
	'use strict';

	const { createElement: el, Fragment, useEffect, useRef, useState } = wp.element;
	const { useSelect, dispatch } = wp.data;
	const { Button, CheckboxControl, Notice } = wp.components;
	const { __ } = wp.i18n;
	const { store, findings, sidebar } = window.unspun;
	const settings = window.unspunSettings;

	// Its home has moved with WordPress 6.6.
	const { PluginPrePublishPanel } = wp.editor && wp.editor.PluginPrePublishPanel ? wp.editor : wp.editPost;

	const LOCK = 'unspun';

	function isOpen( select ) {
		const editor = select( 'core/editor' );
		const home = editor.isPublishSidebarOpened ? editor : select( 'core/edit-post' );
		return home.isPublishSidebarOpened();
	}

	/** What was released before this page was opened: the post as it is saved. */
	function releasedBefore() {
		return settings.released ? wp.data.select( 'core/editor' ).getCurrentPostAttribute( 'content' ) : null;
	}

	/** Whether publishing now would put the text before readers: not for review, and not in private. */
	function goesOut( select ) {
		const { getCurrentPost, getEditedPostAttribute } = select( 'core/editor' );
		const links = getCurrentPost()._links || {};
		return Boolean( links[ 'wp:action-publish' ] ) && getEditedPostAttribute( 'status' ) !== 'private';
	}

	function Publish() {
		// The content that somebody let through, which the server knows by its hash.
		const [ released, setReleased ] = useState( releasedBefore );
		const { open, out, summary, stale, busy, error, current, content } = useSelect( ( select ) => {
			const check = select( store.NAME );
			const blocked = settings.action === 'block' && check.isCurrent() && check.getSummary().held;
			return {
				open: isOpen( select ),
				content: blocked ? select( 'core/editor' ).getEditedPostContent() : undefined,
				out: goesOut( select ),
				summary: check.getSummary(),
				stale: check.isStale(),
				busy: check.getBusy(),
				error: check.getError(),
				current: check.isCurrent(),
			};
		}, [] );
		const [ anyway, setAnyway ] = useState( false );
		const last = useRef( null );
		const passes = content !== undefined && content === released;
		const held = out && current && summary.held && ! passes;
		const asks = held && settings.action === 'ask';
		const blocks = held && settings.action === 'block';
		// While the check runs nobody can tell.
		const waits = out && Boolean( busy ) && settings.action !== 'advise';
		const locked = open && ( blocks || waits || ( asks && ! anyway ) );

		useEffect( () => {
			if ( open && ! current ) {
				dispatch( store.NAME ).check();
			}
		}, [ open ] );

		useEffect( () => setAnyway( false ), [ open, summary, stale ] );

		useEffect( () => {
			if ( ! locked ) {
				return undefined;
			}
			dispatch( 'core/editor' ).lockPostSaving( LOCK );
			return () => dispatch( 'core/editor' ).unlockPostSaving( LOCK );
		}, [ locked ] );

		const onDone = () => {
			// The button that has the focus goes away.
			last.current.querySelector( 'button' ).focus();
			setReleased( content );
		};

		return el(
			PluginPrePublishPanel,
			{ title: title( current && ! busy ? summary : null ), initialOpen: true, className: 'unspun-publish' },
			el( findings.Verdict, { summary, stale, busy, error } ),
			blocks &&
				el(
					Notice,
					{ status: 'error', isDismissible: false, className: 'unspun-notice' },
					__(
						'Your newsroom does not publish text like this. Change the flagged paragraphs, then check again. You can still save it as a draft.',
						'unspun'
					)
				),
			blocks && ( settings.canRelease ? el( Release, { content, onDone } ) : el( 'p', {}, ASK_AN_EDITOR ) ),
			out &&
				passes &&
				el(
					Notice,
					{ status: 'success', isDismissible: false, className: 'unspun-notice' },
					__( 'This text is released: it can be published as it is.', 'unspun' )
				),
			asks &&
				el(
					Fragment,
					{},
					el(
						Notice,
						{ status: 'warning', isDismissible: false, className: 'unspun-notice' },
						__( 'Please look at the flagged paragraphs before this goes out.', 'unspun' )
					),
					el( CheckboxControl, {
						__nextHasNoMarginBottom: true,
						label: __( 'Publish anyway', 'unspun' ),
						checked: anyway,
						onChange: setAnyway,
					} )
				),
			el( 'div', { ref: last }, el( sidebar.CheckButton, { variant: 'secondary' } ) )
		);
	}

	const ASK_AN_EDITOR = __( 'If Unspun is wrong, ask an editor to release it.', 'unspun' );

	/** Lets through the very text that is in the editor, for who may edit other people's posts. */
	function Release( { content, onDone } ) {
		const [ busy, setBusy ] = useState( false );
		const [ problem, setProblem ] = useState( null );
		const release = async () => {
			const post = wp.data.select( 'core/editor' ).getCurrentPostId();
			setBusy( true );
			setProblem( null );
			try {
				await wp.apiFetch( {
					path: '/unspun/v1/release',
					method: 'POST',
					data: { post, content },
				} );
				wp.a11y.speak( __( 'This text is released.', 'unspun' ) );
				onDone();
			} catch ( error ) {
				setProblem( error.message );
				setBusy( false );
			}
		};
		return el(
			Fragment,
			{},
			el(
				'p',
				{},
				__( 'If Unspun is wrong about this text, you can release it. Your name is kept with the post, and a changed text is checked anew.', 'unspun' )
			),
			problem && el( Notice, { status: 'error', isDismissible: false, className: 'unspun-notice' }, problem ),
			el(
				Button,
				{ variant: 'secondary', isBusy: busy, 'aria-disabled': busy, className: 'unspun-check', onClick: () => ! busy && release() },
				__( 'Release this text', 'unspun' )
			)
		);
	}

	/** The panel's title, with the verdict in a word, as WordPress's own panels have it. */
	function title( summary ) {
		if ( ! summary ) {
			return __( 'Unspun', 'unspun' );
		}
		return [
			__( 'Unspun:', 'unspun' ),
			el( 'span', { className: 'editor-post-publish-panel__link', key: 'verdict' }, short( summary ) ),
		];
	}

	function short( summary ) {
		if ( summary.score === null ) {
			return __( 'Not scored', 'unspun' );
		}
		if ( summary.flagged ) {
			return __( 'Flagged', 'unspun' );
		}
		return summary.flaggedParagraphs ? __( 'Flagged in part', 'unspun' ) : __( 'Not flagged', 'unspun' );
	}

	wp.plugins.registerPlugin( 'unspun-publish', { icon: sidebar.icon, render: Publish } );

	/**
	 * After the server has refused to publish, WordPress goes on to show the post as published and offers no button that
	 * saves a draft. So the post's status is put back to what it is.
	 */
	let saving = false;
	wp.data.subscribe( () => {
		const editor = wp.data.select( 'core/editor' );
		const now = editor.isSavingPost();
		const ended = saving && ! now;
		saving = now;
		if ( ! ended || ! editor.didPostSaveRequestFail() ) {
			return;
		}
		const error = wp.data.select( 'core' ).getLastEntitySaveError( 'postType', editor.getCurrentPostType(), editor.getCurrentPostId() );
		if ( error && error.code === 'unspun_held' ) {
			dispatch( 'core/editor' ).editPost( { status: editor.getCurrentPostAttribute( 'status' ) }, { undoIgnore: true } );
		}
	} );

	window.unspun.publish = { isOpen };
} )( window.wp );
