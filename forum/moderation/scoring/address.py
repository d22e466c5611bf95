"""Addresses of Unix sockets in folders with long names."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

LONGEST = 100
"""Bytes a socket path may have everywhere; Linux takes 107, others 103."""


@contextlib.contextmanager
def socket_address(path: Path) -> Iterator[str]:
    """Yield an address for `path` to bind or connect to; a long one goes through its folder's descriptor (Linux)."""
    if len(os.fsencode(path)) <= LONGEST:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
