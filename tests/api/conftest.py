from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from fake import FakeScorer
from obedient import Server
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from detector.results import Scorer

#: A client of the app with these settings, around this detector.
Serve = Callable[..., TestClient]


def _serve() -> Iterator[Serve]:
    """Makes clients of apps that score in threads of this process."""
    with ExitStack() as clients:

        def make(scorer: Scorer | None = None, **settings: Any) -> TestClient:
            app = create_app(scorer or FakeScorer(), Settings(**{"database": "", **settings}))
            client = TestClient(app, base_url="http://localhost", raise_server_exceptions=False)
            return clients.enter_context(client)

        yield make


serve = pytest.fixture(_serve)
#: The same for clients that many tests share.
serve_all = pytest.fixture(_serve, scope="module", name="serve_all")


@pytest.fixture
def started() -> Iterator[Callable[..., Server]]:
    """Starts real servers, and ends those that are still up."""
    servers: list[Server] = []

    def start(*arguments: str, **settings: object) -> Server:
        server = Server(*arguments, **settings)
        servers.append(server)
        return server.wait_until_up()

    yield start
    for server in servers:
        server.stop()
