"""What `/metrics` tells Prometheus. Nothing in it comes from a text, a path or a key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from api.jobs import Facts

MEDIA_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each, of no use here

EXAMPLE: Final = 'unspun_requests_total{method="POST",route="/v1/score",status="200"} 1.0\n'
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_TENTHS: Final = tuple(n / 10 for n in range(1, 11))


class Metrics:
    """The counters of one server. One process takes every request, so they hold whatever the number of workers."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        of_route = ("method", "route")
        self._requests = Counter(
            "unspun_requests", "Requests answered.", (*of_route, "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "unspun_request_seconds", "Time to the end of the answer.", of_route, buckets=_SECONDS, registry=self._registry
        )  # fmt: skip
        self._characters = Counter("unspun_characters", "Characters scored.", registry=self._registry)
        self._scores = Histogram("unspun_score", "Scores of documents.", buckets=_TENTHS, registry=self._registry)
        self._feedback = Counter("unspun_feedback", "Verdicts kept.", ("verdict",), registry=self._registry)
        self._model = Gauge(
            "unspun_model", "1 for the model that answers.", ("name", "version"), registry=self._registry
        )

    def model(self, name: str, version: str) -> None:
        self._model.labels(name, version).set(1)

    def gauge(self, name: str, help: str, value: Callable[[], float]) -> None:
        """A figure that is asked for when Prometheus comes."""
        Gauge(name, help, registry=self._registry).set_function(value)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        self._requests.labels(method, route, status).inc()
        self._seconds.labels(method, route).observe(seconds)

    def scored(self, facts: Facts) -> None:
        self._characters.inc(facts.characters)
        for score in facts.scores:
            self._scores.observe(score)

    def judged(self, verdict: str) -> None:
        self._feedback.labels(verdict).inc()

    def page(self) -> bytes:
        """The exposition format 0.0.4."""
        return generate_latest(self._registry)
