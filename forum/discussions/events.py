"""Facts about threads and posts, for whoever needs to act on them after the commit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

EventKind = Literal["post", "edit", "hide", "restore", "react", "close"]


@dataclass(frozen=True, slots=True)
class ThreadChanged:
    """One numbered event of a thread, ready to be told to everybody who has it open."""

    thread_id: int
    seq: int
    kind: EventKind
    post_id: int | None


@dataclass(frozen=True, slots=True)
class WordsKeptBack:
    """Words that tell somebody to die or to hurt themselves were held; these members were meant."""

    post_id: int
    member_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PostStateChanged:
    """A post's visibility changed in a way its author should see."""

    post_id: int
    visibility: str
