"""`unspun serve`: one front process that speaks HTTP, and worker processes that score."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
from types import FrameType
from typing import Any, Final

import uvicorn

from api import logs
from api.access import is_loopback
from api.app import build
from api.backends import Processes
from api.protocol import ServiceProtocol
from api.settings import Settings
from api.store import Store
from detector.errors import UnspunError

_LOG: Final = logging.getLogger("unspun")
_KEEP_ALIVE_SECONDS: Final = 5
_BACKLOG: Final = 2048


def serve(settings: Settings) -> int:
    """Answer until told to stop; returns the exit code. Raises UnspunError where the server cannot start."""
    listener = listen(settings)
    logs.install(settings.log_level)
    try:
        return asyncio.run(_serve(settings, listener))
    finally:
        listener.close()


async def _serve(settings: Settings, listener: socket.socket) -> int:
    store = Store.open(settings.database) if settings.database else None
    processes = Processes(settings)
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(logs.unhandled)
    starting = loop.create_task(processes.start())
    for told in (signal.SIGTERM, signal.SIGINT):  # until uvicorn takes them over
        loop.add_signal_handler(told, starting.cancel)
    try:
        await starting
        app = build(processes, settings, store)
        server = _Server(_config(app, settings), app, settings.drain_seconds)
        await server.serve(sockets=[listener])
    except asyncio.CancelledError:
        _LOG.info("stopped while starting")
    finally:
        await processes.stop()
        if store:
            store.close()
    return 0


class _Server(uvicorn.Server):
    """Stops in two steps: first no longer ready, so that a balancer sends nothing more, then no longer listening."""

    def __init__(self, config: uvicorn.Config, app: Any, drain_seconds: float) -> None:
        super().__init__(config)
        self._app = app
        self._drain_seconds = drain_seconds

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Say where only when requests and signals are listened to."""
        await super().startup(sockets)
        for listener in sockets or ():
            _announce(listener)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first signal stops gently, a second one at once."""
        if self._app.state.draining:
            self.should_exit = True
            self.force_exit = self.force_exit or sig == signal.SIGINT
            return
        self._app.state.draining = True
        loop = asyncio.get_running_loop()
        loop.call_soon_threadsafe(loop.call_later, self._drain_seconds, self._stop)

    def _stop(self) -> None:
        self.should_exit = True


def _config(app: Any, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=ServiceProtocol,
        ws="none",
        lifespan="off",
        # The app writes its own line for each request: a path or a query may hold a text.
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=settings.stop_seconds,
    )


def _announce(listener: socket.socket) -> None:
    """Say where, in a way that suits who reads."""
    host, port = listener.getsockname()[:2]
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
    if sys.stderr.isatty():
        print(f"unspun: {url}", file=sys.stderr, flush=True)
    else:
        said = _LOG.makeRecord(_LOG.name, logging.INFO, __file__, 0, "listening", (), None, extra=logs.fields(url=url))
        _LOG.handle(said)  # whatever the level


def listen(settings: Settings) -> socket.socket:
    """The listening socket. Raises UnspunError where the address cannot be had, or must not without keys."""
    host, port = settings.host, settings.port
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        if not settings.keys and not is_loopback(str(address[0])):
            raise UnspunError(
                f"without API keys the server listens on loopback only, not on {host}; `unspun key NAME` makes a key"
            )
        listener = socket.create_server(address[:2], family=family, backlog=_BACKLOG)
    except OSError as error:
        raise UnspunError(f"cannot listen on {host} port {port}: {error}") from None
    # asyncio sets this only on sockets that name their protocol, which this one does not. Without it the second part
    # of an answer waits 40 ms for the client to acknowledge the first.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
