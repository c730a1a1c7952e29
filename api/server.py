"""`unspun serve`: uvicorn around the app."""

from __future__ import annotations

import socket
import sys

import uvicorn

from api.app import create_app
from detector.errors import UnspunError
from detector.results import Scorer

_WARM_UP = "The first request should not be the one that pays for loading what is loaded late. " * 3


def serve(detector: Scorer, host: str, port: int) -> int:
    """Answer until interrupted; returns the exit code. Raises UnspunError where the address cannot be had."""
    detector.score(_WARM_UP)
    listener = _listen(host, port)
    name, bound = listener.getsockname()[:2]
    print(f"unspun: http://{f'[{name}]' if ':' in name else name}:{bound}/docs", file=sys.stderr, flush=True)
    # No access log: a path or a query may hold a text.
    config = uvicorn.Config(create_app(detector), access_log=False, log_level="warning", timeout_graceful_shutdown=10)
    uvicorn.Server(config).run(sockets=[listener])
    return 0


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family, backlog=2048)
    except OSError as error:
        raise UnspunError(f"cannot listen on {host} port {port}: {error}") from None
