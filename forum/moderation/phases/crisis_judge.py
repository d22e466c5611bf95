"""Decide what a matched phrase means where it stands: negated, past, told, taught, joked, or meant.

A dampener only ever touches matches in its own sentence (the past: its neighbours too), so it can never erase what
another sentence says. See `crisis_taxonomy` §2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from forum.moderation.phases.crisis_lexicon import Entry, Frame
from forum.moderation.phases.crisis_patterns import Pattern
from forum.moderation.phases.crisis_stream import Hit, Stream, matches_in

_LINKING = (
    "really|actually|even|ever|been|be|being|going|to|planning|planned|about|feeling|feel|felt|have|having|had"
    "|any|a|the|want|wanting|wanted|wants|thinking|think|thought|thoughts|of|currently|longer|intending|intend"
    "|intention|plans|plan|active|actively|at|all|in|like|exactly|get|getting|got|would|will|do|too|very"
    "|immediately|imminently|acutely|considering|consider|contemplating|trying|try|urges|urge|desire|wish|your"
    "|their|his|her|hurt|harm|or|suicidal|ideation|self|and"
)
_SAYING = (
    r"(?:(?:saying|say|think|mean|that|like|thinking|said) (?:that )?i "
    r"(?:(?:am|would|will|want|to|even|really|was|have|had|going|be) ){0,4})?"
)
_DENIED_NOUNS = (
    "thoughts?|plans?|intentions?|intent|urges?|desire|wish|interest|ideation|signs?|history|talk|mention|risk|suicidal"
    "|self|harm|longer|need|or|and|suicide|of|to|about|in|for|having|active"
)
_NEGATED = re.compile(
    rf"(?:^| )(?:(?:not|never|neither) (?:(?:{_LINKING}) ){{0,6}}{_SAYING}"
    rf"|no (?:longer |more |real |current |active |actual )?(?:(?:{_DENIED_NOUNS}) ){{0,5}})$"
)
_NOT_A_NEGATION = re.compile(
    r"(?:(?:not|never|no) (?:a |an |one )?(?:single )?(?:day|night|hour|morning|minute|moment) .*"
    r"|(?:try|tries|tried|trying|struggling|fighting|hard|how|reasons?|promised?|supposed|ought|have|going) "
    r"(?:to )?not (?:to )?"
    r"|not to "
    r"|why (?:do|should|would|can|did|am|have) (?:i )?not (?:i )?(?:just )?(?:to )?"
    r"|(?:might|may) not |or not |whether or not |if not |not only )(?:just |even |actually )?$"
)
_PRESENT = re.compile(
    r"\b(?:am|want|wants|will|tonight|going|now|is|have|has|feel|feels|wish|keep|keeps|need|needs|do|does|are|today"
    r"|again|can|think|about|tomorrow|hope|hopes|plan|planning|tempted|ready|hate)\b"
)
_OTHER_PERSON = re.compile(r"\b(?:you|he|she|they|we|who|someone|somebody|anyone|people|your|his|her|their|him|them)\b")
_FIRST_PERSON = re.compile(r"\b(?:i|me|my|myself|mine)\b")
_ADDRESSED = re.compile(r"\b(?:you|your|yours|yourself)\b")
_TOLD_TO_ANOTHER = frozenset(
    {
        "ideation_passive", "ideation_active", "self_harm", "psychosis", "eating_disorder_acute",
        "overdose_now", "overdose_risk", "withdrawal_risk", "withdrawal_emergency",
        "third_party_concern", "third_party_imminent",
    }
)  # fmt: skip
"""Said with "you" and without "I", these are words to somebody else about their own danger: a supporter's reply. Leave-
taking, threats and violence are said with "you" by the person in danger as well, so they are not here."""
_WANTED_THEN = re.compile(r"\b(?:did|could|would) not (?:want|feel|see|think|care|wish|have|hope)\b|\bused to \w+\b")
_SOMEBODY_S = re.compile(r"\b(?:my|our|the|his|her|their|your) \w+ $")
_WISHES = re.compile(r"(?:want|wants|wish|wishes|would rather) ")
_BEFORE_CHARS = 90
"""How far back a negation may stand: about fifteen words."""
_NEARBY_CHARS = 20
"""How far back the person speaking may stand: about four words."""


class Judged(NamedTuple):
    """A match with the level it is worth here, and why it is worth less than its entry says."""

    hit: Hit
    entry: Entry
    level: int
    dampened_by: str = ""

    @property
    def speaks(self) -> bool:
        """Tell whether combinations may build on it."""
        return not self.dampened_by


OtherMeanings = dict[tuple[str, int, int], bool]
"""Whether words beside an entry give it another meaning, by entry and sentences: several matches ask the same."""


class Frames:
    """The frames of a text, by kind."""

    def __init__(self, hits: Iterable[Hit]) -> None:
        self.hits = [hit for hit in hits if isinstance(hit.item, Frame)]
        self.by_kind: dict[str, list[Hit]] = {}
        for hit in self.hits:
            self.by_kind.setdefault(hit.item.kind, []).append(hit)  # type: ignore[union-attr]

    def of(self, kind: str, first: int, last: int) -> list[Hit]:
        """Return the frames of a kind that touch sentences first..last."""
        if kind not in self.by_kind:
            return []
        return [hit for hit in self.by_kind[kind] if first <= hit.last_sentence and hit.sentence <= last]


def judge(stream: Stream, hits: Iterable[Hit]) -> tuple[list[Judged], Frames]:
    """Judge every matched entry against its surroundings."""
    found = list(hits)
    frames = Frames(found)
    other_meanings: OtherMeanings = {}
    judged = [_judge_one(stream, hit, hit.item, frames, other_meanings) for hit in found if isinstance(hit.item, Entry)]
    return [one for one in judged if one is not None], frames


def _judge_one(stream: Stream, hit: Hit, entry: Entry, frames: Frames, other_meanings: OtherMeanings) -> Judged | None:
    start, _ = stream.sentence_span(hit.sentence)
    _, end = stream.sentence_span(hit.last_sentence)
    if entry.unless is not None:
        asked = (entry.id, hit.sentence, hit.last_sentence)
        if asked not in other_meanings:
            other_meanings[asked] = _means_something_else(stream, hit, entry.unless, start, end)
        if other_meanings[asked]:
            return None
    before = stream.text[max(start, hit.start - _BEFORE_CHARS) : hit.start]
    if "negation" not in entry.immune and _is_negated(before):
        return Judged(hit, entry, 0, "negation")
    if entry.explicit and not _speaks_of_self(hit, before):
        return None
    if entry.explicit and _SOMEBODY_S.search(before) and _WISHES.match(hit.words):
        return None
    kind, cap = _cap(hit, entry, frames, before)
    if kind and (cap < entry.level or not entry.level):
        return Judged(hit, entry, min(cap, entry.level), kind)
    return Judged(hit, entry, entry.level)


def _means_something_else(stream: Stream, hit: Hit, unless: Pattern, start: int, end: int) -> bool:
    """Tell whether words in the same sentence give it another meaning; looked for only where they can begin."""
    if hit.sentence != hit.last_sentence:
        return unless.regex.search(stream.text[start:end]) is not None
    sentence = stream.sentences[hit.sentence]
    for need in unless.needs:
        if need.isdisjoint(sentence.words):
            return False
    return bool(matches_in(stream.text, unless, sentence, start, end))


def _speaks_of_self(hit: Hit, before: str) -> bool:
    """Tell whether the writer is the one meant: "you said you want to die" has another subject and no first person."""
    near = f"{before[-_NEARBY_CHARS:]}{hit.words}"
    return bool(_FIRST_PERSON.search(near)) or not _OTHER_PERSON.search(near)


def _is_negated(before: str) -> bool:
    if "no" not in before and "never" not in before and "neither" not in before:
        return False
    return bool(_NEGATED.search(before)) and not _NOT_A_NEGATION.search(before)


def _cap(hit: Hit, entry: Entry, frames: Frames, before: str) -> tuple[str, int]:
    """Return the strongest frame that holds for this match and the level it leaves."""
    first, last = hit.sentence, hit.last_sentence
    if "exercise" not in entry.immune and frames.of("exercise", first, last):
        return "exercise", 0
    if any(frame.end <= hit.start + _NEARBY_CHARS for frame in frames.of("reported", first, last)):
        return "reported", 0
    told = frames.of("fiction", first, last) if "fiction" not in entry.immune else []
    if told and _told(told, hit, entry, _is_personal(hit, before)):
        return "fiction", 0
    taught = "education" not in entry.immune and frames.of("education", first, last)
    if taught and not _is_personal(hit, before):
        return "education", 0
    if "joke" not in entry.immune and frames.of("joke", first, last) and not frames.of("serious", first - 1, last + 1):
        return "joke", 2 if entry.explicit else 1
    if "past" not in entry.immune and _is_past(hit, entry, frames):
        return "past", 1
    if entry.category in _TOLD_TO_ANOTHER and _is_addressed(hit, before):
        return "addressed", 1
    return "", 3


def _is_personal(hit: Hit, before: str) -> bool:
    return bool(_FIRST_PERSON.search(f"{before[-_NEARBY_CHARS:]}{hit.words}"))


def _is_addressed(hit: Hit, before: str) -> bool:
    """Tell whether a match speaks of the person spoken to and not of the writer."""
    near = f"{before[-_NEARBY_CHARS:]}{hit.words}"
    return bool(_ADDRESSED.search(near)) and not _FIRST_PERSON.search(near)


def _told(found: list[Hit], hit: Hit, entry: Entry, personal: bool) -> bool:
    """Tell whether a story or game frame covers the match; plain first-person words yield only to one before them."""
    if entry.explicit and personal:
        return any(frame.end <= hit.start for frame in found)
    return bool(found)


def _is_past(hit: Hit, entry: Entry, frames: Frames) -> bool:
    """Tell whether the match is about a time that is over, with nothing saying that it has come back."""
    first, last = hit.sentence, hit.last_sentence
    if frames.of("leak", first, last + 2):
        return False
    if frames.of("that_was", first, last + 1):
        return True
    here = frames.of("past", first, last)
    recent = frames.of("recent", first, last)
    if _PRESENT.search(_WANTED_THEN.sub("", hit.words)):
        return any(_covers(frame, hit, recent) for frame in here)
    if here:
        return not recent or any(_covers(frame, hit, recent) for frame in here)
    if recent or "stable" in entry.immune:
        return False
    return bool(frames.of("stable", first - 2, last + 3) or frames.of("past", first - 1, last + 1))


def _covers(frame: Hit, hit: Hit, recent: list[Hit]) -> bool:
    """Tell whether a past frame governs a match: inside it ("used to want"), or before it with no "tonight" between."""
    if hit.start <= frame.start < hit.end:
        return True
    return frame.start <= hit.start and not any(frame.end <= near.start < hit.end for near in recent)
