"""`/metrics`: for the operator's Prometheus on the same machine, or with a token."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Iterable

from flask import Blueprint, Response, current_app, request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector, CollectorRegistry

from forum.core.clock import utcnow
from forum.core.diskguard import disk
from forum.core.errors import NotFound
from forum.metrics.counting import counted
from forum.metrics.figures import all_figures
from forum.web import limits, pressure
from forum.web.access import public
from forum.web.current import config
from forum.web.headers import FORWARDED, SHELL

bp = Blueprint("metrics", __name__)
PREFIX = "smallhours_"


def may_read() -> bool:
    """Tell whether this request may see the numbers.

    Loopback counts only where nobody else arrives from there: an onion service's visitors all do, and so do those of
    a proxy on the same machine, whose word is in a header.
    """
    token = config().metrics_token
    if token:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if hmac.compare_digest(given.encode(), token.encode()):
            return True
    behind_tor = any(".onion" in url for url in config().public_urls)
    return not behind_tor and not request.environ.get(FORWARDED) and _is_loopback(request.remote_addr or "")


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


class _Figures(Collector):
    """Turns our figures and the doors' counters into Prometheus' form."""

    def collect(self) -> Iterable[Metric]:
        """Return all families."""
        families: dict[str, GaugeMetricFamily] = {}
        for figure in all_figures(utcnow()):
            names = tuple(name for name, _ in figure.labels)
            family = families.setdefault(
                figure.name, GaugeMetricFamily(PREFIX + figure.name, figure.help, labels=names)
            )
            family.add_metric([value for _, value in figure.labels], figure.value)
        yield from families.values()
        yield from _doors()


def _doors() -> Iterable[Metric]:
    door, limiter = current_app.extensions[SHELL].door, limits.the_limiter()
    yield GaugeMetricFamily(PREFIX + "sockets_open", "Open live connections.", value=door.lines)
    yield GaugeMetricFamily(PREFIX + "socket_threads", "Threads they hold.", value=door.threads)
    yield GaugeMetricFamily(PREFIX + "raid_mode", "1 while newcomers' texts wait.", value=float(pressure.is_raid()))
    yield GaugeMetricFamily(PREFIX + "read_only", "1 while the disk fails.", value=float(disk.is_closed))
    for name, text, tally in (
        ("sockets_refused", "Connections turned away, by reason.", door.refused),
        ("rate_limited", "Actions refused for their rate.", limiter.refused),
    ):
        family = CounterMetricFamily(PREFIX + name, text, labels=("reason",))
        for reason, count in sorted(tally.items()):
            family.add_metric([reason], count)
        yield family


@bp.get("/metrics")
@public
def metrics() -> Response:
    """Show the numbers to those who may see them; to others this page does not exist."""
    if not may_read():
        raise NotFound
    fresh = CollectorRegistry()
    fresh.register(_Figures())
    text = generate_latest(counted().registry) + generate_latest(fresh)
    return Response(text, content_type=CONTENT_TYPE_LATEST)
