/**
 * Finds what a browser of 2019 cannot read, with the parser inside of Node.
 *
 *     node --expose-internals es2019.js FILE...
 *
 * Writes a line `FILE:LINE: what` for each and ends with status 1 where there is one. The files are scripts, not modules.
 */
'use strict';
const fs = require( 'fs' );
const acorn = require( 'internal/deps/acorn/acorn/dist/acorn' );

/** Methods and properties that came with ES2020 or later. */
const MEMBERS = new Set(
	( 'matchAll allSettled replaceAll any at hasOwn findLast findLastIndex toSorted toReversed toSpliced groupBy ' +
		'withResolvers fromAsync isWellFormed toWellFormed isSubsetOf randomUUID' ).split( ' ' )
);
const GLOBALS = new Set( 'BigInt globalThis WeakRef FinalizationRegistry AggregateError structuredClone'.split( ' ' ) );
/** Names that are older in one class and newer in another: `Intl.Segmenter`. */
const PAIRS = new Set( [ 'Intl.Segmenter', 'Intl.ListFormat', 'Intl.DisplayNames', 'Intl.RelativeTimeFormat' ] );

function walk( node, visit ) {
	visit( node );
	for ( const value of Object.values( node ) ) {
		for ( const child of Array.isArray( value ) ? value : [ value ] ) {
			if ( child && typeof child.type === 'string' ) {
				walk( child, visit );
			}
		}
	}
}

function check( source ) {
	const found = [];
	let tree;
	try {
		tree = acorn.parse( source, { ecmaVersion: 2019, sourceType: 'script', locations: true } );
	} catch ( error ) {
		return [ [ error.loc ? error.loc.line : 0, error.message ] ];
	}
	walk( tree, ( node ) => {
		const line = node.loc.start.line;
		if ( node.type === 'MemberExpression' && ! node.computed ) {
			const pair = `${ node.object.name }.${ node.property.name }`;
			if ( MEMBERS.has( node.property.name ) || PAIRS.has( pair ) ) {
				found.push( [ line, `.${ node.property.name } is newer than ES2019` ] );
			}
		} else if ( node.type === 'Identifier' && GLOBALS.has( node.name ) ) {
			found.push( [ line, `${ node.name } is newer than ES2019` ] );
		}
	} );
	return found;
}

for ( const path of process.argv.slice( 2 ) ) {
	for ( const [ line, what ] of check( fs.readFileSync( path, 'utf8' ) ) ) {
		console.log( `${ path }:${ line }: ${ what }` );
		process.exitCode = 1;
	}
}
