"""The archive check, by WP-Cron, by the open page, and where it is interrupted."""

from __future__ import annotations

import json
import re
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import pytest

from wordpress.conftest import CLEAN, SPUN, blocks
from wordpress.service import Service
from wordpress.site import PATIENCE, Site, free_port

PAGE: Final = "/wp-admin/tools.php?page=unspun-archive"
GERMAN: Final = (
    "Der Gemeinderat hat am Dienstag beschlossen, den alten Bahnhof zu sanieren und dort eine Bücherei einzurichten. "
    "Die Arbeiten sollen im Frühjahr beginnen und etwa zwei Jahre dauern, sagte die Bürgermeisterin nach der Sitzung."
)
#: Some words of running English, enough to be scored; a number makes each of them a text of its own.
PLAIN: Final = (
    "The council met on Tuesday evening to talk about the old bridge by the mill, which has been closed to cars "
    "since the flood in March, and decided that it will be repaired before the end of next year. It was item {}."
)


class Between:
    """Stands between the site and the service: counts what is asked for, and may hold it up or refuse it."""

    def __init__(self, service: Service) -> None:
        self.asked: list[int] = []  # documents of each request
        self.refused = ""  # requests with this in them get a 500
        self.open = threading.Event()  # requests after the first `free` wait for it
        self.free = 1_000_000
        self.waiting = threading.Event()
        between = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                between.asked.append(len(json.loads(body)["documents"]))
                if len(between.asked) > between.free:
                    between.waiting.set()
                    between.open.wait(PATIENCE)
                if between.refused and between.refused.encode() in body:
                    self.send_error(500)
                    return
                headers = {"Content-Type": "application/json", "Authorization": self.headers["Authorization"]}
                request = urllib.request.Request(service.address + self.path, body, headers)
                with urllib.request.urlopen(request, timeout=PATIENCE) as reply:
                    answer = reply.read()
                try:
                    self.send_response(200)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(answer)))
                    self.end_headers()
                    self.wfile.write(answer)
                except OSError:
                    pass  # who asked was killed

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def stop(self) -> None:
        self.open.set()
        self._server.shutdown()
        self._thread.join(PATIENCE)
        self._server.server_close()


@pytest.fixture
def between(service: Service, settings: Callable[..., None]) -> Iterator[Between]:
    standing = Between(service)
    settings(server=standing.address)
    yield standing
    standing.stop()


@pytest.fixture(autouse=True)
def empty(site: Site) -> None:
    """No posts, and no check that was ever started."""
    site.php(
        "foreach ( get_posts( array( 'post_type' => array( 'post', 'page' ), 'post_status' => 'any', 'numberposts' => -1 ) ) as $post ) {"
        "  wp_delete_post( $post->ID, true );"
        "}"
        "delete_option( 'unspun_archive' ); delete_option( 'unspun_archive_lock' );"
        "wp_clear_scheduled_hook( 'unspun_archive_step' ); return true;"
    )


def make(site: Site, *posts: dict[str, Any]) -> list[int]:
    """Posts past REST and its gate; published unless said otherwise."""
    written = [{"post_status": "publish", "post_title": f"Post {i}", **post} for i, post in enumerate(posts)]
    (site.folder / "posts.json").write_text(json.dumps(written))
    return list(
        site.php(
            "wp_defer_term_counting( true );"
            "return array_map( fn( $post ) => wp_insert_post( wp_slash( $post ) ),"
            " json_decode( file_get_contents( __DIR__ . '/posts.json' ), true ) );"
        )
    )


def plain(site: Site, number: int) -> list[int]:
    return make(site, *({"post_content": blocks(PLAIN.format(i))} for i in range(number)))


def command(site: Site, name: str, user: str = "editor", **more: Any) -> Any:
    if name == "start":
        more = {"types": ["post"], "statuses": ["publish"], **more}
    answer = site.rest(user)("POST", "/unspun/v1/archive", {"command": name, **more})
    assert answer.status == 200, answer
    return answer.json()


def finish(site: Site) -> Any:
    """Steps as the open page asks for them, until there is no more to do."""
    end = time.monotonic() + PATIENCE
    report = command(site, "step")
    while report["state"] == "running":
        assert time.monotonic() < end, report
        report = command(site, "step")
    return report


def state(site: Site) -> Any:
    return site.php("return Unspun\\archive_state();")


