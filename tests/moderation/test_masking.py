"""Covering spans."""

from __future__ import annotations

import pytest

from forum.moderation.masking import mask, merged


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([], "ring 07700 900123 or come round"),
        ([(5, 17)], "ring [removed] or come round"),
        ([(5, 10), (8, 17)], "ring [removed] or come round"),
        ([(5, 11), (11, 17)], "ring [removed] or come round"),
        ([(21, 31), (5, 17)], "ring [removed] or [removed]"),
        ([(-3, 4), (21, 999)], "[removed] 07700 900123 or [removed]"),
        ([(40, 50), (7, 7)], "ring 07700 900123 or come round"),
    ],
)
def test_spans_in_any_order_overlapping_or_outside(spans: list[tuple[int, int]], expected: str) -> None:
    assert mask("ring 07700 900123 or come round", spans) == expected


def test_the_cover_can_be_chosen() -> None:
    assert mask("abc", [(1, 2)], cover="…") == "a…c"


def test_merged_spans_are_sorted_and_apart() -> None:
    assert merged([(5, 9), (0, 2), (1, 3)], 8) == [(0, 3), (5, 8)]
