"""Facts about news, for open pages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NewsCame:
    """There is something new for these members that counts now."""

    member_ids: tuple[int, ...]
