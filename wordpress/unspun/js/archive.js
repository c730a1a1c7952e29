/**
 * The page of the archive check: sends the buttons' commands, and while the check runs and the page is open asks for
 * one step after the other. Without this file the form works by itself, and WP-Cron does the steps.
 */
( function ( wp ) {
	'use strict';

	const { __, sprintf } = wp.i18n;
	const number = new Intl.NumberFormat( document.documentElement.lang || undefined );

	/** Seconds before the next step where none is asked for, and where the site itself did not answer (then doubled). */
	const PAUSE = 0.2;
	const RETRY = 5;
	const RETRY_MOST = 60;

	/** What the states are called. includes/archive-page.php has the same words. */
	function words( state ) {
		return {
			idle: __( 'Not started yet.', 'unspun' ),
			running: __( 'Checking …', 'unspun' ),
			paused: __( 'Paused.', 'unspun' ),
			done: __( 'Finished.', 'unspun' ),
		}[ state ];
	}

	function percent( report ) {
		/* translators: %d: a number from 0 to 100. */
		return sprintf( __( '%d%%', 'unspun' ), report.total ? Math.floor( ( 100 * report.done ) / report.total ) : 0 );
	}

	function when( report ) {
		if ( ! report.updated ) {
			return '';
		}
		/* translators: %s: date and time. */
		return sprintf( __( 'Last change: %s', 'unspun' ), new Date( report.updated * 1000 ).toLocaleString( document.documentElement.lang || undefined ) );
	}

	/** Write only what is new: the state and the message are read out when they change. */
	function write( node, text ) {
		if ( node && node.textContent !== text ) {
			node.textContent = text;
		}
	}

	function failure( { title, link, message } ) {
		const item = document.createElement( 'li' );
		const anchor = document.createElement( 'a' );
		anchor.href = link;
		anchor.textContent = title;
		item.append( anchor, ': ' + message );
		return item;
	}

	/** Show the buttons that do something in a state; focus must not stay on one that goes. */
	function buttons( root, state ) {
		const all = Array.from( root.querySelectorAll( 'button[data-states]' ) );
		const focused = document.activeElement;
		all.forEach( ( button ) => {
			button.hidden = ! button.dataset.states.split( ' ' ).includes( state );
		} );
		if ( all.includes( focused ) && focused.hidden ) {
			all.find( ( button ) => ! button.hidden ).focus();
		}
	}

	function show( root, report ) {
		const at = ( name ) => root.querySelector( '[data-unspun="' + name + '"]' );
		write( at( 'state' ), words( report.state ) );
		write( at( 'message' ), report.message );
		write( at( 'percent' ), percent( report ) );
		write( at( 'when' ), when( report ) );
		[ 'done', 'flagged', 'not_scored', 'unchanged', 'failed', 'total' ].forEach( ( name ) => write( at( name ), number.format( report[ name ] ) ) );
		const bar = root.querySelector( 'progress' );
		bar.max = Math.max( 1, report.total );
		bar.value = report.done;
		root.querySelectorAll( 'fieldset' ).forEach( ( fieldset ) => {
			fieldset.disabled = report.state === 'running';
		} );
		buttons( root, report.state );
		const failures = root.querySelector( '#unspun-archive-failures' );
		failures.hidden = ! report.failures.length;
		failures.querySelector( 'ul' ).replaceChildren( ...report.failures.map( failure ) );
	}

	function complain( root, message ) {
		const notice = root.querySelector( '#unspun-archive-error' );
		notice.hidden = ! message;
		write( notice.querySelector( 'p' ), message );
		if ( message ) {
			wp.a11y.speak( message, 'assertive' );
		}
	}

	function attach( root ) {
		let report = JSON.parse( root.dataset.report );
		let timer = null;
		let retry = RETRY;
		// Answers of commands may overtake those of steps: only the newest request's answer is shown.
		let newest = 0;

		function ask( data ) {
			const mine = ++newest;
			window.clearTimeout( timer );
			return wp.apiFetch( { path: '/unspun/v1/archive', method: 'POST', data } ).then(
				( answer ) => {
					if ( mine !== newest ) {
						return;
					}
					const same = answer.updated === report.updated && answer.done === report.done;
					report = answer;
					retry = RETRY;
					complain( root, '' );
					show( root, report );
					// Nothing new from a step: another process is at it.
					plan( Math.max( report.wait, same ? 2 : PAUSE ) );
				},
				( error ) => {
					if ( mine !== newest ) {
						return;
					}
					complain( root, error.message || __( 'The site did not answer.', 'unspun' ) );
					if ( data.command === 'step' ) {
						plan( retry );
						retry = Math.min( 2 * retry, RETRY_MOST );
					} else {
						plan( PAUSE );
					}
				}
			);
		}

		function plan( seconds ) {
			window.clearTimeout( timer );
			if ( report.state === 'running' ) {
				timer = window.setTimeout( () => ask( { command: 'step' } ), 1000 * seconds );
			}
		}

		root.querySelector( 'form' ).addEventListener( 'submit', ( event ) => {
			const command = event.submitter && event.submitter.value;
			if ( ! command ) {
				return;
			}
			event.preventDefault();
			const chosen = ( name ) => Array.from( root.querySelectorAll( 'input[name="' + name + '[]"]:checked' ) ).map( ( input ) => input.value );
			const what = { types: chosen( 'types' ), statuses: chosen( 'statuses' ), again: chosen( 'again' ).length > 0 };
			ask( command === 'start' ? Object.assign( { command }, what ) : { command } );
		} );
		show( root, report );
		plan( report.wait );
	}

	window.unspun = window.unspun || {};
	window.unspun.archive = { attach };
	const root = document.getElementById( 'unspun-archive' );
	if ( root ) {
		attach( root );
	}
} )( window.wp );
