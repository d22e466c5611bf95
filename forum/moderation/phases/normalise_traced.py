"""Text that was rewritten step by step and still knows where in the original each of its characters came from."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from forum.moderation.verdict import Span

Edit = tuple[int, int, str]
"""A half-open stretch and what stands there instead. A stretch is never empty: a new letter has to come from one."""


@dataclass(frozen=True, slots=True)
class Step:
    """One rewriting: where its new stretches begin, and for each its end, and the span it replaced."""

    starts: tuple[int, ...]
    stretches: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Traced:
    """A text with the steps that led to it.

    Few characters are ever asked for, so the way back is walked on demand instead of noting a place per character.
    """

    text: str
    steps: tuple[Step, ...] = ()

    def rewrite(self, pattern: re.Pattern[str], replace: Callable[[re.Match[str]], str]) -> Traced:
        """Replace every match; replaced characters point at the whole of what they replace."""
        return self.edited(
            (*match.span(), new) for match in pattern.finditer(self.text) if (new := replace(match)) != match.group()
        )

    def edited(self, edits: Iterable[Edit]) -> Traced:
        """Apply edits, given from left to right without overlaps."""
        pieces: list[str] = []
        starts: list[int] = []
        stretches: list[tuple[int, int, int]] = []
        last = length = 0
        for begin, stop, new in edits:
            pieces += (self.text[last:begin], new)
            length += begin - last
            starts.append(length)
            length += len(new)
            stretches.append((length, begin, stop))
            last = stop
        if not pieces:
            return self
        pieces.append(self.text[last:])
        return Traced("".join(pieces), (*self.steps, Step(tuple(starts), tuple(stretches))))

    def same_length(self, text: str) -> Traced:
        """Return another text that has the same origin, character by character. It may be cut at the end."""
        return Traced(text, self.steps)

    def origin(self, at: int) -> Span:
        """Return the half-open stretch of the original that a character came from."""
        first = last = at
        for step in reversed(self.steps):
            first, last = _before(step, first)[0], _before(step, last)[1]
        return first, last + 1


def _before(step: Step, at: int) -> Span:
    """Return the first and last character that stood before a step where one stands now."""
    place = bisect_right(step.starts, at) - 1
    if place < 0:
        return at, at
    end, begin, stop = step.stretches[place]
    return (begin, stop - 1) if at < end else (at - end + stop, at - end + stop)
