"""Every act the record can hold has words on its page: no code is shown to whoever reads it."""

from __future__ import annotations

import re
from pathlib import Path

from forum.moderation.words import ACTIONS

FORUM = Path(__file__).resolve().parents[2] / "forum"
RECORDED = re.compile(r"""audit\.record\(\s*"([a-z_.]+)"|action="([a-z_]+\.[a-z_]+)\"""")
IN_A_MEETING = re.compile(r"""\bnote\(\s*("[^,]+),""")


def recorded() -> set[str]:
    files = [path.read_text(encoding="utf-8") for path in sorted(FORUM.rglob("*.py"))]
    return {found[1] or found[2] for text in files for found in RECORDED.finditer(text)}


def in_meetings() -> set[str]:
    files = [path.read_text(encoding="utf-8") for path in sorted((FORUM / "meetings").glob("*.py"))]
    calls = [found[1] for text in files for found in IN_A_MEETING.finditer(text)]
    return {f"meeting.{kind}" for call in calls for kind in re.findall(r'"(\w+)"', call)}


def test_the_search_finds_what_is_known_to_be_recorded() -> None:
    assert {"case.lane", "meeting.series", "helpline.removed"} <= recorded()
    assert {"meeting.pause", "meeting.door_open", "meeting.unslowed", "meeting.out"} <= in_meetings()


def test_every_recorded_act_has_words() -> None:
    assert {action for action in recorded() | in_meetings() if action not in ACTIONS} == set()
