"""Facts about boundaries, for open pages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BoundariesChanged:
    """What these members see of one another has changed."""

    member_ids: tuple[int, ...]
