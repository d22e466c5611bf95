"""Run a call that would stop a green loop (argon2, long C calls) where it stops nobody.

Under threads every request has its own, so the call is made directly. Under gevent or eventlet it goes to the hub's
pool of native threads. No other file names an async library.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal, ParamSpec, TypeVar

from forum.core.errors import RateLimited

AT_ONCE = 2
"""Slow hashes at the same time for one door: 64 MB and a processor each."""
MOST_WAITING = 8
WAIT_SECONDS = 10
Door = Literal["members", "staff"]
P = ParamSpec("P")
R = TypeVar("R")

_mode = "threading"


def use_mode(mode: str) -> None:
    """Remember the process's async mode; called once by `create_app`."""
    global _mode
    _mode = mode


def run_blocking(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Return `function(*args, **kwargs)`, made in a native thread when the process runs green threads."""
    if _mode == "gevent":
        import gevent

        result: R = gevent.get_hub().threadpool.apply(function, args, kwargs)
        return result
    if _mode == "eventlet":
        from eventlet import tpool

        answer: R = tpool.execute(function, *args, **kwargs)
        return answer
    return function(*args, **kwargs)


_slots: dict[Door, threading.BoundedSemaphore] = {
    "members": threading.BoundedSemaphore(AT_ONCE),
    "staff": threading.BoundedSemaphore(AT_ONCE),
}
_waiting: Counter[Door] = Counter()
_counting = threading.Lock()


def run_costly(door: Door, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Return `function(*args, **kwargs)` for slow hashes: two at a time, a few wait, everybody else is told to.

    Where no network can be told from another (an onion service), nothing else bounds how many are asked for at once,
    and a hundred would take all memory and every thread. Each door has its own, so that whoever besieges the team's
    keeps no member out.

    Raises:
        RateLimited: too many wait already, or it took too long.
    """
    with _turn(door):
        return run_blocking(function, *args, **kwargs)


@contextmanager
def _turn(door: Door) -> Iterator[None]:
    with _counting:
        if _waiting[door] >= MOST_WAITING:
            raise RateLimited(retry_after=WAIT_SECONDS)
        _waiting[door] += 1
    try:
        has_slot = _slots[door].acquire(timeout=WAIT_SECONDS)
    finally:
        with _counting:
            _waiting[door] -= 1
    if not has_slot:
        raise RateLimited(retry_after=WAIT_SECONDS)
    try:
        yield
    finally:
        _slots[door].release()
