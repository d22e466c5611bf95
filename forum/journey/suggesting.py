"""Five questions at the door, three rooms in answer, each with its reason. Pure: nothing is stored, nobody is known.

Family and members' rooms are kept apart: somebody who comes for a person they love is never sent into the rooms of
those who use, nor the other way round.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

WHO = ("me", "love", "both", "skip")
THINGS = tuple("alcohol opioids stimulants cannabis benzos gambling eating screens both grief unsure".split())
WAYS = ("any", "twelve_step", "tools", "secular", "faith", "harm_reduction", "mindful")
LANGUAGES = ("english", "other")
WANTS = ("listen", "talk", "night", "again", "company", "women", "men", "young", "older", "lgbtq", "parents", "work")
SUGGESTED = 3

Why = Literal["thing", "way", "want", "love", "loss", "start"]

_LOVE: tuple[tuple[str, Why], ...] = (("family", "love"), ("family_parents", "love"), ("family_grown", "love"))
_LOVE_BY_WANT = {"night": "family_night", "parents": "family_parents"}
_BY_WANT = {"night": "night", "again": "relapse", "company": "everyday", "listen": "newcomers", "talk": "newcomers"}
_FALLBACK: tuple[tuple[str, Why], ...] = (("newcomers", "start"), ("night", "start"), ("everyday", "start"))


@dataclass(frozen=True, slots=True)
class Answers:
    """What somebody said; every question may stay open."""

    who: str = "skip"
    things: tuple[str, ...] = ()
    way: str = "any"
    language: str = "english"
    wants: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A room's key, and which answer speaks for it."""

    room: str
    why: Why


def read_answers(who: str, things: Sequence[str], way: str, language: str, wants: Sequence[str]) -> Answers:
    """Take what a form says; anything that is none of ours counts as not said."""
    return Answers(
        who=who if who in WHO else "skip",
        things=tuple(thing for thing in THINGS if thing in things),
        way=way if way in WAYS else "any",
        language=language if language in LANGUAGES else "english",
        wants=tuple(want for want in WANTS if want in wants),
    )


def suggest(answers: Answers, available: Collection[str]) -> tuple[Suggestion, ...]:
    """Return three rooms that exist, the best fitting first: what it is, whom one wants to meet, which way."""
    if answers.who == "both":
        wished = [*_for_oneself(answers)[:2], *_for_love(answers), *_FALLBACK]
    else:
        wished = _for_love(answers) if answers.who == "love" else _for_oneself(answers)
    found: dict[str, Suggestion] = {}
    for room, why in wished:
        if room in available and room not in found:
            found[room] = Suggestion(room, why)
    return tuple(found.values())[:SUGGESTED]


def _for_love(answers: Answers) -> list[tuple[str, Why]]:
    """Whoever has lost somebody is shown that room first, then comes what they want from people."""
    lost: list[tuple[str, Why]] = [("family_loss", "loss")] if "grief" in answers.things else []
    wants: list[tuple[str, Why]] = [(_LOVE_BY_WANT[want], "want") for want in answers.wants if want in _LOVE_BY_WANT]
    return [*lost, *wants, *_LOVE]


def _for_oneself(answers: Answers) -> list[tuple[str, Why]]:
    """Take one room from each kind of answer before a second from any, so that three rooms show three sides."""
    things: list[tuple[str, Why]] = [(thing, "thing") for thing in answers.things if thing != "unsure"]
    wants: list[tuple[str, Why]] = [(_BY_WANT.get(want, want), "want") for want in answers.wants]
    ways: list[tuple[str, Why]] = [(answers.way, "way")] if answers.way != "any" else []
    first = [kind[0] for kind in (things, wants, ways) if kind]
    return [*first, *things[1:], *wants[1:], *_FALLBACK]
