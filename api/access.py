"""Who may do what: API keys with roles, or, where there are none, the machine itself."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
import re
import secrets
from collections.abc import Collection, Iterable, Iterator, Sequence
from http import HTTPStatus
from typing import Final

from fastapi import Request
from pydantic import ValidationError

from api.problems import Problem
from api.settings import Key, Role
from detector.errors import UnspunError

#: The roles that a key must have one of, for what asks for a role.
_SUFFICE: Final[dict[Role, frozenset[Role]]] = {
    "score": frozenset({"score", "admin"}),
    "feedback": frozenset({"feedback", "admin"}),
    "admin": frozenset({"admin"}),
}
_LOCAL: Final = re.compile(r"(?:(?:[a-z0-9-]+\.)*localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?", re.IGNORECASE)


def new_key(name: str, roles: Iterable[Role]) -> tuple[str, Key]:
    """A fresh secret of 256 random bits, and the entry that recognises it.

    So long a random secret cannot be found by trying, so one round of SHA-256 is enough to keep it by.
    """
    secret = f"unspun_{secrets.token_urlsafe(32)}"
    return secret, Key(name=name, sha256=_digest(secret), roles=frozenset(roles))


def described_key(name: str, roles: Iterable[Role]) -> Iterator[str]:
    """Lines that show a fresh key once, and the entry for the settings file. Raises UnspunError for a bad name."""
    try:
        secret, key = new_key(name, roles)
    except ValidationError:
        raise UnspunError("a name has 1 to 64 letters, digits, - . or _") from None
    yield f"# The key itself, shown this once: {secret}"
    yield "[[keys]]"
    yield f'name = "{key.name}"'
    yield f'sha256 = "{key.sha256}"'
    yield f"roles = {json.dumps(sorted(key.roles))}"


def presented(request: Request) -> str | None:
    """The key in our own headers: `Authorization: Bearer …` or `X-API-Key`."""
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    return credentials.strip() if scheme.lower() == "bearer" else request.headers.get("x-api-key")


class Access:
    """Checks requests against the keys; without any, against the name by which the server was called."""

    def __init__(self, keys: Sequence[Key], origins: Collection[str]) -> None:
        """origins: of web pages that may call."""
        self._keys = tuple(keys)
        self._origins = frozenset(origins)

    def check(self, request: Request, role: Role | None, secret: str | None, any_origin: bool) -> Key | None:
        """The key of the caller, None where the server has none. Raises Problem.

        role None: any role will do. any_origin: where there are no keys, pages from anywhere may call.
        """
        if not self._keys:
            _called_locally(request)
            if not any_origin:
                self._called_from_our_pages(request)
            return None
        if not secret:
            raise Problem(
                HTTPStatus.UNAUTHORIZED,
                "Send an API key, as Authorization: Bearer KEY or as X-API-Key: KEY.",
                headers={"WWW-Authenticate": "Bearer"},
            )
        key = self._known(secret)
        if key is None:
            raise Problem(
                HTTPStatus.UNAUTHORIZED,
                "This API key is not valid here.",
                headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
            )
        if role and not key.roles & _SUFFICE[role]:
            raise Problem(HTTPStatus.FORBIDDEN, f"This API key lacks the role {role}.")
        return key

    def _called_from_our_pages(self, request: Request) -> None:
        """A browser lets any page send what looks like a form, to this machine too, and says whose page it is."""
        origin = request.headers.get("origin")
        if origin is None or origin in self._origins or "*" in self._origins:
            return
        if origin.partition("://")[2] != request.headers.get("host"):
            raise Problem(HTTPStatus.FORBIDDEN, "Without API keys this server answers to no other site's pages.")

    def _known(self, secret: str) -> Key | None:
        """Compares with every key, whatever was found, so that the time it takes says nothing."""
        digest = _digest(secret)
        matches = [key for key in self._keys if hmac.compare_digest(digest, key.sha256)]
        return matches[0] if matches else None


def is_loopback(address: str) -> bool:
    """Whether an IP address is this machine's own."""
    return ipaddress.ip_address(address.partition("%")[0]).is_loopback


def _called_locally(request: Request) -> None:
    """A web page elsewhere may point a name of its own at this machine (DNS rebinding); its calls carry that name."""
    named = _LOCAL.fullmatch(request.headers.get("host", "localhost"))
    if not named or _is_elsewhere(request.client.host if request.client else ""):
        raise Problem(
            HTTPStatus.FORBIDDEN, "Without API keys this server answers only to localhost, 127.0.0.1 and ::1."
        )


def _is_elsewhere(client: str) -> bool:
    """Whether the caller's address is another machine's; a Unix socket has none."""
    try:
        return not is_loopback(client)
    except ValueError:
        return False


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
