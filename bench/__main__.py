"""Run the benchmarks: `python -m bench` for all of them, `python -m bench NAME [options]` for one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def names() -> list[str]:
    """Return every benchmark in this folder: a module with a `main`, whose name has no underscore in front."""
    found = (path for path in sorted(HERE.glob("[!_]*.py")) if "\ndef main(" in path.read_text(encoding="utf-8"))
    return [path.stem for path in found]


def main(arguments: list[str]) -> int:
    """Run one or all, each in a process of its own so that none warms another's caches; return the worst exit code."""
    chosen, options = (arguments[:1], arguments[1:]) if arguments else (names(), [])
    unknown = [name for name in chosen if name not in names()]
    if unknown:
        print(f"There is no benchmark called {unknown[0]}. There are: {', '.join(names())}.", file=sys.stderr)
        return 2
    worst = 0
    for number, name in enumerate(chosen, 1):
        print(f"── {number} of {len(chosen)}: {name} ──", flush=True)
        worst = max(worst, subprocess.run([sys.executable, "-m", f"bench.{name}", *options], check=False).returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
