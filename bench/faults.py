"""Faults on purpose: `python -m bench faults` for all, `python -m bench faults F1 --kills 50`.

Needs strace, redis-server, PostgreSQL's own programs, libfaketime and, for the small disk, root. Everything runs on
loopback, on ports of its own, in a folder that is thrown away.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench._faults import clocks, processes, services, storage
from bench._faults.site import Fault

FAULTS: dict[str, Callable[..., str]] = {
    "F1": processes.f1,
    "F2": processes.f2_f3,
    "F5": storage.f5_f17,
    "F6": storage.f6,
    "F7": services.f7,
    "F8": services.f8,
    "F9": services.f9,
    "F10": processes.f10,
    "F11": clocks.f11,
    "F12": processes.f12,
    "F13": clocks.f13,
    "F14": storage.f14,
    "F15": storage.f15,
    "F16": storage.f16,
    "F18": clocks.f18,
}
"""F3 is part of F2 and F17 of F5; F4 is `tests/security/test_disk.py`."""


def run(name: str, **options: object) -> str:
    """Run one fault in a folder of its own; return what was found.

    Raises:
        Fault: what must not happen, happened.
    """
    with tempfile.TemporaryDirectory(prefix="fault-") as folder:
        return FAULTS[name](Path(folder) / "site", **options)


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("names", nargs="*", default=list(FAULTS))
    reader.add_argument("--kills", type=int, default=10)
    reader.add_argument("--minutes", type=float, default=60.0, help="no kill of F1 after so many")
    chosen = reader.parse_args(arguments)
    failed = 0
    for name in chosen.names:
        started = time.monotonic()
        try:
            said = run(name, **({"kills": chosen.kills, "minutes": chosen.minutes} if name == "F1" else {}))
        except Fault as fault:
            said, failed = f"FAILED: {fault}", failed + 1
        print(f"{name:4} {time.monotonic() - started:5.0f} s  {said}", flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
