"""Start file of the scorer process, run by its path: `python child.py --socket …`.

Importing `forum` would load the whole web application into the scorer, so the two outer packages are given as bare
folders and only `forum.moderation.scoring` is really imported.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

_MODERATION = Path(__file__).resolve().parent.parent


def _as_bare_package(name: str, folder: Path) -> None:
    package = ModuleType(name)
    package.__path__ = [str(folder)]
    sys.modules[name] = package


if __name__ == "__main__":
    _as_bare_package("forum", _MODERATION.parent)
    _as_bare_package("forum.moderation", _MODERATION)
    from forum.moderation.scoring.server import main

    main()
