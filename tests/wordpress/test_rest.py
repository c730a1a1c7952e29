"""The plug-in's routes: who may use them, what they take, what they answer."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any, Final

import pytest

from wordpress.conftest import CLEAN, SPUN
from wordpress.service import KEY, Service
from wordpress.site import USERS, Answer, Site, free_port
from wordpress.test_service import asked

CHECK: Final = "/unspun/v1/check"
TEST: Final = "/unspun/v1/test"
TEXT: Final = "\U0001f600 " + "\n\n\U0001f6a2 ".join(SPUN)


def check(site: Site, post: int, text: str = "A few words.", user: str = "admin", **more: Any) -> Answer:
    return site.rest(user)("POST", CHECK, {"post": post, "text": text, **more})


def test_paragraphs_and_offsets_are_those_of_the_service(site: Site, service: Service) -> None:
    answer = check(site, site.post(""), TEXT)
    assert answer.status == 200
    expected = service.score(TEXT)
    model, document = expected["model"], expected["documents"][0]
    del document["id"]
    assert answer.json() == {"model": f"{model['name']}@{model['version']}", "mode": "balanced", "document": document}
    units = TEXT.encode("utf-16-le")
    spans = [span for paragraph in answer.json()["document"]["paragraphs"] for span in paragraph["spans"]]
    assert spans
    for span in spans:
        assert units[2 * span["start"] : 2 * span["end"]].decode("utf-16-le") == span["text"]


def test_ignored_phrases_are_not_reported(site: Site) -> None:
    post = site.post("")
    found = [s["text"] for p in check(site, post, TEXT).json()["document"]["paragraphs"] for s in p["spans"]]
    answer = check(site, post, TEXT, allow=[found[0], "", "x" * 1000]).json()
    left = [s["text"] for p in answer["document"]["paragraphs"] for s in p["spans"]]
    assert found[0] not in left
    assert left


def test_who_may_check_what(site: Site) -> None:
    """A text belongs to a post: who may edit that may check it."""
    posts = {user: site.post("", user=user) for user in ("author", "contributor")}
    may = {(user, owner): check(site, post, user=user).status for owner, post in posts.items() for user in USERS}
    assert may == {
        **{(user, owner): 200 for user in ("admin", "editor") for owner in posts},
        **{(user, owner): 403 for user in ("other", "subscriber") for owner in posts},
        ("author", "author"): 200,
        ("author", "contributor"): 403,
        ("contributor", "contributor"): 200,
        ("contributor", "author"): 403,
    }


def test_without_a_nonce_or_a_user_nothing_is_checked_or_tested(site: Site, service: Service) -> None:
    body = {"post": site.post(""), "text": "A few words."}
    before = asked(service)
    for route in (CHECK, TEST):
        assert site.rest("admin")("POST", route, body, nonce=False).status == 401
        assert site.rest(None)("POST", route, body, nonce=False).status == 401
    assert asked(service) == before


@pytest.mark.parametrize("post", [0, -1, 987654321, "one", None])
def test_posts_that_are_none(site: Site, post: Any) -> None:
    assert check(site, post).status in (400, 403)


def test_texts_that_are_odd(site: Site) -> None:
    post = site.post("")
    rest = site.rest()
    assert check(site, post, "").status == 200
    assert check(site, post, "a \x00 b").status == 200
    assert check(site, post, "words &amp; <b>marks</b> \\ \\u0041 \\' %s").status == 200
    assert rest("POST", CHECK, {"post": post}).status == 400
    assert rest("POST", CHECK, {"post": post, "text": ["a"]}).status == 400
    assert rest("POST", CHECK, {"post": post, "text": "a", "allow": [["b"]]}).status == 400
    for body in (b"", b"{", b'{"post": %d, "text": "\\ud83d"}' % post, b'{"post": %d, "text": "\xff"}' % post):
        answer = rest("POST", CHECK, body)
        assert answer.status == 400
        assert answer.json()["code"] in ("rest_invalid_json", "rest_missing_callback_param")


def test_a_backslash_and_an_ampersand_arrive_as_sent(site: Site, service: Service) -> None:
    text = f"C:\\notes \\' &amp; <i>x</i>\n\n{SPUN[0]}"
    assert (
        check(site, site.post(""), text).json()["document"]["paragraphs"]
        == service.score(text)["documents"][0]["paragraphs"]
    )


def test_half_a_character_in_a_form_is_replaced(site: Site) -> None:
    """What no JSON can hold may come as a form: it is checked, not passed on broken."""
    post = site.post("")
    rest = site.rest()
    address = f"{site.address}/?rest_route={urllib.parse.quote(CHECK)}"
    body = f"post={post}&text=half+%F0%9F+a+face".encode()
    request = urllib.request.Request(address, body, {"X-WP-Nonce": rest._nonce})
    with rest._open(request, timeout=60) as reply:
        assert reply.status == 200


def test_a_text_that_is_too_large(site: Site, service: Service) -> None:
    before = asked(service)
    answer = check(site, site.post(""), "word " * 250_000)
    assert answer.status == 413
    assert answer.json()["code"] == "unspun_too_large"
    assert "1 MB" in answer.json()["message"]
    assert asked(service) == before


def test_errors_of_the_service_reach_the_editor_without_the_key(site: Site, settings: Callable[..., None]) -> None:
    post = site.post("", user="author")
    settings(key="wrong-key")
    answer = check(site, post, user="author")
    assert (answer.status, answer.json()["code"]) == (502, "unspun_key")
    assert "wrong-key" not in answer.body
    settings(server=f"http://127.0.0.1:{free_port()}")
    answer = check(site, post, user="author")
    assert (answer.status, answer.json()["code"]) == (502, "unspun_unreachable")
    assert KEY not in answer.body
    assert "127.0.0.1" not in answer.json()["message"]


def test_the_connection_is_tested_by_administrators_alone(site: Site) -> None:
    answers = {user: site.rest(user)("POST", TEST, {}) for user in USERS}
    assert {user: answer.status for user, answer in answers.items()} == {
        user: 200 if user == "admin" else 403 for user in USERS
    }
    assert answers["admin"].json()["ok"] is True
    assert answers["admin"].json()["model"].startswith("unspun-en@")


def test_the_kept_key_is_tested_at_its_own_server_alone(site: Site, service: Service) -> None:
    rest = site.rest()
    assert rest("POST", TEST, {"server": service.address + "/"}).status == 200
    assert rest("POST", TEST, {"key": "wrong-key"}).json()["code"] == "unspun_key"
    other = service.address.replace("127.0.0.1", "localhost")
    answer = rest("POST", TEST, {"server": other})
    assert answer.json()["code"] == "unspun_key"
    assert "Save the new address first" in answer.json()["message"]
    assert (
        rest("POST", TEST, {"server": f"http://127.0.0.1:{free_port()}", "key": KEY}).json()["code"]
        == "unspun_unreachable"
    )
    assert rest("POST", TEST, {"server": "ftp://127.0.0.1", "key": KEY}).json()["code"] == "unspun_unreachable"


def test_what_constants_set_is_tested_as_they_set_it(
    site: Site, settings: Callable[..., None], service: Service
) -> None:
    settings(server=f"http://127.0.0.1:{free_port()}", key="kept")
    site.configure(UNSPUN_SERVER=service.address, UNSPUN_KEY=KEY)
    answer = site.rest()("POST", TEST, {"server": f"http://127.0.0.1:{free_port()}", "key": "sent"})
    assert answer.status == 200
    assert KEY not in answer.body


# The ignored phrases of a post.


def test_ignored_phrases_are_kept_with_the_post_and_seen_by_its_editors_alone(site: Site) -> None:
    post = site.post("Words.", user="author", status="publish")
    route = f"/wp/v2/posts/{post}"
    phrases = ["social employees", "  ", 'it\\\'s "so"', "social employees", "x" * 201]
    kept = site.rest("author")("POST", route, {"meta": {"_unspun_ignored": phrases}}).json()
    assert kept["meta"]["_unspun_ignored"] == ["social employees", 'it\\\'s "so"']
    assert site.php(f"return Unspun\\ignored( {post} );") == ["social employees", 'it\\\'s "so"']
    for user in (None, "subscriber"):
        seen = site.rest(user)("GET", route, nonce=user is not None)
        assert seen.status == 200
        assert "social employees" not in seen.body
    assert site.rest("other")("POST", route, {"meta": {"_unspun_ignored": []}}).status == 403
    assert site.rest("author")("POST", route, {"meta": {"_unspun_ignored": {"a": "b"}}}).status == 400
    assert "_unspun_check" not in json.dumps(kept)


def test_a_clean_article_stays_clean(site: Site) -> None:
    assert check(site, site.post(""), "\n\n".join(CLEAN)).json()["document"]["flagged"] is False
