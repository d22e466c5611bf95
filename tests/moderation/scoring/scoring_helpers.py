"""Waiting, timing and texts shared by the scoring tests."""

from __future__ import annotations

import time
from collections.abc import Callable

from forum.moderation.scoring.keeper import Timing
from forum.moderation.scoring.process import ProcessScorer
from forum.moderation.scoring.protocol import Reason, ScorerUnavailable, State

QUICK = Timing(look=0.05, ask=0.3, silent=0.8, hang=2.0, first_back_off=0.1, longest_back_off=1.0, off_again=0.5)

NAUGHTY = [
    "",
    " ",
    "\t\r\n\x0b\x0c\x00\x1c\x85",
    "plain words, and some more: it's fine.",
    "Ünïcödé Ça va? ÅNGSTRÖM İstanbul ΣΊΣΥΦΟΣ ß ŉ ǆ",
    "e\u0301a\u0308\u0327 combining; \u1ebf\u0323",
    "日本語のテキスト 漢字と kana 한국어",
    "emoji 🙂🏳️‍🌈👨‍👩‍👧‍👦 🇬🇧 ❤️ 🫨",
    "zero\u200bwidth\u200djoin\ufeffbom soft\u00adhyphen \u202eright to left",
    "$100 + 5% = <b>bold</b> ~`^|\\ ¿qué? «hm» – — … ′ № ™ ½ ①",
    "a" * 101 + " " + "b" * 100,
    "!!!!!!???.....",
    "\u2028line\u2029paragraph\u3000wide\u00a0hard",
    "\ufffd replaced \ue000 private \U000f0000",
    "f.u.c.k k y s 1d10t sh!t @user #tag http://example.org/x?y=z",
    "don't can't won't I'm you're 'quoted' \u2019curly\u2019",
]  # fmt: skip


def wait_for(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait until something is true; fail when it does not become so."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.02)


def wait_for_state(scorer: ProcessScorer, state: State, seconds: float = 20.0) -> None:
    scorer.start()
    wait_for(lambda: scorer.status().state == state, seconds)


def reason_of(scorer: ProcessScorer, text: str = "hello", seconds: float = 0.3) -> Reason | None:
    """Return why there was no score, None when there was one; assert that the deadline held."""
    started = time.monotonic()
    try:
        scorer.score(text, deadline_seconds=seconds)
    except ScorerUnavailable as error:
        return error.reason
    finally:
        assert time.monotonic() - started < seconds + 0.2
    return None