def records(site: Site, posts: list[int]) -> list[Any]:
    return list(site.php(f"return array_map( 'Unspun\\recorded', {json.dumps(posts)} );"))


def alter(site: Site, **changes: Any) -> None:
    """Change the check's state behind its back."""
    site.php(
        "update_option( 'unspun_archive', array_merge( Unspun\\archive_state(),"
        f" json_decode( '{json.dumps(changes)}', true ) ) ); return true;"
    )


def lapse(site: Site) -> None:
    """What a killed process left behind is as old as it has to be."""
    site.php("return update_option( 'unspun_archive_lock', '1 gone' );")


def in_process(site: Site, code: str) -> subprocess.Popen[bytes]:
    """A PHP process inside of WordPress that may be killed."""
    script = site.folder / f"apart-{time.monotonic_ns()}.php"
    script.write_text(f"<?php require __DIR__ . '/wp-load.php'; {code}")
    return subprocess.Popen(["php", script.name], cwd=site.folder, stdin=subprocess.DEVNULL)


def dozen(site: Site) -> dict[str, int]:
    spun, clean = "\n\n".join(SPUN), "\n\n".join(CLEAN)
    posts: dict[str, dict[str, Any]] = {
        "spun": {"post_content": blocks(*SPUN)},
        "clean": {"post_content": blocks(*CLEAN)},
        "short": {"post_content": blocks("Too short for a score.")},
        "german": {"post_content": blocks(GERMAN)},
        "empty": {"post_content": ""},
        "classic": {"post_content": f"{spun}\n\n<em>The end.</em>"},
        "classic, clean": {"post_content": clean},
        "emoji": {"post_content": blocks(*(f"🙂 {paragraph}" for paragraph in SPUN))},
        "page": {"post_content": blocks(*SPUN), "post_type": "page"},
        "scheduled": {"post_content": blocks(*SPUN), "post_status": "future", "post_date": "2099-01-01 00:00:00"},
        "draft": {"post_content": blocks(*SPUN), "post_status": "draft"},
        "private": {"post_content": blocks(*CLEAN), "post_status": "private"},
    }
    titled = [{"post_title": name, **post} for name, post in posts.items()]
    return dict(zip(posts, make(site, *titled), strict=True))


