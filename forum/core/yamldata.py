"""Read the data files that come with the forum: YAML, by the parser written in C where there is one.

It is ten times as fast, and every start reads a few hundred kilobytes.
"""

from __future__ import annotations

from typing import Any

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parse(text: str) -> Any:
    """Return what a file holds: mappings, lists, plain values, never an object. Raises yaml.YAMLError."""
    return yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe loader, in C or not
