"""The ring draws what it is told, and a person's pattern tells nothing about their name."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

import pytest
from markupsafe import Markup

from forum.web import svg


def circles(drawn: str, css: str) -> int:
    return len(re.findall(rf'<circle class="{css}"', drawn))


def lit_dots(drawn: str) -> int:
    return drawn.split('<g class="on">')[1].count("<circle")


def test_ring_starts_at_twelve_and_goes_clockwise() -> None:
    top, right, bottom, left = svg.ring(16, 16, 10, 4)
    assert top == (16.0, 6.0)
    assert right == (26.0, 16.0)
    assert bottom == (16.0, 26.0)
    assert left == (6.0, 16.0)


def test_mark_has_twelve_dots_and_one_is_lit_at_three() -> None:
    drawn = svg.mark()
    assert drawn.count("<circle") == 12
    assert '<circle class="lit" cx="27.6" cy="16" r="3.3"/>' in drawn


def test_tok_is_the_same_for_the_same_seed_and_differs_between_seeds() -> None:
    assert svg.tok(b"\x01" * 32) == svg.tok(b"\x01" * 32)
    assert len({str(svg.tok(bytes([n]) * 32)) for n in range(100)}) > 80


def test_tok_takes_text_as_well_as_bytes() -> None:
    assert svg.tok("9f3a") == svg.tok(b"9f3a")


@pytest.mark.parametrize("seed", [bytes([n]) for n in range(256)])
def test_tok_never_looks_like_the_house_mark(seed: bytes) -> None:
    assert 2 <= lit_dots(svg.tok(seed)) <= 6


def test_tok_uses_all_eight_hues() -> None:
    hues = {re.search(r"tok t(\d)", svg.tok(bytes([n])))[1] for n in range(256)}  # type: ignore[index]
    assert hues == set("12345678")


def test_tok_size_is_a_class() -> None:
    assert re.search(r'class="tok t\d l"', svg.tok(b"x", "l"))


@pytest.mark.parametrize(("people", "lit"), [(0, 0), (1, 1), (7, 7), (12, 12), (40, 12)])
def test_seats_light_one_dot_per_person_up_to_twelve(people: int, lit: int) -> None:
    assert circles(svg.seats(people), "on") == lit


def test_clock_lights_hours_and_draws_the_next_one_largest() -> None:
    drawn = svg.clock([3, 7])
    assert circles(drawn, "c-lit") == 2
    assert circles(drawn, "c-dot") == 10
    assert drawn.count('r="9"') == 1
    assert re.findall(r">(\d+)</text>", drawn) == ["12", "3", "6", "9"]


def test_clock_without_meetings_has_no_lit_hour() -> None:
    assert circles(svg.clock([]), "c-lit") == 0


@pytest.mark.parametrize("left", [0, 5, 12])
def test_timer_keeps_as_many_dots_as_time_is_left(left: int) -> None:
    drawn = svg.timer(left)
    assert circles(drawn, "tick left") == left
    assert drawn.count("<circle") == 12


def test_circle_shows_speaker_oneself_and_raised_hands() -> None:
    drawn = svg.circle_seats(6, speaker=1, hands={2, 3}, me=4)
    assert (circles(drawn, "spk"), circles(drawn, "me"), circles(drawn, "hand")) == (1, 1, 2)
    assert circles(drawn, "seat") == 4


def test_an_empty_circle_is_empty() -> None:
    assert svg.circle_seats(0, None, (), None) == ""


def test_dayring_lights_its_share() -> None:
    assert circles(svg.dayring(7), "on") == 7
    assert circles(svg.dayring(7), "off") == 5


def test_titled_drawing_escapes_its_title_and_is_named_by_it() -> None:
    drawn = svg.titled('41 days & "more"', svg.dayring(1), "ringbig", 124, "rb")
    root = ElementTree.fromstring(drawn)
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == root[0].get("id") == "rb"
    assert root[0].text == '41 days & "more"'


def test_icon_is_hidden_from_screen_readers_and_its_name_is_escaped() -> None:
    assert 'aria-hidden="true"' in svg.icon("sun", sprite="/s.svg")
    assert svg.icon('"><script>', sprite="/s.svg").count("<script>") == 0


@pytest.mark.parametrize(
    "drawn",
    [svg.mark(), svg.tok(b"a"), svg.seats(3), svg.icon("sun", sprite="/s.svg")],
    ids=["mark", "tok", "seats", "icon"],
)
def test_whole_drawings_are_well_formed_and_carry_no_inline_style(drawn: Markup) -> None:
    assert "style" not in drawn
    assert ElementTree.fromstring(drawn).tag == "svg"
