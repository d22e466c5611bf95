"""Rules the team made itself: phrases, never expressions, so that nothing typed in the console can be slow or wrong.

A phrase is words with blanks between them; `~2` stands for up to two words in between, a `*` at the end of a word for
any ending. Disguises are taken off before, as for the shipped rules.
"""

from __future__ import annotations

import re
from functools import lru_cache

from forum.moderation.phases.normalise import views_of
from forum.moderation.phases.rules_files import Rule, compiled, rules_of
from forum.moderation.phases.rules_match import ActiveRules
from forum.moderation.verdict import HouseRules, Mode, OwnRule

PHASE = "community_rules"
CODE = "own_rule"
MAX_PHRASES = 50
MAX_PHRASE_CHARS = 80
MIN_LETTERS = 3
"""A phrase of fewer letters would speak in every second text."""
_PHRASE = re.compile(r"[a-z0-9]+\*?(?: (?:~[1-5] )?[a-z0-9]+\*?)*")
_GAP_OR_WORD = re.compile(r"~[1-5]|[a-z0-9]+\*?")


def active_rules(phase: str, house: HouseRules) -> ActiveRules:
    """Return the rules a phase runs for this forum: shipped and own ones that are not switched off."""
    return _active(phase, frozenset(house.modes.items()), house.own)


@lru_cache(maxsize=8)
def _active(phase: str, modes: frozenset[tuple[str, Mode]], own: tuple[OwnRule, ...]) -> ActiveRules:
    set_to = dict(modes)
    shipped = [rule for rule in rules_of(phase) if set_to.get(rule.id, rule.mode) != "off"]
    added = [as_rule(one) for one in own if set_to.get(one.id, "shadow") != "off"] if phase == PHASE else []
    return ActiveRules.of([*shipped, *added])


@lru_cache(maxsize=256)
def as_rule(own: OwnRule) -> Rule:
    """Return an own rule in the form all rules are run in. It is on trial until somebody says otherwise."""
    return Rule(
        id=own.id,
        code=CODE,
        category=CODE,
        phase=PHASE,
        mode="shadow",
        severity="medium",
        says=own.says,
        version=own.version,
        pattern=compiled(r"\b(?:" + "|".join(_expression(phrase) for phrase in own.phrases) + r")\b", {}),
        needs=frozenset(),
        unless=(),
        unless_before=None,
        also=None,
        holds_up_to_trust=3,
        matches=(),
        passes=(),
    )


def folded_phrase(typed: str) -> str:
    """Return a phrase as it is stored: lower case, disguises off, single blanks; gaps and endings kept.

    Raises:
        ValueError: with one sentence that says what a phrase may be.
    """
    words = [word if _is_gap(word) else _folded_word(word) for word in typed.split()]
    phrase = " ".join(word for word in words if word)
    letters = sum(char.isalpha() for char in phrase)
    if len(phrase) > MAX_PHRASE_CHARS or letters < MIN_LETTERS or not _PHRASE.fullmatch(phrase):
        raise ValueError(
            f"A phrase is words with blanks between them, at least {MIN_LETTERS} letters and at most "
            f"{MAX_PHRASE_CHARS} signs; ~1 to ~5 between two words lets so many others stand there, and a * at the "
            "end of a word stands for any ending."
        )
    return phrase


def _is_gap(word: str) -> bool:
    return bool(re.fullmatch(r"~[1-5]", word))


def _folded_word(word: str) -> str:
    """Return a word as texts are read; one that is read as several words becomes several."""
    ending = "*" if word.endswith("*") else ""
    folded = " ".join(re.findall(r"[a-z0-9]+", views_of(word.removesuffix("*")).folded))
    return folded + ending if folded else ""


def _expression(phrase: str) -> str:
    return " ".join(part.replace("*", r"\w{0,20}") for part in _GAP_OR_WORD.findall(phrase))
