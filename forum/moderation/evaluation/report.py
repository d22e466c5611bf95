"""Write what was measured as Markdown: figures with their sizes, and what they do not show."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from forum.moderation.evaluation.markdown import share_words as _share
from forum.moderation.evaluation.markdown import table as _table
from forum.moderation.evaluation.measure import (
    Judged,
    Share,
    area_under_curve,
    by_category,
    calibration_error,
    calm_rated_crisis,
    cards_on_calm,
    confusion,
    far_off,
    recall,
    reliability,
    share,
)
from forum.moderation.evaluation.rows import REGISTERS

LIMITS = """\
## What these figures do not show
- **Invented data.** Every row was written for this project. Real posts are longer, stranger and mostly harmless; on a
  real forum one post in a thousand may be an emergency, here one row in seven is. Shares of missed and false cards
  carry over at best roughly, counts per day not at all.
- **Few hands.** Some thirty writers and the given rows; leaving a writer out shows what another of their kind would
  meet, not what everybody would.
- **English only.** Other languages are not measured and not supported.
- **Small groups.** Most categories have fewer than twenty rows: read the intervals (Wilson, 95 %), not the percentages.
- **No history.** Rows are judged alone, as a stranger's first text in an ordinary room.
- Detection failing must stay harmless: the help button and the helplines are on every page whatever a text is rated.
"""


LENGTHS = (("up to 40", 40), ("41 to 80", 80), ("over 80", math.inf))
"""What a length is called, and its most words; the model reads up to 80 at once."""


@dataclass(frozen=True, slots=True)
class Goal:
    """One promise about unseen text."""

    name: str
    found: Share
    least: float | None = None
    most: float | None = None

    @property
    def is_met(self) -> bool:
        """Tell whether the point estimate keeps the promise."""
        value = self.found.value
        if math.isnan(value):
            return False
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)

    @property
    def wanted(self) -> str:
        """Return the promise in words."""
        return f"≥ {self.least:.0%}" if self.least is not None else f"≤ {self.most:.0%}"


def goals(judged: Sequence[Judged]) -> list[Goal]:
    """Return the promises the detector is held to, with what was measured."""
    return [
        Goal("plain words, level 3 found as level 3", recall(judged, 3, "lexical"), least=0.95),
        Goal("plain words, level 2–3 rated 2 or more", recall(judged, 2, "lexical"), least=0.90),
        Goal("implicit, level 2–3 rated 2 or more", recall(judged, 2, "implicit"), least=0.75),
        Goal("level-0 rows that page people (3)", cards_on_calm(judged, 3), most=0.01),
        Goal("level-0 rows shown a full card (2 or more)", cards_on_calm(judged, 2), most=0.07),
        Goal("level-0 rows shown any card (1 or more)", cards_on_calm(judged, 1), most=0.07),
        Goal("past, education, supporters rated 2 or more", calm_rated_crisis(judged), most=0.05),
    ]


def section(name: str, judged: Sequence[Judged]) -> str:
    """Return the Markdown about one set of rows."""
    parts = [f"## {name} ({len(judged)} rows)", _goal_table(goals(judged)), _other_figures(judged)]
    parts += ["### Confusion", _confusion_table(confusion(judged)), "### By category", _category_table(judged)]
    parts += ["### By length", summary([part for part in _by_length(judged) if part[1]])]
    if any(one.row.register for one in judged):
        parts += ["### The same things said in six registers", _register_table(judged)]
    return "\n\n".join(parts)


def summary(sets: Sequence[tuple[str, Sequence[Judged]]]) -> str:
    """Return one table of the promises, a column per set or way of judging."""
    header = ["", "wanted", *(name for name, _ in sets)]
    columns = [goals(judged) for _, judged in sets]
    lines = [
        [first.name, first.wanted, *(_share(column[number].found) for column in columns)]
        for number, first in enumerate(columns[0])
    ]
    lines.append(["all kinds, level 2–3 rated 2 or more", "", *(_share(recall(judged, 2)) for _, judged in sets)])
    return _table(header, lines)


def reliability_section(name: str, judged: Sequence[Judged]) -> str:
    """Return the reliability table of the model alone."""
    table = reliability(judged)
    lines = [
        [f"{one.low:.1f}–{one.high:.1f}", str(one.observed.total), f"{one.mean:.2f}", _share(one.observed)]
        for one in table
    ]
    figures = (
        f"Area under the curve: {area_under_curve(judged, (0,)):.3f} against level 0, "
        f"{area_under_curve(judged, (0, 1)):.3f} against levels 0 and 1. "
        f"Expected calibration error: {calibration_error(table):.3f}."
    )
    return "\n\n".join((f"### {name}", figures, _table(["probability", "rows", "mean", "were level 2–3"], lines)))


def page(title: str, measured_on: date, versions: Sequence[str], parts: Sequence[str]) -> str:
    """Return a whole document."""
    head = [f"# {title}", f"Measured {measured_on.isoformat()} by `python -m forum.moderation.evaluation`."]
    return "\n\n".join([*head, "Versions: " + ", ".join(versions) + ".", *parts, LIMITS])


def _goal_table(found: Sequence[Goal]) -> str:
    lines = [[one.name, one.wanted, _share(one.found), "yes" if one.is_met else "**no**"] for one in found]
    return _table(["goal", "wanted", "measured", "met"], lines)


def _other_figures(judged: Sequence[Judged]) -> str:
    return (
        f"Oblique rows rated 2 or more: {_share(recall(judged, 2, 'oblique'))}. All rows of level 2–3: "
        f"{_share(recall(judged, 2))}; level 3 as 3: {_share(recall(judged, 3))}. "
        f"Two or more levels off: {_share(far_off(judged))}."
    )


def _confusion_table(counts: Sequence[Sequence[int]]) -> str:
    lines = [[f"**expected {level}**", *map(str, line)] for level, line in enumerate(counts)]
    return _table(["", "given 0", "given 1", "given 2", "given 3"], lines)


def _category_table(judged: Sequence[Judged]) -> str:
    lines = []
    for name, rows in by_category(judged).items():
        expected = "–".join(map(str, sorted({one.row.level for one in rows})))
        enough = share(rows, lambda one: one.level >= one.row.level, lambda one: one.row.level > 0)
        over = share(rows, lambda one: one.level >= 2, lambda one: one.row.level < 2)
        lines.append(
            [name, expected, str(len(rows)), _share(enough), _share(share(rows, _is_exact, _always)), _share(over)]
        )
    return _table(["category", "level", "rows", "rated high enough", "rated exactly", "rated 2+ although below"], lines)


def _is_exact(one: Judged) -> bool:
    return one.level == one.row.level


def _always(one: Judged) -> bool:
    return True


def _by_length(judged: Sequence[Judged]) -> list[tuple[str, list[Judged]]]:
    """Split rows by their number of words: in long posts more is heard that is not there."""
    found: dict[str, list[Judged]] = {name: [] for name, _ in LENGTHS}
    for one in judged:
        size = len(one.row.text.split())
        found[next(name for name, most in LENGTHS if size <= most)].append(one)
    return [(f"{name} words", rows) for name, rows in found.items()]


def _register_table(judged: Sequence[Judged]) -> str:
    lines = []
    for register in REGISTERS:
        rows = [one for one in judged if one.row.register == register]
        lines.append([register, str(len(rows)), _share(recall(rows, 2)), _share(cards_on_calm(rows))])
    return _table(["register", "rows", "level 2–3 rated 2 or more", "level 0 rated 2 or more"], lines)
