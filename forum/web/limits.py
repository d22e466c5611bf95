"""Rate limits: one table, counted atomically in memory or Redis, the same for pages and sockets.

A network is known only as a bucket: HMAC of the address's /24 or /48 under a key that lives in the counter's store
for a day and is then gone. Neither address nor bucket is ever written to the database, a log or a backup.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import logging
import secrets
import threading
import time
from dataclasses import dataclass
from typing import cast

from flask import Flask, request
from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter

from forum.core.errors import RateLimited
from forum.web.current import config

log = logging.getLogger(__name__)
KEY = "forum.limiter"
DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Rule:
    """How often one action may happen: per member, per network bucket, per site (limits' own notation)."""

    member: str = ""
    new_member: str = ""
    """Instead of `member` while trust is 0."""
    bucket: str = ""
    site: str = ""


RULES: dict[str, Rule] = {
    "join": Rule(bucket="3/hour;5/day", site="300/hour"),
    "reroll": Rule(bucket="60/hour"),
    "return": Rule(bucket="10/10 minutes;30/day"),
    "staff_login": Rule(bucket="20/15 minutes"),
    "staff_account": Rule(member="5/15 minutes"),
    "thread": Rule(member="3/3 minutes;10/day", new_member="2/10 minutes;5/day", bucket="20/hour"),
    "reply": Rule(
        member="5/20 seconds;30/10 minutes;150/day", new_member="6/3 minutes;20/hour;40/day", bucket="120/hour"
    ),
    "edit": Rule(member="30/day"),
    "delete": Rule(member="30/30 minutes"),
    "phrase": Rule(member="10/15 minutes"),
    "export": Rule(member="1/day"),
    "report": Rule(member="20/day", bucket="40/day"),
    "react": Rule(member="60/hour"),
    "search": Rule(member="30/minute", bucket="15/minute", site="150/minute"),
    "page": Rule(member="300/minute", bucket="120/minute"),
    "connect": Rule(member="20/minute", bucket="60/minute"),
    "events": Rule(member="100/minute"),
    "mod_action": Rule(member="60/10 minutes;300/day"),
}


class Limiter:
    """Counts in the configured store; when Redis is away it counts in this process and says so once."""

    def __init__(self, storage_url: str, rules: dict[str, Rule] | None = None) -> None:
        self.rules = RULES if rules is None else rules
        self._memory = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._shared = SlidingWindowCounterRateLimiter(_storage(storage_url)) if storage_url else None
        self._failing = False
        self._keys: dict[int, bytes] = {}
        self._lock = threading.Lock()

    def hit(self, action: str, *, member: str = "", address: str = "", is_new: bool = False) -> None:
        """Count one action.

        Raises:
            RateLimited: a limit is reached; `retry_after` says for how many seconds.
        """
        rule, bucket = self.rules[action], self.bucket(address)
        for limits, scope in (
            ((rule.new_member if is_new and rule.new_member else rule.member) if member else "", f"m:{member}"),
            (rule.bucket if bucket else "", f"n:{bucket}"),
            (rule.site, "site"),
        ):
            for item in _parsed(limits):
                self._count(item, action, scope)

    def _count(self, item: RateLimitItem, action: str, scope: str) -> None:
        if not self._hit(item, action, scope):
            reset = self._reset(item, action, scope)
            raise RateLimited(retry_after=max(1, min(int(reset - time.time()) + 1, DAY_SECONDS)))

    def _hit(self, item: RateLimitItem, action: str, scope: str) -> bool:
        if self._shared is not None:
            try:
                allowed = bool(self._shared.hit(item, action, scope))
                self._failing = False
                return allowed
            except (StorageError, OSError):
                self._say_once()
        return bool(self._memory.hit(item, action, scope))

    def _reset(self, item: RateLimitItem, action: str, scope: str) -> float:
        strategy = self._memory if self._failing or self._shared is None else self._shared
        try:
            return float(strategy.get_window_stats(item, action, scope).reset_time)
        except (StorageError, OSError):
            return time.time() + item.get_expiry()

    def _say_once(self) -> None:
        if not self._failing:
            self._failing = True
            log.warning("limits: the shared store does not answer; counting in this process until it does")

    def bucket(self, address: str) -> str:
        """Return today's bucket of an address, "" for none; yesterday's key is destroyed: old buckets mean nothing."""
        network = _network(address)
        if not network:
            return ""
        day = int(time.time()) // DAY_SECONDS
        with self._lock:
            if day not in self._keys:
                self._keys = {day: secrets.token_bytes(32)}
            key = self._keys[day]
        return hmac.new(key, network.encode(), hashlib.sha256).hexdigest()[:16]


def _network(address: str) -> str:
    """Return the network an address belongs to; nothing for loopback.

    Everybody who comes through an onion service or a local proxy arrives from loopback: one bucket for all of them
    would lock everybody out as soon as one person is busy, so only member and site limits count there.
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if ip.is_loopback:
        return ""
    return str(ipaddress.ip_network(f"{ip}/{24 if ip.version == 4 else 48}", strict=False))


def _parsed(limits: str) -> list[RateLimitItem]:
    return [parse(part) for part in limits.split(";") if part]


def _storage(url: str) -> Storage:
    return cast(Storage, storage_from_string(url, wrap_exceptions=True, socket_timeout=0.3, socket_connect_timeout=0.3))


def init_app(app: Flask) -> None:
    """Make the limiter of this application."""
    rules = app.config.get("LIMIT_RULES")
    app.extensions[KEY] = Limiter(app.extensions["forum.config"].redis_url, rules)


def hit(action: str, *, member: str = "", is_new: bool = False, by_network: bool = True) -> None:
    """Count one action of the current request (HTTP or socket handshake)."""
    from flask import current_app

    limiter: Limiter = current_app.extensions[KEY]
    address = client_address() if by_network else ""
    limiter.hit(action, member=member, address=address, is_new=is_new)


def client_address() -> str:
    """Return the peer's address, believed from a proxy only when one is configured; used for buckets, never kept."""
    return request.remote_addr or ("loopback" if not config().trusted_proxies else "")
