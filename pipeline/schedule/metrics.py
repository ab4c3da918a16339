"""What /metrics says, counted from how the children ended and what they said."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from models.errors import ConfigError
from pipeline.schedule.health import Result
from pipeline.schedule.planning import NEWS


class Metrics:
    """Figures for Prometheus in a registry of their own. Raises ConfigError where its client is not installed."""

    def __init__(self, where: str) -> None:
        try:
            import prometheus_client as prometheus
        except ImportError:
            raise ConfigError(where, "needs a package that is not here", "pip install 'conceptwire[metrics]'") from None
        self._registry = prometheus.CollectorRegistry()
        given: dict[str, Any] = {"registry": self._registry, "namespace": "conceptwire"}
        self._jobs = prometheus.Counter("jobs", "Jobs by how they ended.", ["job", "result"], **given)
        self._seconds = prometheus.Gauge("job_seconds", "What the job last took.", ["job"], **given)
        self._running = prometheus.Gauge("job_running", "1 while the job is under way.", ["job"], **given)
        self._success = prometheus.Gauge("last_success_timestamp_seconds", "When the job last succeeded.", ["job"], **given)
        self._links = prometheus.Gauge("links", "Links above the cut.", **given)
        self._links.set(float("nan"))  # nothing is known before the first pass
        self._outcomes = prometheus.Counter("outcomes", "Entries by how they ended.", ["outcome"], **given)
        self._polls = prometheus.Counter("polls", "Polls of feeds by how they ended.", ["status"], **given)
        self._kept_out = prometheus.Gauge("lock_held_by_others", "1 where a job last found the database locked.", **given)

    def began(self, job: str) -> None:
        """A job starts."""
        self._running.labels(job).set(1)

    def ended(self, job: str, result: Result, seconds: float, now: datetime) -> None:
        """A job ends."""
        self._running.labels(job).set(0)
        self._jobs.labels(job, result).inc()
        self._seconds.labels(job).set(seconds)
        self._kept_out.set(result == "locked")
        if result == "ok":
            self._success.labels(job).set(now.timestamp())

    def said(self, job: str, counts: Mapping[str, Any]) -> None:
        """A job's own counts."""
        if job != NEWS or not isinstance(counts.get("links"), Mapping):
            return
        self._links.set(counts["links"].get("total", 0))
        for outcome, count in counts.get("outcomes", {}).items():
            self._outcomes.labels(outcome).inc(count)
        for status, count in counts.get("feeds", {}).items():
            if status != "total":
                self._polls.labels(status).inc(count)

    def text(self) -> tuple[str, bytes]:
        """Type of content, and content."""
        import prometheus_client as prometheus

        return prometheus.CONTENT_TYPE_LATEST, prometheus.generate_latest(self._registry)
