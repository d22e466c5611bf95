"""Rate limits: one table, counted atomically in memory or Redis, the same for pages and sockets.

A network is known only as a bucket: HMAC of the address's /24 or /48 under a key that lives in the counter's store
for a day (26 hours in Redis, where several instances share it) and is then gone. Neither address nor bucket is ever
written to the database, a log or a backup.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import logging
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from flask import Flask, current_app, request
from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from forum.core.errors import RateLimited
from forum.web.current import config

log = logging.getLogger(__name__)
KEY = "forum.limiter"
DAY_SECONDS = 86_400
KEY_SECONDS = 26 * 3600
AWAY_SECONDS = 5.0
"""How long a store that did not answer is left alone."""
REDIS_SECONDS = 0.3
_TIMEOUTS: dict[str, Any] = {"socket_timeout": REDIS_SECONDS, "socket_connect_timeout": REDIS_SECONDS}
_CIRCUITS = ipaddress.ip_network("fc00:dead:beef:4dad::/64")
"""Tor's made-up network for `HiddenServiceExportCircuitID haproxy`: the last 32 bits number a circuit."""
T = TypeVar("T")


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
    "join_unproved": Rule(bucket="2/hour;3/day"),
    "join_busy": Rule(site="60/hour"),
    "join_raid": Rule(site="60/hour"),
    "newcomer_posts": Rule(site="300/hour"),
    "newcomer_raid": Rule(member="1/10 minutes;5/day", site="20/10 minutes"),
    "reroll": Rule(bucket="60/hour"),
    "return": Rule(bucket="10/10 minutes;30/day"),
    "wrong_words": Rule(site="500/10 minutes"),
    "staff_login": Rule(bucket="20/15 minutes"),
    "staff_tries": Rule(site="60/10 minutes"),
    "staff_account": Rule(member="5/15 minutes"),
    "thread": Rule(member="3/3 minutes;10/day", new_member="2/10 minutes;5/day", bucket="20/hour"),
    "reply": Rule(
        member="5/20 seconds;30/10 minutes;150/day", new_member="6/3 minutes;20/hour;40/day", bucket="120/hour"
    ),
    "chat": Rule(member="10/minute;200/hour", new_member="5/15 seconds;60/hour"),
    "room": Rule(member="30/minute"),
    "slow": Rule(member="1/10 minutes"),
    "edit": Rule(member="30/day"),
    "delete": Rule(member="30/30 minutes"),
    "phrase": Rule(member="10/15 minutes"),
    "export": Rule(member="1/day"),
    "report": Rule(member="20/day", bucket="40/day"),
    "silent_line": Rule(bucket="10/hour;20/day", site="300/hour"),
    "react": Rule(member="60/hour"),
    "search": Rule(member="30/minute", bucket="15/minute", site="150/minute"),
    "page": Rule(member="300/minute", bucket="120/minute"),
    "form": Rule(member="120/minute", bucket="60/minute"),
    "connect": Rule(member="20/minute", bucket="60/minute"),
    "events": Rule(member="100/minute"),
    "mod_action": Rule(member="60/10 minutes;300/day"),
}


NEWCOMERS_SEND = frozenset({"thread", "reply", "chat"})


