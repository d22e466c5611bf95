"""Draw bars as SVG for the dashboard: numbers in, drawing out; the words and the table stand beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH, ROW, LEFT, RIGHT = 340, 34, 36, 290


@dataclass(frozen=True, slots=True)
class Bar:
    """One line: half of the people waited up to `p50`, nine of ten up to `p90`; `mark` is the target."""

    label: str
    p50: float
    p90: float
    mark: float


def waits_chart(bars: Sequence[Bar], sentence: str) -> Markup:
    """Draw waits, one line each, on a scale that ends at the largest number; `sentence` is for who doesn't see it."""
    most = max((value for bar in bars for value in (bar.p90, bar.mark)), default=0.0) or 1.0
    height = ROW * len(bars) + 8
    parts = [_line(bar, 4 + number * ROW, most) for number, bar in enumerate(bars)]
    head = Markup('<svg class="chart" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}">').format(
        WIDTH, height, WIDTH, height, sentence
    )
    return head + Markup("").join(parts) + Markup("</svg>")


def _line(bar: Bar, top: float, most: float) -> Markup:
    def at(value: float) -> float:
        return round(LEFT + (RIGHT - LEFT) * value / most, 1)

    return Markup(
        '<text x="4" y="{y}">{label}</text>'
        '<rect class="bar soft" x="{left}" y="{top}" width="{wide}" height="16" rx="3"/>'
        '<rect class="bar" x="{left}" y="{top}" width="{narrow}" height="16" rx="3"/>'
        '<line class="mark" x1="{mark}" x2="{mark}" y1="{above}" y2="{below}"/>'
        '<text x="{after}" y="{y}">{said}</text>'
    ).format(
        y=top + 13,
        label=escape(bar.label),
        left=LEFT,
        top=top,
        wide=round(max(1.0, at(bar.p90) - LEFT), 1),
        narrow=round(max(1.0, at(bar.p50) - LEFT), 1),
        mark=at(bar.mark),
        above=top - 3,
        below=top + 19,
        after=at(max(bar.p90, bar.mark)) + 6,
        said=f"{bar.p90:.0f}",
    )
