/** The button "Test the connection" on the settings page. */
( function ( wp ) {
	'use strict';

	const { __, sprintf } = wp.i18n;

	/** Asks the server that the form names, with the key in the form or, where that is blank, the kept one. */
	function test( button, result ) {
		const data = {};
		[ 'server', 'key' ].forEach( function ( name ) {
			const field = document.getElementById( 'unspun-' + name );
			if ( ! field.disabled && field.value.trim() ) {
				data[ name ] = field.value.trim();
			}
		} );
		button.setAttribute( 'aria-disabled', 'true' );
		say( result, '', __( 'Asking the server…', 'unspun' ) );
		return wp
			.apiFetch( { path: '/unspun/v1/test', method: 'POST', data } )
			.then(
				function ( answer ) {
					/* translators: %s: name and version of a model */
					say( result, 'is-good', sprintf( __( 'The server answers; its model is %s.', 'unspun' ), answer.model ) );
				},
				function ( error ) {
					say( result, 'is-bad', error.message || __( 'This site did not answer.', 'unspun' ) );
				}
			)
			.then( function () {
				button.removeAttribute( 'aria-disabled' );
			} );
	}

	function say( result, kind, words ) {
		result.className = 'unspun-test-result ' + kind;
		result.textContent = words;
	}

	const button = document.getElementById( 'unspun-test' );
	button.addEventListener( 'click', function () {
		// Not `disabled`, which would take the focus away.
		if ( button.getAttribute( 'aria-disabled' ) !== 'true' ) {
			test( button, document.getElementById( 'unspun-test-result' ) );
		}
	} );
} )( window.wp );
