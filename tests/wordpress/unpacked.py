"""A WordPress on the disk, from Debian's package and SQLite in the place of MySQL, without root and without an engine.

Debian's `wordpress` is unpacked, not installed (that would bring a web server and a database), from an apt root of its
own, so that another suite than the machine's can be had and the machine's lists stay as they are. Archive signatures
are checked with the keyring that is on the machine.
"""

from __future__ import annotations

import fcntl
import re
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

BUILD: Final = Path(__file__).parent.parent.parent / "build" / "wordpress"
KEYRING: Final = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
#: WordPress, and the packages that its links point into.
PACKAGES: Final = ("wordpress", "php-getid3", "libjs-cropper", "libjs-lodash", "libjs-underscore")
#: Its tarball holds the SQLite drop-in as a zip; none of its dependencies is fetched.
SQLITE_CARRIER: Final = "@wp-playground/cli@3.1.56"
SQLITE_ZIP: Final = "package/sqlite-database-integration.zip"


class Unavailable(Exception):
    """What is needed cannot be had here; the message is the reason for skipping."""


def unpacked(suite: str) -> Path:
    """The folder of a WordPress of this Debian suite, fetched and unpacked once. Raises Unavailable."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with (BUILD / f"{suite}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        tree = BUILD / suite
        if not tree.is_dir():
            draft = BUILD / f"{suite}.draft"
            shutil.rmtree(draft, ignore_errors=True)
            _debian(suite, draft)
            _sqlite(draft)
            (draft / "site").rename(tree)
            shutil.rmtree(draft)
    return tree


def _debian(suite: str, draft: Path) -> None:
    root, debs, parts = draft / "apt", draft / "debs", draft / "parts"
    for folder in (root / "lists" / "partial", root / "cache" / "archives" / "partial", root / "none", debs):
        folder.mkdir(parents=True)
    (root / "status").touch()
    (root / "sources.list").write_text(f"deb [signed-by={KEYRING}] {_mirror()} {suite} main\n")
    options = {
        "Dir::State": root,
        "Dir::State::lists": root / "lists",
        "Dir::State::status": root / "status",
        "Dir::Cache": root / "cache",
        "Dir::Etc::sourcelist": root / "sources.list",
        "Dir::Etc::sourceparts": root / "none",
        "Acquire::Languages": "none",
        "APT::Sandbox::User": "root",
    }
    apt = ["apt-get", "-qq", *(f"-o{name}={value}" for name, value in options.items())]
    _run([*apt, "update"], draft)
    _run([*apt, "download", *PACKAGES], debs)
    for deb in sorted(debs.glob("*.deb")):
        _run(["dpkg-deb", "-x", str(deb), str(parts)], draft)
    installed = parts / "usr" / "share" / "wordpress"
    for unwanted in (".htaccess", "wp-config.php", "wp-content"):
        path = installed / unwanted
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    # Not `ignore_dangling_symlinks`, which looks for a link's target in the current folder.
    for link in installed.rglob("*"):
        if link.is_symlink() and not link.exists():
            link.unlink()
    shutil.copytree(installed, draft / "site")


def _mirror() -> str:
    """Where this machine gets Debian from."""
    written = "\n".join(path.read_text() for path in sorted(Path("/etc/apt").glob("sources.list.d/debian.sources")))
    found = re.search(r"^URIs:\s*(\S+/debian)/?\s*$", written, re.MULTILINE)
    return found[1] if found else "http://deb.debian.org/debian"


def _sqlite(draft: Path) -> None:
    _run(["npm", "pack", "--silent", SQLITE_CARRIER], draft)
    with tarfile.open(next(draft.glob("*.tgz"))) as tarball:
        tarball.extract(SQLITE_ZIP, draft, filter="data")
    content = draft / "site" / "wp-content"
    plugins = content / "plugins"
    plugins.mkdir(parents=True)
    with zipfile.ZipFile(draft / SQLITE_ZIP) as packed:
        packed.extractall(plugins)
    plugin = plugins / "sqlite-database-integration"
    next(plugins.glob("*sqlite-database-integration")).rename(plugin)
    shutil.copy(plugin / "db.copy", content / "db.php")


def _run(command: Sequence[str], folder: Path) -> None:
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=120)
    except (OSError, subprocess.SubprocessError) as error:
        said = str(getattr(error, "stderr", None) or error).strip().splitlines()
        raise Unavailable(f"{command[0]} {command[-1]}: {said[-1] if said else error}") from None
