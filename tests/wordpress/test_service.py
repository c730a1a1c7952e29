"""The call to the service: what is sent, what is made of its answers, and of its absence."""

from __future__ import annotations

import json
import socket
import threading
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from wordpress.conftest import CLEAN, SPUN, blocks
from wordpress.service import KEY, Service
from wordpress.site import Site, free_port

TEXT: Final = "The ferry left the harbour at dawn, and nobody on the quay knew when it would be back."
SCORE: Final = "return Unspun\\score( array( array( 'id' => 'a', 'text' => %s ) ), 'text', array() );"
ANSWER: Final[dict[str, Any]] = {
    "model": {"name": "m", "version": "1"},
    "mode": "balanced",
    "offset_unit": "utf16",
    "documents": [
        {
            "id": "a",
            "status": "scored",
            "score": 0.5,
            "flagged": False,
            "fraction_flagged": 0,
            "skipped": [],
            "paragraphs": [],
        }
    ],
}


class StandIn:
    """A server that gives one and the same answer and keeps what it was asked."""

    def __init__(self, status: int, body: str, headers: dict[str, str]) -> None:
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        asked = self.asked

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                sent = self.rfile.read(int(self.headers["Content-Length"]))
                asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}, sent))
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body.encode())), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"


@contextmanager
def stand_in(status: int, body: str, **headers: str) -> Iterator[StandIn]:
    standing = StandIn(status, body, {name.replace("_", "-"): value for name, value in headers.items()})
    thread = threading.Thread(target=standing.server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield standing
    finally:
        standing.server.shutdown()
        standing.server.server_close()
        thread.join()


def error_of(site: Site, text: str = TEXT) -> tuple[str, str, int]:
    """The code, message and status of the error."""
    found = site.php(
        f"$found = ( function () {{ {SCORE % php_string(text)} }} )();"
        "return is_wp_error( $found ) ? array( $found->get_error_code(), $found->get_error_message(), $found->get_error_data()['status'] ) : $found;"
    )
    assert isinstance(found, list), found
    code, message, status = found
    assert KEY not in message
    assert text not in message
    return code, message, status


def errors_of(site: Site, answers: list[tuple[int, str, dict[str, str]]]) -> list[Any]:
    """The code, message and status of the error that each of these answers makes; None where it makes none."""
    with ExitStack() as standing:
        servers = [standing.enter_context(stand_in(status, body, **headers)) for status, body, headers in answers]
        return list(
            site.php(
                f"$servers = {php_string(json.dumps([server.address for server in servers]))};"
                "return array_map( function ( $server ) {"
                f"$found = Unspun\\ask( $server, '{KEY}', array( array( 'id' => 'a', 'text' => 'One.' ) ), 'text', array() );"
                "return is_wp_error( $found ) ? array( $found->get_error_code(), $found->get_error_message(), $found->get_error_data()['status'] ) : null;"
                "}, json_decode( $servers ) );"
            )
        )


def asked(service: Service) -> int:
    """How many texts the service was sent until now; what it still has to write into its log is waited for."""
    mark = uuid.uuid4().hex
    request = urllib.request.Request(f"{service.address}/v1/model", headers={"X-Request-ID": mark})
    urllib.request.urlopen(request, timeout=60).close()
    end = time.monotonic() + 60
    while not any(mark in line for line in service.lines):
        assert time.monotonic() < end
        time.sleep(0.01)
    return service.requests


def php_string(text: str) -> str:
    """A PHP expression for this string."""
    return "json_decode( '" + json.dumps(text).replace("\\", "\\\\").replace("'", "\\'") + "' )"


def test_a_text_is_scored_as_the_service_scores_it(site: Site, service: Service) -> None:
    text = "\n\n".join(SPUN)
    found = site.php(SCORE % php_string(text))
    expected = service.score(text)["documents"][0]
    assert found["documents"][0]["paragraphs"] == expected["paragraphs"]
    assert found["documents"][0]["score"] == expected["score"]


def test_what_is_sent(site: Site, settings: Callable[..., None]) -> None:
    with stand_in(200, json.dumps(ANSWER)) as server:
        settings(server=server.address + "/", mode="sensitive", skip_quotes=True)
        site.php(SCORE % php_string('Emoji \U0001f600 and a quote: "so".'))
    [(path, headers, body)] = server.asked
    assert path == "/v1/score"
    assert headers["authorization"] == f"Bearer {KEY}"
    assert headers["content-type"] == "application/json"
    assert json.loads(body) == {
        "documents": [{"id": "a", "text": 'Emoji \U0001f600 and a quote: "so".'}],
        "format": "text",
        "mode": "sensitive",
        "offset_unit": "utf16",
        "allow": [],
        "skip": ["quote", "url", "code", "block-quote"],
    }


def test_without_a_key_none_is_sent_and_invalid_utf_8_is_replaced(site: Site, settings: Callable[..., None]) -> None:
    with stand_in(200, json.dumps(ANSWER)) as server:
        settings(server=server.address, key="")
        site.php(SCORE % '"half a \\xf0\\x9f face"')
    [(_, headers, body)] = server.asked
    assert "authorization" not in headers
    assert json.loads(body)["documents"][0]["text"] == "half a � face"


def test_constants_override_the_settings(site: Site, settings: Callable[..., None]) -> None:
    with stand_in(200, json.dumps(ANSWER)) as server:
        site.configure(UNSPUN_SERVER=server.address, UNSPUN_KEY="constant-key")
        site.php(SCORE % php_string(TEXT))
    assert server.asked[0][1]["authorization"] == "Bearer constant-key"


#: What the server answers with; the code and status of our error, and words of its message.
REFUSALS: Final[list[tuple[int, dict[str, str], str, int, str]]] = [
    (400, {}, "refused", 502, "HTTP status 400"),
    (401, {}, "key", 502, "does not accept the key"),
    (403, {}, "key", 502, "lacks that role"),
    (404, {}, "answer", 502, "not an Unspun server"),
    (408, {}, "slow", 504, "gave up waiting"),
    (413, {}, "too_large", 413, "too large"),
    (429, {"Retry_After": "7"}, "busy", 503, "in 7 seconds"),
    (503, {}, "busy", 503, "in a moment"),
    (500, {}, "refused", 502, "HTTP status 500"),
]


def test_refusals(site: Site) -> None:
    found = errors_of(site, [(status, f"secret words of a server, {KEY}", headers) for status, headers, *_ in REFUSALS])
    for (_, _, code, ours, words), error in zip(REFUSALS, found, strict=True):
        assert (error[0], error[2]) == (f"unspun_{code}", ours)
        assert words in error[1]
        assert "secret words" not in error[1]
        assert KEY not in error[1]


def test_a_wrong_key_and_none_at_the_real_service(site: Site, settings: Callable[..., None]) -> None:
    settings(key="wrong-key")
    code, message, status = error_of(site)
    assert (code, status) == ("unspun_key", 502)
    assert "does not accept the key" in message
    assert "wrong-key" not in message
    settings(key="")
    assert "wants a key" in error_of(site)[1]


def test_redirects_are_not_followed(site: Site, settings: Callable[..., None]) -> None:
    with (
        stand_in(200, json.dumps(ANSWER)) as target,
        stand_in(307, "", Location=f"{target.address}/v1/score") as server,
    ):
        settings(server=server.address)
        code, message, _ = error_of(site)
    assert code == "unspun_answer"
    assert "sends on" in message
    assert target.asked == []


def changed(*path: Any, to: Any) -> str:
    """The answer with something else at one place."""
    answer = json.loads(json.dumps(ANSWER))
    at = answer
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = to
    return json.dumps(answer)


SPAN: Final = {
    "start": 0,
    "end": 3,
    "text": "The",
    "rule": "word-choice",
    "score": 1,
    "message": "",
    "suggestions": ["A"],
}
PARAGRAPH: Final = {
    "start": 0,
    "end": 9,
    "status": "scored",
    "score": 0.5,
    "flagged": True,
    "kinds": {"spun": 0.5},
    "spans": [SPAN],
}


FOREIGN: Final = [
    "<!doctype html><title>Welcome to nginx</title>",
    "",
    "null",
    "[]",
    '{"ok": true}',
    changed("model", to="m@1"),
    changed("offset_unit", to="codepoint"),
    changed("documents", to=[]),
    changed("documents", 0, "id", to="b"),
    changed("documents", 0, "score", to="0.5"),
    changed("documents", 0, "score", to=2),
    changed("documents", 0, "score", to=None),
    changed("documents", 0, "flagged", to=1),
    changed("documents", 0, "skipped", to=[{"start": 3, "end": 1, "reason": "url"}]),
    changed("documents", 0, "paragraphs", to={"0": PARAGRAPH, "2": PARAGRAPH}),
    changed("documents", 0, "paragraphs", to=[{**PARAGRAPH, "end": "9"}]),
    changed("documents", 0, "paragraphs", to=[{**PARAGRAPH, "kinds": {"spun": "much"}}]),
    changed("documents", 0, "paragraphs", to=[{**PARAGRAPH, "spans": [{**SPAN, "text": None}]}]),
    changed("documents", 0, "paragraphs", to=[{**PARAGRAPH, "spans": [{**SPAN, "suggestions": [["A"]]}]}]),
]


def test_what_is_not_unspun_is_told_from_it(site: Site) -> None:
    for body, found in zip(FOREIGN, errors_of(site, [(200, body, {}) for body in FOREIGN]), strict=True):
        assert found is not None, body
        assert (found[0], found[2]) == ("unspun_answer", 502), body
        assert "not an Unspun server" in found[1]


def test_an_answer_in_order_is_taken(site: Site, settings: Callable[..., None]) -> None:
    body = changed(
        "documents", 0, "paragraphs", to=[PARAGRAPH, {**PARAGRAPH, "status": "too_short", "score": None, "kinds": None}]
    )
    with stand_in(200, body) as server:
        settings(server=server.address)
        assert site.php(SCORE % php_string(TEXT)) == json.loads(body)


def test_a_server_that_is_down(site: Site, settings: Callable[..., None]) -> None:
    settings(server=f"http://127.0.0.1:{free_port()}")
    code, message, status = error_of(site)
    assert (code, status) == ("unspun_unreachable", 502)
    assert "cannot be reached" in message


def test_a_server_that_never_answers(site: Site, settings: Callable[..., None]) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        settings(server=f"http://127.0.0.1:{deaf.getsockname()[1]}", seconds=1)
        began = time.monotonic()
        code, message, status = error_of(site)
    assert (code, status) == ("unspun_slow", 504)
    assert "within 1 second." in message
    assert time.monotonic() - began < 10


# Posts: from block markup to a verdict.


def verdicts(site: Site, *contents: str, allow: str = "array()") -> list[Any]:
    posts = ", ".join(f"array( 'content' => {php_string(content)}, 'allow' => {allow} )" for content in contents)
    return list(
        site.php(
            f"return array_map( fn( $v ) => is_wp_error( $v ) ? $v->get_error_code() : $v, Unspun\\check_many( array( {posts} ) ) );"
        )
    )


def test_the_verdict_on_blocks_is_that_on_their_text(site: Site, service: Service) -> None:
    expected = service.score("\n\n".join(SPUN))
    document = expected["documents"][0]
    [verdict] = verdicts(site, blocks(*SPUN))
    assert verdict == {
        "status": "scored",
        "score": document["score"],
        "flagged": True,
        "held": True,
        "paragraphs": sum(p["status"] == "scored" for p in document["paragraphs"]),
        "flagged_paragraphs": sum(p["flagged"] for p in document["paragraphs"]),
        "model": f"{expected['model']['name']}@{expected['model']['version']}",
        "mode": "balanced",
    }


def test_blank_lines_are_paragraphs_in_classic_posts(site: Site) -> None:
    [of_blocks, classic] = verdicts(site, blocks(*SPUN), "\n\n".join(SPUN))
    assert classic == of_blocks


def test_many_posts_are_one_request_and_come_back_in_order(site: Site, service: Service) -> None:
    before = asked(service)
    found = verdicts(site, blocks(*CLEAN), "", blocks(*SPUN), "<!-- wp:image --><figure></figure><!-- /wp:image -->")
    assert [(verdict["status"], verdict["flagged"]) for verdict in found] == [
        ("scored", False),
        ("too_short", False),
        ("scored", True),
        ("too_short", False),
    ]
    assert asked(service) == before + 1


def test_posts_without_words_need_no_service(site: Site, settings: Callable[..., None]) -> None:
    settings(server=f"http://127.0.0.1:{free_port()}")
    found = verdicts(site, "<!-- wp:separator --><hr/><!-- /wp:separator -->", blocks(*CLEAN))
    assert found[0]["status"] == "too_short"
    assert found[1] == "unspun_unreachable"


def test_other_peoples_text_and_code_are_not_judged(site: Site, settings: Callable[..., None]) -> None:
    inner = blocks(*SPUN)
    quote = f"<!-- wp:quote --><blockquote class='wp-block-quote'>{inner}</blockquote><!-- /wp:quote -->"
    code = f"<!-- wp:code --><pre class='wp-block-code'><code>{' '.join(SPUN)}</code></pre><!-- /wp:code -->"
    lines = (
        f"<!-- wp:preformatted --><pre class='wp-block-preformatted'>{' '.join(SPUN)}</pre><!-- /wp:preformatted -->"
    )
    pattern = '<!-- wp:block {"ref":7} /-->'
    flagged = [verdict["flagged"] for verdict in verdicts(site, quote, code, lines, pattern)]
    assert flagged == [True, False, True, False]
    assert site.php(f"return Unspun\\documents_of( {php_string(pattern)} );") == []
    with_code, without = verdicts(site, f"{inner}{code}", inner)
    assert with_code == without
    settings(skip_quotes=True)
    assert [verdict["flagged"] for verdict in verdicts(site, quote, inner)] == [False, True]


def test_a_long_post_is_cut_at_its_blocks_and_judged_as_a_whole(site: Site, settings: Callable[..., None]) -> None:
    long = "Lines of a long report go on. " * 900  # 27,000 units
    cut = site.php(
        f"return array_map( 'strlen', Unspun\\documents_of( {php_string(blocks(long, long, long, *SPUN))} ) );"
    )
    assert len(cut) == 2
    assert max(cut) < 61_000
    columns = f"<!-- wp:group --><div class='wp-block-group'>{blocks(long, long, long)}</div><!-- /wp:group -->"
    assert len(site.php(f"return Unspun\\documents_of( {php_string(columns)} );")) == 2
    assert len(site.php(f"return Unspun\\documents_of( {php_string(chr(10).join((long, '', long, '', long)))} );")) == 2
    parts = [
        {**ANSWER["documents"][0], "id": "0.0", "score": 0.2, "paragraphs": [{**PARAGRAPH, "flagged": False}]},
        {**ANSWER["documents"][0], "id": "0.1", "score": 0.9, "flagged": True, "paragraphs": [PARAGRAPH, PARAGRAPH]},
    ]
    with stand_in(200, json.dumps({**ANSWER, "documents": parts})) as server:
        settings(server=server.address)
        [verdict] = verdicts(site, blocks(long, long, long, *SPUN))
    assert (verdict["score"], verdict["flagged"], verdict["paragraphs"], verdict["flagged_paragraphs"]) == (
        0.9,
        True,
        3,
        2,
    )


def test_a_flagged_paragraph_holds_the_post_only_where_the_setting_says_so(
    site: Site, settings: Callable[..., None]
) -> None:
    answer = changed("documents", 0, "paragraphs", to=[PARAGRAPH])
    answer = answer.replace('"id": "a"', '"id": "0.0"')
    with stand_in(200, answer) as server:
        settings(server=server.address, hold="post")
        assert [verdict["held"] for verdict in verdicts(site, blocks(TEXT))] == [False]
        settings(server=server.address, hold="paragraph")
        assert [verdict["held"] for verdict in verdicts(site, blocks(TEXT))] == [True]


def test_marks_of_shortcodes_are_no_text_but_what_they_hold_is(site: Site) -> None:
    html = site.php("return Unspun\\pieces( 'One [caption id=\"a\"]inside[/caption] [unknown] two' );")
    assert [piece.strip() for piece in html] == ["<p>One inside [unknown] two</p>"]


def test_what_is_kept_of_a_check_is_current_until_something_changes(site: Site, settings: Callable[..., None]) -> None:
    post = site.post(blocks(*CLEAN))
    current = f"return Unspun\\is_current( get_post( {post} ) );"
    assert site.php(current) is False
    kept = site.php(
        f"$post = get_post( {post} ); $verdict = Unspun\\check_content( $post->post_content, array() );"
        "Unspun\\record( $post->ID, $verdict, Unspun\\fingerprint( $post->post_content, array() ) );"
        "return array( $verdict, Unspun\\recorded( $post->ID ), get_post_meta( $post->ID, '_unspun_score', true ), get_post_meta( $post->ID, '_unspun_flagged', true ) );"
    )
    verdict, check, score, flagged = kept
    assert {name: check[name] for name in verdict} == verdict
    assert (float(score), flagged) == (verdict["score"], "0")
    assert site.php(current) is True
    settings(mode="strict")
    assert site.php(current) is False
    settings()
    site.rest()("POST", f"/wp/v2/posts/{post}", {"meta": {"_unspun_ignored": ["tidal works"]}})
    assert site.php(current) is False
    site.php(f"delete_post_meta( {post}, '_unspun_ignored' ); return true;")
    assert site.php(current) is True
    site.rest()("POST", f"/wp/v2/posts/{post}", {"content": blocks(*CLEAN, "One more.")})
    assert site.php(current) is False


def test_no_block_hides_prose_that_readers_see(site: Site) -> None:
    inner, prose = blocks(*SPUN), "".join(f"<p>{text}</p>" for text in SPUN)
    long = "<!-- wp:separator --><hr/><!-- /wp:separator -->" + " " * 70_000
    hidden = [
        f"<!-- wp:code -->{prose}<!-- /wp:code -->",
        f"<!-- wp:code -->{inner}<!-- /wp:code -->",
        "<!-- wp:shortcode -->" + "\n\n".join(SPUN) + "<!-- /wp:shortcode -->",
        f"<!-- wp:group --><div><!-- wp:shortcode -->{prose}<!-- /wp:shortcode --></div><!-- /wp:group -->",
        f"<!-- wp:freeform -->Short.{inner}<!-- /wp:freeform -->",
        f"<!-- wp:group --><div>{prose}{long}</div><!-- /wp:group -->",
        "\n\n".join(f"[[caption {text}]]" for text in SPUN),
    ]
    assert [verdict["flagged"] for verdict in verdicts(site, *hidden)] == [True] * len(hidden)


def test_bytes_that_are_no_utf_8_and_odd_names_of_shortcodes_hide_nothing(site: Site) -> None:
    spoilt = site.php(
        f"return Unspun\\check_content( {php_string(blocks(*SPUN))} . '<p>' . chr( 255 ) . '</p>', array() );"
    )
    assert spoilt["flagged"]
    [unclosed] = verdicts(site, "<5\n\n" + "\n\n".join(SPUN))
    assert unclosed["flagged"]
    odd = site.php("add_shortcode( 'a#b', '__return_empty_string' ); return Unspun\\pieces( 'One [a#b] two [c]' );")
    assert [piece.strip() for piece in odd] == ["<p>One  two [c]</p>"]


def test_marks_of_shortcodes_in_inner_blocks_are_no_text(site: Site) -> None:
    content = (
        "<!-- wp:group --><div><!-- wp:shortcode -->[gallery ids='1,2']<!-- /wp:shortcode --></div><!-- /wp:group -->"
    )
    assert site.php(f"return Unspun\\documents_of( {php_string(content)} );") == []
