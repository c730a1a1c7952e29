"""The plug-in's files are what the oldest PHP and the oldest browsers it is meant for can read, and nothing else."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

HERE: Final = Path(__file__).parent
PLUGIN: Final = HERE.parent.parent / "wordpress" / "unspun"
PHP: Final = sorted(PLUGIN.rglob("*.php"))
SCRIPTS: Final = sorted(PLUGIN.rglob("*.js"))
#: What may lie in the plug-in's folder; it is copied into a site as it is.
KINDS: Final = {".php", ".js", ".css", ".txt", ".pot", ".po", ".mo", ".json"}

#: PHP that 7.4 cannot read, and what is said about it.
NEWER: Final = {
    "$a = match ( $b ) { 1 => 2 };": "match",
    "$a = $b?->c;": "?->",
    "$a = $b?->c( 1 )?->d;": "?->",
    "f( limit: 3 );": "a named argument",
    "f( $a, array: $b );": "a named argument",
    "new A( name: 1 );": "a named argument",
    "class A { function __construct( private int $a ) {} }": "constructor promotion",
    "class A { function __construct( public readonly ?int $a = 1 ) {} }": "constructor promotion",
    "#[Pure]\nfunction f() {}": "an attribute",
    "function f( #[Secret] $a ) {}": "an attribute",
    "function f( int|string $a ) {}": "a union type",
    "function f( A $a, ?array $b, int|null ...$c ) {}": "a union type",
    "function f(): array|A {}": "a union type",
    "$f = fn( $a ): int|string => $a;": "a union type",
    "class A { private int|string $a = 1; }": "a union type",
    "interface A { public function f(): int|A; }": "a union type",
    "function f( A&B $a ) {}": "an intersection type",
    "class A { public A&B $a; }": "an intersection type",
    "function f( mixed $a ) {}": "the type mixed",
    "class A { protected static mixed $a; }": "the type mixed",
    "function f(): mixed {}": "the type mixed",
    "class A { function f(): static {} }": "the type static",
    "class A { function f(): ?static {} }": "the type static",
    "function f(): never {}": "the type never",
    "function f(): null {}": "the type null",
    "function f(): false {}": "the type false",
    "$f = function () use ( $a ): true {};": "the type true",
    "$a = $b ?? throw new C();": "throw as an expression",
    "$a = $b ? $c : throw new C();": "throw as an expression",
    "$f = fn() => throw new C();": "throw as an expression",
    "try { f(); } catch ( A | B ) {}": "catch without a variable",
    "function f( $a, $b, ) {}": "a comma after the last parameter",
    "$f = function ( $a, ) {};": "a comma after the last parameter",
    "$f = fn( $a, ) => $a;": "a comma after the last parameter",
    "$f = function () use ( $a, ) {};": "a comma after the last used variable",
    "enum A { case B; }": "enum",
    "enum A: string { case B = 'b'; }": "enum",
    "class A { public readonly int $a; }": "readonly",
    "final readonly class A {}": "readonly",
    "$f = strlen( ... );": "a first-class callable",
    "$f = $a->b( ... );": "a first-class callable",
    "function f( $a = new B() ) {}": "new in an initial value",
    "$f = fn( $a = array( new B() ) ) => 1;": "new in an initial value",
    "function f() { static $a = new B(); }": "new in an initial value",
    "const A = new B();": "new in an initial value",
    "$a = 0o17;": "a number that starts with 0o",
    "$a = $b::class;": "::class of an object",
    "$a = f()::class;": "::class of an object",
    "$a = $b[0]::class;": "::class of an object",
    "class A { final const B = 1; }": "a final constant",
    "class A { final protected const B = 1; }": "a final constant",
    "class A { const string B = ''; }": "a constant with a type",
    "$a = new ( 'A' )();": "new of an expression",
    "$a = $b instanceof ( 'A' );": "instanceof an expression",
    "namespace A\\Match\\List;": "the word list in a namespace",
    "get_debug_type( $a );": "the function get_debug_type",
    "\\json_validate( $a );": "the function json_validate",
    "f( 1, array_find( $a, 'b' ) );": "the function array_find",
    "mb_trim( '' );": "the function mb_trim",
    "class A implements Stringable {}": "the class stringable",
    "try { f(); } catch ( \\ValueError $e ) {}": "the class valueerror",
    "$a = new WeakMap();": "the class weakmap",
}

#: PHP that 7.4 can read, near to something that it cannot.
OLD: Final = (
    "$a = array( 'match' => 1, 'enum' => 2 ); $a->match( 1 ); $a->enum = 1; A::match( 1 );",
    "class A { function match( $a ) {} const ENUM = 1; private ?int $a = null; public static array $b = array(); }",
    "$a = $b ? C : D; $a = f( $b ? C : D, $e ); $a = array( $b ? C : D );",
    "switch ( $a ) { case B: f(); break; case ( C ): throw new D(); default: throw new E(); }",
    "if ( $a ) : f(); elseif ( B ) : throw new C(); else : g(); endif;",
    "if ( $a ) throw new B(); else throw new C(); do throw new D(); while ( 1 );",
    "try { f(); } catch ( A | B $e ) { throw $e; } finally { g(); }",
    "f( $a, $b, ); $a = array( 1, 2, ); list( $a, , $b ) = $c; [ 'a' => $a ] = $c; unset( $a, $b, );",
    "function f( ?array $a, &$b, A ...$c ): ?int { return null; } function &g( int &...$a ): void {}",
    "$f = fn( int $a = A | B ): bool => $a | 1; $g = static fn( &$a ) => $a & $b;",
    "function f( $a = self::B | self::C, $d = null, $e = false ) { static $g = array( 1 ), $h; return static::$i; }",
    "class A { use B; const C = 1 | 2; protected const D = array( null, true ); abstract function f(): self; }",
    "$a = 1_000_000; $b = 017; $c = A::class; $d = static::class; $e = \\A\\B::class;",
    "f( ...$a ); f( $b, ...array( 1 ) ); $a = array( ...$b ); function g( ...$c ) {}",
    "$a = new class( 1 ) extends B { public $c = 1; }; $a ??= new D; $e = ( new F() )->g();",
    "# a comment, #[ too\nf(); // match ( 1 ) { }\n$a = 'f( a: 1 )?->b'; $b = \"$a->c\";",
    "use function A\\json_validate_all; use const A\\B; namespace\\f(); $a->get_debug_type( 1 ); A::array_find( 2 );",
    "str_contains( $a, 'b' ); str_starts_with( $a, 'b' ); array_is_list( $a ); array_key_last( $a ); mb_substr( $a, 1 );",
    "declare( strict_types=1 ); $a = <<<'X'\n  f( a: 1 ) ?-> match\n  X;",
    "goto end; $a = true; $b = null; return false; end: f();",
    "$a = $b[ C ] ?? ( D ? E : F ); foreach ( $a as $k => list( $l ) ) : endforeach; $s = \"{$a['b']} ${c}\";",
)

#: The same of JavaScript and ES2019.
NEWER_SCRIPTS: Final = (
    "a?.b;",
    "a ?? b;",
    "a ??= b;",
    "a ||= b;",
    "1n;",
    "import( 'a' );",
    "class A { b = 1; }",
    "class A { #b() {} }",
    "const a = 1_000;",
    "a.replaceAll( 'b', 'c' );",
    "a.at( -1 );",
    "a.matchAll( /b/g );",
    "Promise.allSettled( [] );",
    "Object.hasOwn( a, 'b' );",
    "new Intl.Segmenter( 'en' );",
    "structuredClone( a );",
    "import a from 'b';",
    "/a/v.test( b );",
)
OLD_SCRIPTS: Final = (
    "( function ( wp ) { 'use strict'; const { a, ...b } = wp; return [ ...a ].flatMap( ( c ) => c ? .5 : b ); } )( wp );",
    "async function f() { try { await g(); } catch { h(); } } Object.fromEntries( Object.entries( a ) );",
    "/(?<=a)b/su.test( `c${ d }` ); 'a?.b ?? c'; a ? b : c;",
)


def _needs(program: str) -> str:
    found = shutil.which(program)
    if not found:
        pytest.skip(f"no {program} on this machine")
    return found


def _run(command: Sequence[str | Path]) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def _written(folder: Path, snippets: Sequence[str], kind: str, start: str = "") -> list[Path]:
    paths = [folder / f"{number:02}{kind}" for number in range(len(snippets))]
    for path, snippet in zip(paths, snippets, strict=True):
        path.write_text(start + snippet + "\n")
    return paths


def _by_file(paths: Sequence[Path], lines: str) -> list[str]:
    """What was said about each of these files."""
    return ["\n".join(line for line in lines.splitlines() if line.startswith(f"{path}:")) for path in paths]


def newer(paths: Sequence[Path]) -> str:
    """What PHP 7.4 cannot read in these files; a line for each."""
    return _run([_needs("php"), HERE / "php74.php", *paths])


def newer_scripts(paths: Sequence[Path]) -> str:
    """What is newer than ES2019 in these files."""
    return _run([_needs("node"), "--expose-internals", HERE / "es2019.js", *paths])


def test_there_are_files_to_check() -> None:
    assert len(PHP) >= 10
    assert len(SCRIPTS) >= 5


@pytest.mark.parametrize("path", PHP, ids=lambda path: path.name)
def test_php_reads_it(path: Path) -> None:
    done = subprocess.run([_needs("php"), "-l", path], check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def test_newer_php_is_found(tmp_path: Path) -> None:
    paths = _written(tmp_path, list(NEWER), ".php", "<?php\n")
    said = _by_file(paths, newer(paths))
    missed = [snippet for (snippet, what), lines in zip(NEWER.items(), said, strict=True) if f": {what} (" not in lines]
    assert missed == []


def test_old_php_is_let_through(tmp_path: Path) -> None:
    assert newer(_written(tmp_path, OLD, ".php", "<?php\n")) == ""


def test_the_plug_in_has_no_newer_php() -> None:
    assert newer(PHP) == ""


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_node_reads_it(path: Path) -> None:
    done = subprocess.run([_needs("node"), "--check", path], check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_newer_scripts_are_found(tmp_path: Path) -> None:
    paths = _written(tmp_path, NEWER_SCRIPTS, ".js")
    said = _by_file(paths, newer_scripts(paths))
    assert [snippet for snippet, lines in zip(NEWER_SCRIPTS, said, strict=True) if not lines] == []


def test_old_scripts_are_let_through(tmp_path: Path) -> None:
    assert newer_scripts(_written(tmp_path, OLD_SCRIPTS, ".js")) == ""


def test_the_plug_in_has_no_newer_scripts() -> None:
    assert newer_scripts(SCRIPTS) == ""


def test_nothing_but_sources_lies_there() -> None:
    """No build step made it: no kinds of files that a build leaves, no minified line, no source map."""
    files = [path for path in PLUGIN.rglob("*") if path.is_file()]
    assert [path.name for path in files if path.suffix not in KINDS or ".min." in path.name] == []
    sources = [path for path in files if path.suffix in {".php", ".js", ".css"} and "languages" not in path.parts]
    assert [path.name for path in sources if max(map(len, path.read_text().splitlines())) > 600] == []
    assert [path.name for path in sources if "sourceMappingURL" in path.read_text()] == []


def test_each_file_of_php_refuses_to_be_called_by_itself() -> None:
    """A visitor who asks for a file of the plug-in by its address gets nothing of it."""
    guard = re.compile(r"defined\( '(ABSPATH|WP_UNINSTALL_PLUGIN)' \) (\|\||\) {)")
    open_files = [path.name for path in PHP if "languages" not in path.parts and not guard.search(path.read_text())]
    assert open_files == []
