"""Clients written for LanguageTool, as their registries give them, against a running server of ours."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote_plus, urlsplit

import pytest
from fake import CLEAN, SPUN, unspun

from api.access import new_key

TEXT = f"🙂🙂 {SPUN}\n\n{CLEAN}\n"
CORRECTED = TEXT.replace("social employees", "social workers")
SECRET, KEY = new_key("editor", ["score"])
NODE_MODULES = Path(os.environ.get("UNSPUN_NODE_MODULES", ""))
GRAMMA = NODE_MODULES / "gramma" / "src" / "cli.js"

needs_gramma = pytest.mark.skipif(
    not (os.environ.get("UNSPUN_NODE_MODULES") and GRAMMA.exists() and shutil.which("node")),
    reason="needs node and gramma from npm in the folder that UNSPUN_NODE_MODULES names",
)


@contextmanager
def running(**environment: str) -> Iterator[str]:
    """The address of a server, without a slash at its end."""
    process = unspun("serve", "--port", "0", "--workers", "1", **environment)
    assert process.stderr is not None
    address = re.search(rb"http://[\w.]+:\d+", process.stderr.readline())
    assert address
    try:
        yield address[0].decode()
    finally:
        process.terminate()
        process.communicate(timeout=30)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running() as address:
        yield address


@pytest.fixture(scope="module")
def locked_url() -> Iterator[str]:
    """A server with a key."""
    with running(UNSPUN_KEYS=json.dumps([KEY.model_dump(mode="json")])) as address:
        yield address


def ran(*command: str | Path, stdin: str = "", home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        check=False,
        input=stdin,
        cwd=home,
        env={**os.environ, "HOME": str(home), "PYTHONUTF8": "1", "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        timeout=120,
    )


class TestLanguageToolPython:
    """`pip install language-tool-python`"""

    def test_it_finds_what_stands_there(self, url: str) -> None:
        library = pytest.importorskip("language_tool_python")
        with library.LanguageTool("en-US", remote_server=url) as tool:
            (match,) = tool.check(TEXT)
            assert TEXT[match.offset : match.offset + match.error_length] == "social employees"
            assert (match.rule_id, match.category, match.rule_issue_type) == ("UNSPUN_WORD_CHOICE", "UNSPUN", "style")
            assert match.replacements == ["social workers"]
            assert match.get_line_and_column(TEXT)[0] == 1
            assert tool.correct(TEXT) == CORRECTED

    def test_its_settings_are_honoured(self, url: str) -> None:
        library = pytest.importorskip("language_tool_python")
        with library.LanguageTool("auto", remote_server=url) as tool:
            tool.picky = True
            tool.disabled_rules = {"WHITESPACE_RULE"}
            tool.preferred_variants = {"en-GB"}
            assert len(tool.check(TEXT)) == 1
            tool.disabled_categories = {"UNSPUN"}
            assert tool.check(TEXT) == []

    def test_it_says_our_errors(self, url: str) -> None:
        library = pytest.importorskip("language_tool_python")
        with library.LanguageTool("en-US", remote_server=url) as tool:
            tool.enabled_rules_only = True
            with pytest.raises(library.exceptions.LanguageToolError, match="Error: You must enable rules"):
                tool.check(TEXT)

    def test_its_command(self, url: str, tmp_path: Path) -> None:
        pytest.importorskip("language_tool_python")
        (tmp_path / "text.txt").write_text(TEXT, encoding="utf-8")
        parts = urlsplit(url)
        remote = ("--remote-host", str(parts.hostname), "--remote-port", str(parts.port))
        command = (sys.executable, "-m", "language_tool_python", *remote, "-l", "en-US")
        found = ran(*command, "text.txt", home=tmp_path)
        assert found.returncode == 2, found.stderr
        assert "UNSPUN_WORD_CHOICE" in found.stdout
        assert ran(*command, "--apply", "text.txt", home=tmp_path).stdout.strip() == CORRECTED.strip()


class TestPyLanguagetool:
    """`pip install pylanguagetool 'setuptools<81'`"""

    def test_its_command(self, url: str, tmp_path: Path) -> None:
        pytest.importorskip("pkg_resources", reason="pylanguagetool needs setuptools before 81")
        pytest.importorskip("pylanguagetool")
        run = "from pylanguagetool import main; main()"
        options = ("-a", f"{url}/v2/", "--no-color", "--rules", "--rule-categories", "--explain-rule")
        command = (sys.executable, "-c", run, *options)
        found = ran(*command, "--lang", "en-US", stdin=SPUN, home=tmp_path)
        assert found.returncode == 1, found.stderr
        for said in ("English (US) detected", "social workers", "UNSPUN_WORD_CHOICE", "Reworded text", "Unspun"):
            assert said in found.stdout
        nothing = ran(sys.executable, "-c", run, "-a", f"{url}/v2/", stdin=CLEAN, home=tmp_path)
        assert nothing.returncode == 0, nothing.stderr


@needs_gramma
class TestGramma:
    """`npm i gramma`: the client that sends annotations"""

    def config(self, url: str, home: Path, **more: str) -> None:
        config = {"api_url": f"{url}/v2/check", "language": "en-US", "rules": {}, **more}
        (home / ".gramma.json").write_text(json.dumps(config), encoding="utf-8")
        marked = SPUN.replace("social employees", "**social employees**").replace("every day", "[every day](x.html)")
        (home / "text.md").write_text(f"# Towns 🙂\n\n{marked}\n", encoding="utf-8")
        (home / "clean.md").write_text(CLEAN, encoding="utf-8")

    def test_it_checks_markdown(self, url: str, tmp_path: Path) -> None:
        self.config(url, tmp_path)
        found = ran("node", GRAMMA, "check", "-p", "-n", "-m", "text.md", home=tmp_path)
        assert found.returncode == 1
        assert "social workers" in found.stdout
        assert "incorporating **social employees**, police" in re.sub(r"\x1b\[\d+m", "", found.stdout)
        clean = ran("node", GRAMMA, "check", "-p", "-n", "clean.md", home=tmp_path)
        assert clean.returncode == 0, clean.stdout

    def test_its_key_is_ours(self, locked_url: str, tmp_path: Path) -> None:
        self.config(locked_url, tmp_path, api_key=SECRET)
        assert "social workers" in ran("node", GRAMMA, "check", "-p", "-n", "text.md", home=tmp_path).stdout
        self.config(locked_url, tmp_path)
        refused = ran("node", GRAMMA, "check", "-p", "-n", "text.md", home=tmp_path)
        assert "Details: Error: " in refused.stdout


def sent_like_emacs(url: str, fields: str) -> tuple[str, bytes]:
    """Head and body of the reply to a client that shuts its sending side at once, and reads until the end."""
    request = (
        f"POST /v2/check HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(fields)}\r\n\r\n{fields}"
    )
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as connection:
        connection.sendall(request.encode())
        connection.shutdown(socket.SHUT_WR)
        with connection.makefile("rb") as stream:
            head, _, body = stream.read().partition(b"\r\n\r\n")
    return head.decode(), body


class TestEmacs:
    """langtool.el is in no registry; this does on the wire what it does."""

    def test_it_is_answered_though_it_half_closes(self, url: str) -> None:
        began = time.monotonic()
        for _ in range(20):
            head, body = sent_like_emacs(url, f"language=en-US&text={quote_plus(SPUN)}&disabledRules")
            lines = [line.lower() for line in head.split("\r\n")]
            assert lines[0] == "http/1.1 200 ok"
            assert "content-type: application/json" in lines
            assert f"content-length: {len(body)}" in lines
            assert json.loads(body)["matches"][0]["replacements"] == [{"value": "social workers"}]
        assert time.monotonic() - began < 20

    def test_an_error_is_text(self, url: str) -> None:
        head, body = sent_like_emacs(url, "text=x")
        assert "400" in head.split("\r\n")[0]
        assert body.startswith(b"Error: ")


class TestBrowserAddOn:
    """It is in no registry either; it calls from any page, with the key as a password."""

    def test_the_key_is_the_password(self, locked_url: str) -> None:
        fields = f"useragent=webextension-firefox&language=auto&username=me&text={quote_plus(SPUN)}&password="
        head, body = sent_like_emacs(locked_url, fields + quote_plus(SECRET))
        assert "access-control-allow-origin: *" in head.lower()
        assert len(json.loads(body)["matches"]) == 1
        head, body = sent_like_emacs(locked_url, fields + "wrong")
        assert "access-control-allow-origin: *" in head.lower()
        assert body.startswith(b"Error: ")
