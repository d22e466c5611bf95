"""Draw a member's path and their weeks as SVG: numbers in, drawing out, colour by class, geometry in attributes.

Every drawing has a sentence for those who don't see it and a table beside it; both are made by the callers, who have
the words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from forum.journey.days import Dot

WIDTH, HEIGHT = 560, 210
LEFT, RIGHT, TOP, BOTTOM = 64, 524, 16, 180
MOODS = (1, 5)
PULL = (0, 10)
COLUMN, LINE = 27.2, 16.5
PATH_WIDTH, PATH_HEIGHT = 340, 122
_DOTS = {
    Dot.COUNTED: ("y", 5.2),
    Dot.USED: ("n", 4.6),
    Dot.OPEN: ("n", 1.2),
    Dot.TODAY: ("m", 5.2),
    Dot.AHEAD: ("u", 2.0),
}


@dataclass(frozen=True, slots=True)
class WeekMeans:
    """One week of check-ins: means, None where there were none."""

    mood: float | None
    """1.0–5.0."""
    craving: float | None
    """0.0–10.0."""
    count: int = 0


def path_of_days(weeks: Sequence[Sequence[Dot]], letters: Sequence[str]) -> Markup:
    """Draw the path, without its frame (340 by 122): a column for each week, a line for each weekday.

    `letters` are the seven initials of the weekdays, Monday first.
    """
    dots = (
        _circle(*_DOTS[dot], 24 + week * COLUMN, 10 + day * LINE)
        for week, column in enumerate(weeks)
        for day, dot in enumerate(column)
    )
    names = (_text(4, 13 + day * LINE, letter) for day, letter in enumerate(letters))
    return _drawn([*dots, *names])


def weeks_chart(weeks: Sequence[WeekMeans], moods: Sequence[str], first: str, last: str) -> Markup:
    """Draw mood as a full line and the pull as a dashed one, without the frame (560 by 210); empty weeks are gaps.

    Args:
        moods: five words for the mood, the lowest first, beside their lines.
        first, last: names of the first and last week, under the axis.
    """
    parts = [_grid(word, _y(value, MOODS)) for value, word in enumerate(moods, start=1)]
    parts += _line([week.mood for week in weeks], MOODS, "l1")
    parts += _line([week.craving for week in weeks], PULL, "l2")
    parts += _points([week.mood for week in weeks], MOODS, "p1")
    parts += [_text(LEFT, HEIGHT - 6, first), _text(RIGHT, HEIGHT - 6, last, anchor="end")]
    return _drawn(parts)


def _x(place: int, places: int) -> float:
    return LEFT + (RIGHT - LEFT) * place / max(1, places - 1)


def _y(value: float, scale: tuple[int, int]) -> float:
    low, high = scale
    return BOTTOM - (BOTTOM - TOP) * (value - low) / (high - low)


def _grid(word: str, y: float) -> str:
    return f'<line class="gl" x1="{LEFT}" x2="{RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>' + _text(0, y + 4, word)


def _line(values: Sequence[float | None], scale: tuple[int, int], css: str) -> list[str]:
    """Return one polyline for each stretch of weeks that has values."""
    drawn, stretch = [], []
    for place, value in enumerate([*values, None]):
        if value is not None:
            stretch.append(f"{_x(place, len(values)):.1f},{_y(value, scale):.1f}")
        elif stretch:
            drawn.append(f'<polyline class="{css}" points="{" ".join(stretch)}"/>')
            stretch = []
    return drawn


def _points(values: Sequence[float | None], scale: tuple[int, int], css: str) -> list[str]:
    known = [(place, value) for place, value in enumerate(values) if value is not None]
    return [_circle(css, 3.4, _x(place, len(values)), _y(value, scale)) for place, value in known]


def _circle(css: str, radius: float, x: float, y: float) -> str:
    return f'<circle class="{css}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}"/>'


def _text(x: float, y: float, words: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _drawn(parts: Sequence[str]) -> Markup:
    """Join parts made in this file from numbers and escaped words."""
    return Markup("".join(parts))  # noqa: S704