def test_a_dozen_posts_on_the_open_page(site: Site, page_as: Callable[..., Any], tmp_path: Path) -> None:
    posts = dozen(site)
    page = page_as("editor")
    page.goto(site.address + PAGE)
    bar = page.get_by_role("progressbar", name="Progress")
    assert bar.get_attribute("value") == "0"
    page.screenshot(path=tmp_path / "before.png", full_page=True)
    assert page.get_by_label("Published").is_checked()
    page.get_by_label("Scheduled").check()
    page.get_by_label("Private").check()
    page.get_by_role("button", name="Start", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_text("Finished.").wait_for()
    page.screenshot(path=tmp_path / "after.png", full_page=True)
    print(tmp_path)
    shown = {
        name: page.locator(f"[data-unspun={name}]").inner_text()
        for name in ("done", "flagged", "not_scored", "unchanged", "failed", "total", "percent")
    }
    assert shown == {
        "done": "11",
        "flagged": "5",
        "not_scored": "3",
        "unchanged": "0",
        "failed": "0",
        "total": "11",
        "percent": "100%",
    }
    assert bar.get_attribute("value") == bar.get_attribute("max") == "11"
    assert page.locator("#unspun-archive button").filter(visible=True).all_inner_texts() == ["Start anew"]
    # Focus did not stay on a button that went.
    assert page.evaluate("document.activeElement.textContent") == "Start anew"
    kept = dict(zip(posts, records(site, list(posts.values())), strict=True))
    assert kept.pop("draft") is None
    assert {name for name, check in kept.items() if check["flagged"]} == {
        "spun",
        "classic",
        "emoji",
        "page",
        "scheduled",
    }
    assert {name: check["status"] for name, check in kept.items() if check["score"] is None} == {
        "short": "too_short",
        "german": "not_english",
        "empty": "too_short",
    }
    # The boxes can be used again, and what was chosen is still chosen.
    assert page.get_by_label("Scheduled").is_enabled()
    assert page.get_by_label("Scheduled").is_checked()
    assert not page.get_by_label("Draft").is_checked()
    # The link to what was flagged leads there.
    page.get_by_role("link", name="Flagged: Posts").click()
    page.wait_for_url("**/edit.php**")
    assert sorted(page.locator("#the-list .row-title").all_inner_texts()) == ["classic", "emoji", "scheduled", "spun"]


def test_without_javascript_cron_does_the_steps(site: Site, page_as: Callable[..., Any], service: Service) -> None:
    (post,) = make(site, {"post_content": blocks(*SPUN)})
    page = page_as("editor", java_script_enabled=False)
    page.goto(site.address + PAGE)
    for box in page.locator("form input[name='statuses[]']:checked").all():
        box.uncheck()
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_text("Choose at least one kind of post and one status.").wait_for()
    assert state(site)["state"] == "idle"
    page.get_by_label("Published").check()
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_text("Checking …").wait_for()
    page.get_by_role("button", name="Pause").click()
    page.get_by_text("Paused.").wait_for()
    page.get_by_role("button", name="Resume").click()
    page.get_by_text("Checking …").wait_for()
    assert records(site, [post]) == [None]
    site.rest(None).get("/wp-cron.php")
    page.reload()
    page.get_by_text("Finished.").wait_for()
    assert records(site, [post])[0]["flagged"] is True
    page.get_by_role("button", name="Start anew").click()
    page.get_by_role("button", name="Check the next posts now").click()
    page.get_by_text("Finished.").wait_for()
    assert page.locator("[data-unspun=unchanged]").inner_text() == "1"


def test_cron_goes_on_by_itself_and_ends_by_itself(site: Site) -> None:
    posts = plain(site, 30)
    scheduled = "return wp_get_schedule( 'unspun_archive_step' );"
    assert site.php(scheduled) is False
    command(site, "start")
    assert site.php(scheduled) == "unspun_minute"
    assert state(site)["done"] == 0
    # A step that was killed at its start is followed by another one.
    site.php("Unspun\\archive_lock(); return true;")
    site.rest(None).get("/wp-cron.php")
    assert state(site)["done"] == 0
    assert site.php(scheduled) == "unspun_minute"
    lapse(site)
    due = "wp_clear_scheduled_hook( 'unspun_archive_step' ); Unspun\\archive_schedule(); delete_transient( 'doing_cron' );"
    site.php(f"{due} return true;")
    site.rest(None).get("/wp-cron.php")
    assert (state(site)["state"], state(site)["done"]) == ("done", 30)
    assert None not in records(site, posts)
    assert site.php(scheduled) is False


def test_what_is_paused_stays_paused(site: Site) -> None:
    (post,) = plain(site, 1)
    command(site, "start")
    assert command(site, "pause")["state"] == "paused"
    assert site.php("return wp_next_scheduled( 'unspun_archive_step' );") is False
    assert command(site, "step")["state"] == "paused"
    site.php("do_action( 'unspun_archive_step' ); return true;")
    assert records(site, [post]) == [None]
    assert command(site, "resume")["state"] == "running"
    assert finish(site)["done"] == 1


def test_a_pause_in_the_middle_of_a_step_holds(site: Site, between: Between) -> None:
    posts = plain(site, 60)
    between.free = 1
    command(site, "start")
    step = in_process(site, "Unspun\\archive_step( 30.0 );")
    assert between.waiting.wait(PATIENCE)
    assert command(site, "pause")["state"] == "paused"
    between.open.set()
    assert step.wait(PATIENCE) == 0
    after = state(site)
    # The batch under way is not lost, and no other one follows.
    assert (after["state"], after["done"]) == ("paused", 50)
    assert [check is None for check in records(site, posts)] == [False] * 50 + [True] * 10
    command(site, "resume")
    assert finish(site)["done"] == 60
    assert sum(between.asked) == 60


def test_a_killed_process_costs_its_batch_alone(site: Site, between: Between) -> None:
    posts = plain(site, 60)
    between.free = 1
    command(site, "start")
    step = in_process(site, "Unspun\\archive_step( 30.0 );")
    assert between.waiting.wait(PATIENCE)
    step.kill()
    step.wait(PATIENCE)
    between.open.set()
    assert state(site)["done"] == 25
    # Its lock holds for a while: it might still be at work.
    assert command(site, "step")["done"] == 25
    lapse(site)
    report = finish(site)
    assert (report["state"], report["done"], report["total"], report["failed"]) == ("done", 60, 60, 0)
    assert between.asked == [25, 25, 25, 10]
    assert None not in records(site, posts)


def test_a_post_that_kills_the_process_is_passed_by(site: Site, between: Between) -> None:
    contents = (PLAIN.format(1), PLAIN.format("DEADLY"), PLAIN.format(3))
    posts = make(site, *({"post_content": blocks(content)} for content in contents))
    command(site, "start")
    deadly = (
        "add_filter( 'pre_http_request', function ( $answer, $options ) {"
        " if ( false !== strpos( (string) $options['body'], 'DEADLY' ) ) { posix_kill( getmypid(), 9 ); } return $answer;"
        "}, 1, 2 ); Unspun\\archive_step( 30.0 );"
    )
    for _ in range(20):
        if state(site)["state"] != "running":
            break
        lapse(site)
        in_process(site, deadly).wait(PATIENCE)
    after = state(site)
    assert (after["state"], after["done"], after["failed"]) == ("done", 3, 1)
    assert [failure["id"] for failure in after["failures"]] == [posts[1]]
    assert [check is None for check in records(site, posts)] == [False, True, False]


def test_two_at_once_check_no_post_twice(site: Site, between: Between) -> None:
    plain(site, 10)
    between.free = 0
    command(site, "start")
    first = in_process(site, "Unspun\\archive_step( 30.0 );")
    assert between.waiting.wait(PATIENCE)
    assert site.php("return Unspun\\archive_step( 30.0 );") is False
    between.open.set()
    first.wait(PATIENCE)
    assert state(site)["state"] == "done"
    assert between.asked == [10]
    # Where many try for the lock at once, or for a lapsed one, one gets it.
    for prepare in ("delete_option( 'unspun_archive_lock' );", "update_option( 'unspun_archive_lock', '1 gone' );"):
        site.php(f"{prepare} return true;")
        go = site.folder / "go"
        go.unlink(missing_ok=True)
        waits = (
            "while ( ! file_exists( 'go' ) ) { usleep( 100 ); clearstatcache(); }"
            " exit( '' === Unspun\\archive_lock() ? 1 : 0 );"
        )
        tries = [in_process(site, waits) for _ in range(6)]
        go.touch()
        assert sorted(one.wait(PATIENCE) for one in tries) == [0, 1, 1, 1, 1, 1]


def test_a_second_run_asks_only_for_what_changed(site: Site, service: Service, between: Between) -> None:
    posts = plain(site, 40)
    command(site, "start")
    first = finish(site)
    assert (first["done"], first["unchanged"]) == (40, 0)
    assert sum(between.asked) == 40
    before, between.asked = service.requests, []
    command(site, "start")
    again = finish(site)
    assert (again["state"], again["done"], again["unchanged"]) == ("done", 40, 40)
    assert between.asked == []
    assert service.requests == before
    content = json.dumps(blocks(*SPUN)).replace("$", "\\$")
    site.php(f"return wp_update_post( wp_slash( array( 'ID' => {posts[7]}, 'post_content' => {content} ) ) );")
    command(site, "start")
    third = finish(site)
    assert (third["done"], third["unchanged"], third["flagged"]) == (40, 39, 1)
    assert between.asked == [1]
    assert records(site, posts)[7]["flagged"] is True
    command(site, "start", again=True)
    fourth = finish(site)
    assert (fourth["done"], fourth["unchanged"], fourth["flagged"]) == (40, 0, 1), "all of them again, on request"


def test_where_the_service_is_down_it_waits_then_pauses_and_goes_on_when_told(
    site: Site, settings: Callable[..., None], page_as: Callable[..., Any], tmp_path: Path
) -> None:
    plain(site, 3)
    settings(server=f"http://127.0.0.1:{free_port()}")
    command(site, "start")
    waits = []
    for _ in range(3):
        report = command(site, "step")
        assert report["state"] == "running"
        assert "cannot be reached" in report["message"]
        assert "Trying again" in report["message"]
        waits.append(report["wait"])
        # Nothing is tried before its time.
        assert command(site, "step")["done"] == 0
        assert state(site)["begun"] == 0
        alter(site, not_before=0)
    assert waits == pytest.approx([5, 20, 60], abs=2)
    report = command(site, "step")
    assert (report["state"], report["done"]) == ("paused", 0)
    assert "cannot be reached" in report["message"]
    assert "Trying again" not in report["message"]
    assert site.php("return wp_next_scheduled( 'unspun_archive_step' );") is False
    page = page_as("editor")
    page.goto(site.address + PAGE)
    page.get_by_text("cannot be reached").wait_for()
    page.screenshot(path=tmp_path / "paused.png", full_page=True)
    print(tmp_path)
    buttons = page.locator("#unspun-archive button").filter(visible=True)
    assert buttons.all_inner_texts() == ["Resume", "Start anew"]
    settings()
    page.get_by_role("button", name="Resume").click()
    page.get_by_text("Finished.").wait_for()
    assert page.get_by_text("cannot be reached").count() == 0
    assert state(site)["done"] == 3


def test_a_wrong_key_pauses_with_the_reason_and_tells_no_key(site: Site, settings: Callable[..., None]) -> None:
    plain(site, 1)
    settings(key="not-the-key-at-all")
    command(site, "start")
    for _ in range(4):
        alter(site, not_before=0)
        report = command(site, "step")
    assert report["state"] == "paused"
    assert "does not accept the key" in report["message"]
    assert "not-the-key" not in json.dumps(report)


def test_one_post_that_cannot_be_scored_does_not_stop_the_rest(
    site: Site, between: Between, page_as: Callable[..., Any]
) -> None:
    posts = plain(site, 30)
    content = json.dumps(blocks(PLAIN.format("UNBEARABLE")))
    site.php(
        f"return wp_update_post( wp_slash( array( 'ID' => {posts[11]}, 'post_content' => {content},"
        " 'post_title' => '<b>No</b> &amp; <i>never</i>' ) ) );"
    )
    between.refused = "UNBEARABLE"
    command(site, "start")
    report = finish(site)
    assert (report["state"], report["done"], report["failed"], report["total"]) == ("done", 30, 1, 30)
    assert [failure["title"] for failure in report["failures"]] == ["No & never"]
    assert "HTTP status 500" in report["failures"][0]["message"]
    assert [check is None for check in records(site, posts)] == [i == 11 for i in range(30)]
    page = page_as("editor")
    page.goto(site.address + PAGE)
    link = page.get_by_role("link", name="No & never")
    assert f"post={posts[11]}" in link.get_attribute("href")


def test_where_every_post_fails_it_pauses(site: Site, between: Between) -> None:
    plain(site, 12)
    between.refused = "documents"
    command(site, "start")
    report = finish(site)
    assert (report["state"], report["failed"], report["done"]) == ("paused", 5, 5)
    assert report["message"].startswith("5 posts in a row")
    between.refused = ""
    command(site, "resume")
    assert finish(site)["done"] == 12
    # Those that failed are asked for again from the start.
    between.asked = []
    command(site, "start")
    report = finish(site)
    assert (report["unchanged"], report["failed"]) == (7, 0)
    assert sum(between.asked) == 5


def test_two_changes_at_the_same_moment_are_both_kept(site: Site) -> None:
    command(site, "start")
    site.php(
        "$paused = false; Unspun\\archive_change( function ( $state ) use ( &$paused ) {"
        " if ( ! $paused ) { $paused = true; Unspun\\archive_pause( 'Enough.' ); }"
        " $state['done'] += 5; return $state; } ); return true;"
    )
    after = state(site)
    assert (after["state"], after["message"], after["done"]) == ("paused", "Enough.", 5)


def test_a_fresh_start_is_not_overtaken_by_an_older_step(site: Site, between: Between) -> None:
    plain(site, 10)
    between.free = 0
    command(site, "start")
    step = in_process(site, "Unspun\\archive_step( 30.0 );")
    assert between.waiting.wait(PATIENCE)
    command(site, "start")
    between.open.set()
    step.wait(PATIENCE)
    report = finish(site)
    assert (report["done"], report["total"], report["unchanged"]) == (10, 10, 10)


@pytest.mark.parametrize(
    ("user", "status"), [(None, 401), ("subscriber", 403), ("contributor", 403), ("author", 403), ("editor", 200)]
)
def test_who_may(site: Site, user: str | None, status: int) -> None:
    rest = site.rest(user)
    assert rest("GET", "/unspun/v1/archive", nonce=user is not None).status == status
    for name in ("start", "pause", "resume", "step"):
        body = {"command": name, "types": ["post"], "statuses": ["publish"]}
        assert rest("POST", "/unspun/v1/archive", body, nonce=user is not None).status == status
    assert ('id="unspun-archive"' in rest.get(PAGE).body) is (status == 200)
    if status != 200:
        assert state(site)["state"] == "idle"
        post = rest.get("/wp-admin/admin-post.php?action=unspun_archive&command=start&types[]=post&statuses[]=publish")
        assert user is None or post.status == 403
        assert state(site)["state"] == "idle"
    else:
        # Not without the form's nonce, and not without REST's.
        site.php("delete_option( 'unspun_archive' ); return true;")
        assert rest.get("/wp-admin/admin-post.php?action=unspun_archive&command=resume").status == 403
        assert rest("GET", "/unspun/v1/archive", nonce=False).status == 401


def test_what_cannot_be_done_is_refused(site: Site) -> None:
    for body in (
        {"command": "burn"},
        {},
        {"command": "start"},
        {"command": "start", "types": ["post"], "statuses": []},
        {"command": "start", "types": ["attachment", "revision"], "statuses": ["publish"]},
        {"command": "start", "types": ["post"], "statuses": ["trash", "auto-draft", "' OR 1=1 -- "]},
        {"command": "start", "types": [["post"]], "statuses": ["publish"]},
    ):
        assert site.rest("editor")("POST", "/unspun/v1/archive", body).status == 400, body
    assert state(site)["state"] == "idle"


def test_the_page_tries_again_where_the_site_does_not_answer(site: Site, page_as: Callable[..., Any]) -> None:
    plain(site, 1)
    command(site, "start")
    page = page_as("editor")
    page.clock.install()
    refused = []

    def refuse(route: Any) -> None:
        if len(refused) < 2:
            refused.append(route.request.post_data)
            route.fulfill(status=500, json={"code": "broken", "message": "The database is on holiday."})
        else:
            route.continue_()

    asked = re.compile(r"rest_route=.*unspun.*archive")
    page.route(asked, refuse)
    page.goto(site.address + PAGE)
    page.clock.run_for(100)
    page.locator("#unspun-archive-error", has_text="The database is on holiday.").wait_for()
    with page.expect_response(asked):
        page.clock.run_for(5_100)
    page.locator("#unspun-archive-error", has_text="The database is on holiday.").wait_for()
    with page.expect_response(asked):
        page.clock.run_for(10_100)
    page.get_by_text("Finished.").wait_for()
    assert len(refused) == 2
    assert not page.locator("#unspun-archive-error").is_visible()


def test_no_text_is_kept(site: Site) -> None:
    make(site, {"post_content": blocks(*SPUN)})
    command(site, "start")
    assert finish(site)["flagged"] == 1
    kept = site.php(
        "global $wpdb; return array( $wpdb->get_col( \"SELECT option_value FROM $wpdb->options WHERE option_name LIKE '%unspun%'\" ),"
        " $wpdb->get_col( \"SELECT meta_value FROM $wpdb->postmeta WHERE meta_key LIKE '%unspun%'\" ) );"
    )
    assert all(kept)
    words = set(re.findall(r"\w{4,} \w{4,} \w{4,}", SPUN[0]))
    assert words
    assert not any(phrase in json.dumps(kept) for phrase in words)


def test_switching_off_pauses(site: Site) -> None:
    plain(site, 1)
    command(site, "start")
    plugins = "require_once ABSPATH . 'wp-admin/includes/plugin.php';"
    site.php(f"{plugins} deactivate_plugins( 'unspun/unspun.php' ); return true;")
    try:
        assert site.php("return wp_next_scheduled( 'unspun_archive_step' );") is False
        assert site.php("return get_option( 'unspun_archive' )['state'];") == "paused"
    finally:
        site.php(f"{plugins} activate_plugin( 'unspun/unspun.php' ); return true;")
    assert command(site, "resume")["state"] == "running"
    assert finish(site)["state"] == "done"


def test_how_many_posts_it_checks_in_a_second(site: Site, service: Service) -> None:
    plain(site, 250)
    before = service.requests
    command(site, "start")
    began = time.monotonic()
    report = finish(site)
    took = time.monotonic() - began
    assert (report["done"], report["failed"]) == (250, 0)
    assert service.requests - before == 10
    print(f"250 short posts in {took:.1f} s: {250 / took:.0f} posts per second")
    began = time.monotonic()
    command(site, "start")
    assert finish(site)["unchanged"] == 250
    print(f"250 unchanged posts passed over in {time.monotonic() - began:.1f} s")
    assert took < PATIENCE
