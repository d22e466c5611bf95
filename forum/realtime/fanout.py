"""Telling other instances of an event, through Redis, without ever waiting for it.

A Redis that hangs takes what is written to it and answers nothing: a plain client waits for ever, and every post with
it, because its event is sent before its author is answered. Here one time-out is paid, then nothing is published for a
few seconds. What other instances miss, their browsers ask for: numbers of events have no gaps.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from socketio import RedisManager

log = logging.getLogger(__name__)
CHANNEL = "forum"
WAIT_SECONDS = 0.3
AWAY_SECONDS = 5.0
"""How long a Redis that did not answer is left alone."""


class Fanout(RedisManager):  # type: ignore[misc]
    """Listens as the library does; publishes through a client of its own, whose patience ends soon."""

    def __init__(self, url: str) -> None:
        """Connect to nothing yet."""
        super().__init__(url, channel=CHANNEL)
        self._writer = Redis.from_url(
            url, socket_timeout=WAIT_SECONDS, socket_connect_timeout=WAIT_SECONDS, retry=Retry(NoBackoff(), 0)
        )
        self._away_until = 0.0

    def _publish(self, data: Any) -> None:
        """Tell the others, if Redis is there."""
        if time.monotonic() < self._away_until:
            return
        try:
            self._writer.publish(self.channel, self.json.dumps(data))
        except (RedisError, OSError):
            self._away_until = time.monotonic() + AWAY_SECONDS
            log.warning("fan-out: Redis does not answer; other instances are not told until it does")
