"""A WordPress that runs on 127.0.0.1, with the plug-in in it, and a way to speak to it as any of its users."""

from __future__ import annotations

import contextlib
import http.cookiejar
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any, Final, NamedTuple

from wordpress.unpacked import Unavailable, unpacked

HERE: Final = Path(__file__).parent
PLUGIN: Final = HERE.parent.parent / "wordpress" / "unspun"
PASSWORD: Final = "password"
USERS: Final = ("admin", "editor", "author", "other", "contributor", "subscriber")
WORKERS: Final = 4
PATIENCE: Final = 60
CONFIG: Final = """<?php
define( 'DB_NAME', 'site' );
define( 'DB_DIR', __DIR__ . '/database/' );
define( 'DB_FILE', 'site.sqlite' );
define( 'WP_HOME', '{address}' );
define( 'WP_SITEURL', '{address}' );
define( 'WP_DEBUG', true );
define( 'WP_DEBUG_DISPLAY', false );
define( 'WP_DEBUG_LOG', __DIR__ . '/debug.log' );
define( 'AUTOMATIC_UPDATER_DISABLED', true );
define( 'DISABLE_WP_CRON', true );
define( 'WP_ENVIRONMENT_TYPE', 'local' );
foreach ( array( 'AUTH_KEY', 'SECURE_AUTH_KEY', 'LOGGED_IN_KEY', 'NONCE_KEY', 'AUTH_SALT', 'SECURE_AUTH_SALT', 'LOGGED_IN_SALT', 'NONCE_SALT' ) as $name ) {{
    define( $name, 'for tests alone: ' . $name );
}}
if ( file_exists( __DIR__ . '/more-config.php' ) ) {{
    require __DIR__ . '/more-config.php';
}}
$table_prefix = 'wp_';
if ( ! defined( 'ABSPATH' ) ) {{
    define( 'ABSPATH', __DIR__ . '/' );
}}
require_once ABSPATH . 'wp-settings.php';
"""
#: Runs what the tests send, in a process that has WordPress's code at hand already.
RUN: Final = """<?php
if ( ! hash_equals( 'SECRET', $_SERVER['HTTP_X_RUN'] ?? '' ) ) {
    http_response_code( 403 );
    exit;
}
$code = file_get_contents( 'php://input' );
require __DIR__ . '/wp-load.php';
$run = static function () use ( $code ) { return eval( $code ); };
echo "\\n", wp_json_encode( $run() );
"""


class Answer(NamedTuple):
    """What came back over HTTP."""

    status: int
    body: str

    def json(self) -> Any:
        return json.loads(self.body)


class Rest:
    """The REST API as one user sees it, by cookie and nonce, as the editor calls it; user None: a visitor."""

    def __init__(self, address: str, user: str | None) -> None:
        self._address = address
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._open = urllib.request.build_opener(cookies).open
        self._nonce = ""
        if user:
            form = urllib.parse.urlencode({"log": user, "pwd": PASSWORD, "testcookie": "1"}).encode()
            self._open(f"{address}/wp-login.php", timeout=PATIENCE).read()
            self._open(f"{address}/wp-login.php", form, timeout=PATIENCE).read()
            self._nonce = self.get("/wp-admin/admin-ajax.php?action=rest-nonce").body

    def get(self, path: str) -> Answer:
        """A page of the site."""
        return self._send(urllib.request.Request(self._address + path))

    def __call__(self, method: str, route: str, body: Any = None, *, nonce: bool = True, **query: str) -> Answer:
        """A REST route, such as `/unspun/v1/check`. body: JSON, or bytes to be sent as they are."""
        asked = urllib.parse.urlencode({"rest_route": route, **query})
        sent = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", **({"X-WP-Nonce": self._nonce} if nonce else {})}
        return self._send(urllib.request.Request(f"{self._address}/?{asked}", sent, headers, method=method))

    def _send(self, request: urllib.request.Request) -> Answer:
        try:
            with self._open(request, timeout=PATIENCE) as reply:
                return Answer(reply.status, reply.read().decode())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.read().decode())


