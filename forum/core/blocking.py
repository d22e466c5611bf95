"""Run a call that would stop a green loop (argon2, long C calls) where it stops nobody.

Under threads every request has its own, so the call is made directly. Under gevent or eventlet it goes to the hub's
pool of native threads. No other file names an async library.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

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
