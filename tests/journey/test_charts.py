"""Drawings are well-formed, carry no style and no unescaped words, and leave gaps where nothing was said."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from forum.journey.charts import WeekMeans, path_of_days, weeks_chart
from forum.journey.days import Dot

MOODS = ("Rough", "Shaky", "OK", "Steady", "Good")
NOTHING = WeekMeans(None, None)


def parsed(drawing: str) -> ElementTree.Element:
    return ElementTree.fromstring(f"<svg>{drawing}</svg>")


def lines(drawing: str, css: str) -> list[list[tuple[float, float]]]:
    found = [e.attrib["points"] for e in parsed(drawing).iter("polyline") if e.attrib["class"] == css]
    return [[(float(x), float(y)) for x, y in (pair.split(",") for pair in points.split())] for points in found]


def test_a_better_mood_stands_higher() -> None:
    (line,) = lines(weeks_chart([WeekMeans(1, None), WeekMeans(3, None), WeekMeans(5, None)], MOODS, "a", "b"), "l1")
    heights = [y for _, y in line]
    assert heights == [180.0, 98.0, 16.0]


def test_the_pull_has_a_line_of_its_own_from_nought_to_ten() -> None:
    (line,) = lines(weeks_chart([WeekMeans(None, 0), WeekMeans(None, 10)], MOODS, "a", "b"), "l2")
    assert [y for _, y in line] == [180.0, 16.0]


def test_weeks_with_nothing_are_gaps_not_noughts() -> None:
    weeks = [WeekMeans(2, None), WeekMeans(2, None), NOTHING, WeekMeans(4, None), WeekMeans(4, None)]
    assert [len(line) for line in lines(weeks_chart(weeks, MOODS, "a", "b"), "l1")] == [2, 2]


def test_nothing_at_all_draws_only_the_grid() -> None:
    drawing = weeks_chart([NOTHING] * 12, MOODS, "a", "b")
    assert "polyline" not in drawing
    assert drawing.count('class="gl"') == 5


def test_words_are_escaped() -> None:
    assert "<b>" not in weeks_chart([NOTHING], ("<b>", "", "", "", ""), "<b>", "<b>")
    assert "<b>" not in path_of_days([[Dot.OPEN] * 7], ["<b>"] * 7)


@pytest.mark.parametrize("dot", list(Dot))
def test_each_kind_of_day_has_its_own_mark(dot: Dot) -> None:
    drawn = {d: path_of_days([[d] * 7], "MTWTFSS") for d in Dot}
    assert sum(drawing == drawn[dot] for drawing in drawn.values()) == 1
    assert len(parsed(drawn[dot]).findall("circle")) == 7


def test_no_inline_style() -> None:
    assert "style" not in weeks_chart([WeekMeans(1, 1)] * 12, MOODS, "a", "b")