class Limiter:
    """Counts in the configured store; when Redis is away it counts in this process and says so once."""

    def __init__(self, storage_url: str, rules: dict[str, Rule] | None = None) -> None:
        self.rules = RULES if rules is None else rules
        self._memory = MemoryStorage()
        self._shared = _storage(storage_url) if storage_url else None
        self._counters = {id(store): SlidingWindowCounterRateLimiter(store) for store in self._stores()}
        self._client = _client(storage_url) if storage_url else None
        self._away_until = 0.0
        self._keys: dict[tuple[str, int], bytes] = {}
        self._lock = threading.Lock()
        self.refused: Counter[str] = Counter()
        """How often each action was refused; for the metrics."""

    def _stores(self) -> list[Storage]:
        return [self._memory] if self._shared is None else [self._shared, self._memory]

    def _ask(self, question: Callable[[Storage], T]) -> T:
        """Ask the shared store, or this process's own while the shared one is away.

        After a failure Redis is left alone for five seconds: a hanging one would cost every request its time-out.
        """
        if self._shared is not None and time.monotonic() >= self._away_until:
            try:
                return question(self._shared)
            except (StorageError, OSError):
                self._is_away()
        return question(self._memory)

    def _is_away(self) -> None:
        self._away_until = time.monotonic() + AWAY_SECONDS
        log.warning("limits: the shared store does not answer; counting in this process until it does")

    # ── counting ────────────────────────────────────────────────────────────────────────────────────────────────

    def hit(self, action: str, *, member: str = "", address: str = "", is_new: bool = False) -> None:
        """Count one action.

        Raises:
            RateLimited: a limit is reached; `retry_after` says for how many seconds.
        """
        for item, scope in self._items(action, member=member, address=address, is_new=is_new):
            if not self._ask(lambda store, i=item, s=scope: self._counters[id(store)].hit(i, action, s)):  # type: ignore[misc]
                self.refused[action] += 1
                raise RateLimited(retry_after=self._seconds_left(item, action, scope))

    def has_room(self, action: str, *, member: str = "", address: str = "") -> bool:
        """Tell whether one more would pass; counts nothing."""
        return all(
            self._ask(lambda store, i=item, s=scope: self._counters[id(store)].test(i, action, s))  # type: ignore[misc]
            for item, scope in self._items(action, member=member, address=address, is_new=False)
        )

    def try_hit(self, action: str, *, member: str = "", address: str = "") -> bool:
        """Count one action and tell whether it was within its limits."""
        try:
            self.hit(action, member=member, address=address)
        except RateLimited:
            return False
        return True

    def _items(self, action: str, *, member: str, address: str, is_new: bool) -> list[tuple[RateLimitItem, str]]:
        rule, bucket = self.rules[action], self.bucket(address)
        own = rule.new_member if is_new and rule.new_member else rule.member
        scopes = ((own if member else "", f"m:{member}"), (rule.bucket if bucket else "", f"n:{bucket}"))
        return [(item, scope) for limits, scope in (*scopes, (rule.site, "site")) for item in _parsed(limits)]

    def _seconds_left(self, item: RateLimitItem, action: str, scope: str) -> int:
        stats = self._ask(lambda store: self._counters[id(store)].get_window_stats(item, action, scope))
        return max(1, min(int(stats.reset_time - time.time()) + 1, DAY_SECONDS))

    # ── flags and single use ────────────────────────────────────────────────────────────────────────────────────

    def raise_flag(self, name: str, seconds: int) -> None:
        """Note something for every instance, for a while."""
        self._ask(lambda store: store.incr(f"flag:{name}", seconds))

    def has_flag(self, name: str) -> bool:
        """Tell whether a flag is up."""
        return bool(self._ask(lambda store: store.get(f"flag:{name}")))

    def use_once(self, name: str, seconds: int) -> bool:
        """Take something that may be taken once; of two at the same time one gets it."""
        return bool(self._ask(lambda store: store.incr(f"once:{name}", seconds)) == 1)

    def give_back(self, name: str) -> None:
        """Let something be taken again, because nothing came of it."""
        self._ask(lambda store: store.clear(f"once:{name}"))

    def count(self, name: str, seconds: int) -> None:
        """Count something from its first time on for so many seconds."""
        self._ask(lambda store: store.incr(f"count:{name}", seconds))

    def tally(self, name: str) -> int:
        """Return how often it was counted."""
        return int(self._ask(lambda store: store.get(f"count:{name}")))

    def forget(self, name: str) -> None:
        """Begin counting anew."""
        self._ask(lambda store: store.clear(f"count:{name}"))

    def seconds_until(self, name: str) -> int:
        """Return for how long something that was used once stays used."""
        until = self._ask(lambda store: store.get_expiry(f"once:{name}"))
        return max(1, int(until - time.time()) + 1)

    # ── networks ────────────────────────────────────────────────────────────────────────────────────────────────

    def bucket(self, address: str) -> str:
        """Return today's bucket of an address, "" for none; yesterday's key is destroyed: old buckets mean nothing."""
        network = _network(address)
        if not network:
            return ""
        return hmac.new(self._key(), network.encode(), hashlib.sha256).hexdigest()[:16]

    def _key(self) -> bytes:
        day = int(time.time()) // DAY_SECONDS
        with self._lock:
            self._keys = {name: key for name, key in self._keys.items() if name[1] == day}
            shared = self._keys.get(("shared", day)) or self._shared_key(day)
            if shared is not None:
                self._keys["shared", day] = shared
                return shared
            return self._keys.setdefault(("own", day), secrets.token_bytes(32))

    def _shared_key(self, day: int) -> bytes | None:
        """Return the key all instances use today: the first to ask makes it, Redis forgets it after 26 hours."""
        if self._client is None or time.monotonic() < self._away_until:
            return None
        name = f"forum:bucket-key:{day}"
        try:
            self._client.set(name, secrets.token_bytes(32), nx=True, ex=KEY_SECONDS)
            found: bytes | None = self._client.get(name)
        except (RedisError, OSError):
            self._is_away()
            return None
        return found


def _network(address: str) -> str:
    """Return the network an address belongs to; nothing for loopback.

    Everybody who comes through an onion service or a local proxy arrives from loopback: one bucket for all of them
    would lock everybody out as soon as one person is busy, so only member and site limits count there. Where Tor
    names the circuit (docs/deploy/tor.md) each circuit is a network of its own.
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if ip.is_loopback:
        return ""
    if ip in _CIRCUITS:
        return str(ip)
    return str(ipaddress.ip_network(f"{ip}/{24 if ip.version == 4 else 48}", strict=False))


def _parsed(limits: str) -> list[RateLimitItem]:
    return [parse(part) for part in limits.split(";") if part]


def _client(url: str) -> Any:
    return Redis.from_url(url, retry=Retry(NoBackoff(), 0), **_TIMEOUTS)


def _storage(url: str) -> Storage:
    return cast(Storage, storage_from_string(url, wrap_exceptions=True, **_TIMEOUTS))


def init_app(app: Flask) -> None:
    """Make the limiter of this application."""
    rules = app.config.get("LIMIT_RULES")
    app.extensions[KEY] = Limiter(app.extensions["forum.config"].redis_url, rules)


def the_limiter() -> Limiter:
    """Return the limiter of the current application."""
    found: Limiter = current_app.extensions[KEY]
    return found


def hit(action: str, *, member: str = "", is_new: bool = False, by_network: bool = True) -> None:
    """Count one action of the current request (HTTP or socket handshake)."""
    address = client_address() if by_network else ""
    the_limiter().hit(action, member=member, address=address, is_new=is_new)
    if is_new and action in NEWCOMERS_SEND:
        from forum.web import pressure  # reads the site's settings; nothing else here needs a database

        pressure.count_newcomer(member)


def client_address() -> str:
    """Return the peer's address, believed from a proxy only when one is configured; used for buckets, never kept."""
    return request.remote_addr or ("loopback" if not config().trusted_proxies else "")
