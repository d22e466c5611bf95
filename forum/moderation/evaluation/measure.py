"""Count what was found and what was missed. Pure arithmetic on (expected, given) pairs."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from forum.moderation.evaluation.rows import Row

LEVELS = (0, 1, 2, 3)
CALM_CATEGORIES = ("past_suicidality", "education", "supporter_reply")
"""Full of crisis words, written by people who are not in danger."""

_Z = 1.96


@dataclass(frozen=True, slots=True)
class Judged:
    """One row and what the pipeline made of it."""

    row: Row
    level: int
    probability: float | None = None
    """The model's own probability of level 2 or more, where a model ran."""
    held: bool = False


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many."""

    hits: int
    total: int

    @property
    def value(self) -> float:
        """Return the share, 0–1; not a number for nothing of nothing."""
        return self.hits / self.total if self.total else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """Return Wilson's 95 % interval."""
        if not self.total:
            return 0.0, 1.0
        n, p = self.total, self.value
        middle = (p + _Z * _Z / (2 * n)) / (1 + _Z * _Z / n)
        half = _Z * math.sqrt(p * (1 - p) / n + _Z * _Z / (4 * n * n)) / (1 + _Z * _Z / n)
        return max(0.0, middle - half), min(1.0, middle + half)


def share(judged: Iterable[Judged], counts: Callable[[Judged], bool], among: Callable[[Judged], bool]) -> Share:
    """Return how many of those `among` also `counts`."""
    chosen = [one for one in judged if among(one)]
    return Share(sum(map(counts, chosen)), len(chosen))


def recall(judged: Iterable[Judged], level: int, kind: str = "") -> Share:
    """Return the share of rows that deserve at least `level` and got it, of one kind or of all."""
    return share(
        judged, lambda one: one.level >= level, lambda one: one.row.level >= level and kind in ("", one.row.kind)
    )


def cards_on_calm(judged: Iterable[Judged], least: int = 2) -> Share:
    """Return the share of level-0 rows whose author is shown a card of `least` or more."""
    return share(judged, lambda one: one.level >= least, lambda one: one.row.level == 0)


def calm_rated_crisis(judged: Iterable[Judged]) -> Share:
    """Return the share of stories of the past, education and supporters' replies rated 2 or more."""
    return share(judged, lambda one: one.level >= 2, lambda one: one.row.category in CALM_CATEGORIES)


def far_off(judged: Iterable[Judged]) -> Share:
    """Return the share of rows that were rated two or more levels away."""
    return share(judged, lambda one: abs(one.level - one.row.level) >= 2, lambda one: True)


def confusion(judged: Iterable[Judged]) -> list[list[int]]:
    """Return counts `[expected][given]`."""
    counts = [[0 for _ in LEVELS] for _ in LEVELS]
    for one in judged:
        counts[one.row.level][one.level] += 1
    return counts


def by_category(judged: Iterable[Judged]) -> dict[str, list[Judged]]:
    """Group by category, those of the highest level first."""
    groups: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        groups[one.row.category].append(one)
    return dict(sorted(groups.items(), key=lambda pair: (-max(one.row.level for one in pair[1]), pair[0])))


@dataclass(frozen=True, slots=True)
class Bin:
    """One column of the reliability table."""

    low: float
    high: float
    mean: float
    observed: Share


def reliability(judged: Iterable[Judged], bins: int = 10) -> list[Bin]:
    """Compare the model's probabilities with what was true, in equal steps of probability; empty steps are left out."""
    known = [(one.probability, one.row.level >= 2) for one in judged if one.probability is not None]
    found = []
    for number in range(bins):
        inside = [(p, true) for p, true in known if min(int(p * bins), bins - 1) == number]
        if inside:
            mean = sum(p for p, _ in inside) / len(inside)
            found.append(Bin(number / bins, (number + 1) / bins, mean, Share(sum(t for _, t in inside), len(inside))))
    return found


def calibration_error(table: Sequence[Bin]) -> float:
    """Return the expected calibration error: the mean gap between promised and observed, weighted by size."""
    total = sum(one.observed.total for one in table)
    return sum(abs(one.mean - one.observed.value) * one.observed.total for one in table) / total if total else math.nan


def area_under_curve(judged: Iterable[Judged], calm_levels: Sequence[int]) -> float:
    """Return how often the model rates a crisis row above a row of the calm levels (ties count half)."""
    known = [one for one in judged if one.probability is not None]
    crisis = [one.probability or 0.0 for one in known if one.row.level >= 2]
    calm = [one.probability or 0.0 for one in known if one.row.level in calm_levels]
    if not crisis or not calm:
        return math.nan
    won = sum((high > low) + 0.5 * (high == low) for high in crisis for low in calm)
    return won / (len(crisis) * len(calm))