class Site:
    """One site in a folder of its own, with the plug-in active or without it.

    Raises Unavailable where WordPress or PHP cannot be had.
    """

    def __init__(self, folder: Path, suite: str, *, plugin: bool = True) -> None:
        if not shutil.which("php"):
            raise Unavailable("no PHP on this machine: apt-get install php-cli php-sqlite3 php-mbstring")
        self.folder = folder / "site"
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        # The many files that are never written are shared with the unpacked tree.
        shutil.copytree(unpacked(suite), self.folder, copy_function=os.link)
        content = self.folder / "wp-content"
        for name in ("themes/plain", "mu-plugins", "uploads"):
            (content / name).mkdir(parents=True)
        (content / "themes/plain/style.css").write_text("/* Theme Name: Plain */\n")
        (content / "themes/plain/index.php").write_text(
            "<?php wp_head(); while ( have_posts() ) { the_post(); the_content(); } wp_footer();\n"
        )
        if plugin:
            (content / "plugins/unspun").symlink_to(PLUGIN)
        shutil.copy(HERE / "quiet.php", content / "mu-plugins")
        shutil.copy(HERE / "install.php", self.folder)
        (self.folder / "database").mkdir()
        (self.folder / "wp-config.php").write_text(CONFIG.format(address=self.address))
        self.version = self._command("install.php")
        (self.folder / "install.php").unlink()
        self._secret = secrets.token_hex()
        (self.folder / "run.php").write_text(RUN.replace("SECRET", self._secret))
        self._log = (self.folder / "php.log").open("wb")
        self._server = subprocess.Popen(
            ["php", "-d", "opcache.enable_cli=1", "-S", f"127.0.0.1:{self.port}", "-t", str(self.folder)],
            env={**os.environ, "PHP_CLI_SERVER_WORKERS": str(WORKERS)},
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,  # its workers outlive it, unless the whole group is ended
        )
        self._users: dict[str | None, Rest] = {}
        self._wait()

    def rest(self, user: str | None = "admin") -> Rest:
        """The site as this user sees it; logged in once."""
        if user not in self._users:
            self._users[user] = Rest(self.address, user)
        return self._users[user]

    def php(self, code: str) -> Any:
        """The JSON value of what this code returns, run inside of WordPress as nobody; `return get_option( 'x' );`."""
        request = urllib.request.Request(f"{self.address}/run.php", code.encode(), {"X-Run": self._secret})
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as reply:
                return json.loads(reply.read().decode().rpartition("\n")[2])
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{error}\n{self._logged}") from None

    def post(self, content: str, user: str = "admin", **fields: Any) -> int:
        """A new post over REST, a draft unless said otherwise; its id."""
        made = self.rest(user)("POST", "/wp/v2/posts", {"title": "A post", "content": content, **fields})
        assert made.status == 201, made
        return int(made.json()["id"])

    def configure(self, **constants: str) -> None:
        """Constants that wp-config.php defines from now on; none: none."""
        more = self.folder / "more-config.php"
        more.write_text("<?php\n" + "".join(f"define( '{name}', '{value}' );\n" for name, value in constants.items()))
        self.php("return opcache_reset();")

    @property
    def left(self) -> list[str]:
        """Hosts that PHP tried to ask, other than this machine."""
        log = self.folder / "wp-content" / "left.log"
        return log.read_text().split() if log.exists() else []

    @property
    def complaints(self) -> list[str]:
        """Notices, warnings and errors of PHP in the plug-in's files."""
        log = self.folder / "debug.log"
        return [line for line in log.read_text().splitlines() if "unspun" in line] if log.exists() else []

    def stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._server.pid, signal.SIGKILL)
        self._server.wait()
        self._log.close()

    def _command(self, script: str) -> str:
        done = subprocess.run(
            ["php", script],
            cwd=self.folder,
            capture_output=True,
            check=False,
            text=True,
            timeout=PATIENCE,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 0, f"{done.stderr}\n{self._logged or done.stdout}"
        return done.stdout

    @property
    def _logged(self) -> str:
        log = self.folder / "debug.log"
        return log.read_text()[-2000:] if log.exists() else ""

    def _wait(self) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.address}/wp-login.php", timeout=5):
                return
            time.sleep(0.05)
        raise AssertionError(f"the site does not answer: {(self.folder / 'php.log').read_text()}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
