# ruff: noqa: E501 -- lists of words read better in long lines than cut in pieces
"""Whom a hostile sentence is aimed at. Between "you are an idiot" and "I am such an idiot" lies the whole difference.

Every sentence is read by itself: who speaks, to whom, about whom. Words somebody only repeats ("he told me to go die"),
words against a substance ("fuck you alcohol") or against oneself, and hard words meant kindly are not attacks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from forum.moderation.phases.normalise import TextViews, views_of
from forum.moderation.phases.rules_files import compiled, rules
from forum.moderation.phases.rules_match import readable
from forum.moderation.verdict import Place, Span

Kind = Literal["member", "group", "self", "third_party", "institution", "substance", "reported", "supportive", "none"]
AT_OTHERS = frozenset({"member", "group"})


@dataclass(frozen=True, slots=True)
class Aim:
    """One sentence, whom it is aimed at, and whether there is anything hostile in it."""

    kind: Kind
    sentence: Span
    """Half-open offsets into the folded view."""
    hostile: bool


_YOU = re.compile(r"\b(?:you|your|yours|yourself|yourselves)\b")
_FIRST = re.compile(r"\b(?:i|me|my|myself|mine|we|us|our|ourselves)\b")
_OWN = re.compile(r"\b(?:i|me|my|myself|mine)\b")
_SUBJECT = re.compile(
    r"\b(?P<self>i|me|my|myself|mine|we|us|our|ourselves)\b|\b(?P<you>you|your|yours|yourself|yourselves)\b"
    r"|\b(?P<third>he|she|him|her|his|hers)\b|\b(?P<vague>they|them|their|who|someone|somebody|guy|bloke|woman|lad)\b"
)
_SELF_STATE = re.compile(
    r"\bi (?:\w+ ){0,2}(?:am|was|feel|felt|look|looked|sound|hate|hated|loathe|despise|have been|called|deserve|deserved|hope i)\b|\bmyself\b|\bmy \w+"
)
_REPORTED = re.compile(
    r"\b(?:said|says|saying|told|tells|telling|called|calls|calling|yelled|yelling|screamed|screaming|shouted|shouting|texted|messaged"
    r"|dmed|wrote|posted|commented|whispers?|thinks|treats?|treated|spat|sneered|joked|threatened)\b"
)
_AUTHOR_SAYS = re.compile(
    r"\b(?:i|as i|like i|i have|i just) (?:just |already |have |always )?(?:said|say|told|tell|called|call|wrote|posted)\b"
)
_QUOTED = re.compile(r"\"[^\"\n]{1,400}\"|(?<!\w)'[^'\n]{2,400}'(?!\w)")
_QUOTED_LINE = re.compile(r"^>[^\n]*", re.MULTILINE)
_NEGATED = re.compile(r"\b(?:you (?:are|were)|is|are) (?:\w+ ){0,2}(?:not|never|no)\b")
_NEGATION_REACH = 25
_PRAISE = re.compile(
    r"\b(?:do not|stop|never|quit) (?:\w+ ){0,2}(?:call|calling|beat|beating|hate|hating|blame|blaming|apologis\w+|apologiz\w+|punish\w*) (?:\w+ )?yourself\b"
    r"|\b(?:do not|never) (?:ever )?let (?:anyone|anybody|them|him|her|it|that|people|somebody|someone) (?:tell|make|convince|say|get)\b|\bdo not apologi[sz]e\b"
    r"|\b(?:proud of|rooting for|hugs? (?:to|for)|thinking of|believe in|so glad|am glad|happy for|well done|so sorry|keep going|here for) (?:\w+ ){0,4}(?:you|your|u)\b"
    r"|(?<!would )\blove (?:every one of |each of |all of |to )?(?:you|u|ye)\b|\bthank(?:s| you)(?! for nothing)\b(?! (?:kaepernick|god))"
    r"|\byou (?:are |absolute |beautiful |lovely |brave |fucking |bloody |damn |total |complete |badass ){0,4}(?:a |an |the )?(?:such a |so |fucking |bloody |damn |absolute |total ){0,3}"
    r"(?:amazing|awesome|legend|rockstar|rock|star|hero|warrior|fighter|beast|badass|brave|strong|stronger|brilliant|beautiful|inspiration|machine"
    r"|boss|queen|king|gem|treasure|worth|loved|enough|welcome|crushing|smashing|killing it|doing (?:great|well|amazing|so well))\b"
)
_LETTER = re.compile(
    r"\b(?:dear|letter to|goodbye letter|break ?up letter|note to|to my|bye|goodbye|farewell) (?:my |the |old |mr |miss |letter )*{substance}"
)
_WISH = re.compile(
    r"\b(?:hope|wish|bet|pray) (?:\w+ ){0,6}(?:you|your)\b|\b(?:you|your) (?:\w+ ){0,6}i (?:hope|wish|bet|pray)\b"
)
_IMPERATIVE = re.compile(
    r"^(?:\W|@?\w+[,:] )*(?:just |so |please |oh |ok |lol |and |now |well )*(?:go|get|shut|stop|fuck|piss|sod|crawl|drop|eat|rot|burn|kill|hang|die|choke|stfu|gtfo|kys"
    r"|grow|leave|cry|quit|do us|enjoy)\b"
)


@cache
def _hostile() -> re.Pattern[str]:
    """Return what makes a sentence hostile: cruel names and phrases. Plain swearing is not among them."""
    return compiled(
        r"\b(?:{insult}|{insult_adjective}|{slur}|hate|despise|loathe|fuck (?:you|off|yourself)|screw you|piss off|sod off|shut up"
        r"|shut the fuck up|stfu|gtfo|go die|kys|kill yourself|die|drop dead|rot in hell|burn in hell|eat shit|suck|sucks|disgust\w*|sick of|typical|cancer|plague|reason"
        r"|makes? me sick|make me puke|deserve|deserves|hope|nobody|no one|ashamed|regret|threat|beat|stab|shoot|strangle|punch|slap|cry|whine"
        r"|whining|crying|excuse|boring|joke|attention|victim|sob story|faking|fake|lying|liar)\b",
        rules().lists,
    )


@cache
def _at_substance() -> re.Pattern[str]:
    """Return how people curse what holds them: "fuck you alcohol", "screw this disease", "vodka you bastard"."""
    return compiled(
        r"\b(?:screw|hate|fuck|damn|goodbye|bye|sod|piss|hell with|do one|up yours|jog on|leave me alone|get lost|done with)(?: you| off| with){0,2}"
        r"(?: my| this| the| that| old| stupid| fucking| bloody| evil| lying| poxy){0,3} {substance}\b(?! (?:addict|head|user|whore))"
        r"|\byou(?: stupid| evil| lying| fucking| bloody| rotten| absolute| sneaky){1,3} {substance}\b(?! (?:addict|head|user|whore|y))"
        r"|\b{substance},? you (?:are|were|took|stole|ruined|made|bastard|bitch|fucker|will not|can not|do not|absolute|evil|lying|won|lost|nearly|almost|stupid)\b",
        rules().lists,
    )


@cache
def _vocative() -> re.Pattern[str]:
    """Return a name called at the end of a sentence: ", you scum", "what a loser"."""
    return compiled(
        r"(?:,|-|\bwhat a|\byou|\btypical|\banother)(?: \w+){0,2}(?: ?{insult}| ?{slur})\W*$", rules().lists
    )


@cache
def _pointing() -> re.Pattern[str]:
    return compiled(r"\b(?:this|these|another|typical|the resident|some) (?:\w+ )?(?:{insult}|{slur})\b", rules().lists)


@cache
def _letter() -> re.Pattern[str]:
    return compiled(_LETTER.pattern, rules().lists)


@cache
def _institution() -> re.Pattern[str]:
    return compiled(r"\b{institution}\b", rules().lists)


@cache
def _group() -> re.Pattern[str]:
    return compiled(
        r"\b(?:{group}|{group_here}|{slur}|(?:typical|another|fucking|bloody|dirty|stupid) (?:muslim|jew|black|gay|arab|immigrant|mexican|indian|woman|foreigner|gypsy))\b",
        rules().lists,
    )


def aims_of(views: TextViews, place: Place) -> tuple[Aim, ...]:
    """Return whom each sentence of the folded view is aimed at. Linear in the length of the text."""
    text = without_quotes(readable(views.folded))
    letter = is_letter_to_substance(text)
    quoted = views_of(place.quoted).folded if place.quoted else ""
    return tuple(_aim(text, span, place, letter, quoted) for span in views.sentences)


def is_letter_to_substance(text: str) -> bool:
    """Tell whether a folded text is a letter to what holds its author: "dear alcohol"."""
    return bool(_letter().search(text))


def is_to_substance(sentence: str) -> bool:
    """Tell whether a folded sentence curses a substance: "fuck you, little white pills"."""
    return bool(_at_substance().search(sentence))


def is_quoted_by_its_victim(folded: str, start: int, end: int, sentence: Span) -> bool:
    """Tell whether a place stands in quotation marks inside a sentence about the author: "…" was on my door."""
    if not any(quote.start() <= start and end <= quote.end() for quote in _QUOTED.finditer(folded)):
        return False
    around = without_quotes(folded)[sentence[0] : sentence[1]]
    return bool(_OWN.search(around)) and not _YOU.search(around)


def is_at_others(aims: tuple[Aim, ...]) -> bool:
    """Tell whether the text attacks a member or a group: in a hostile sentence or, without any, by speaking to one."""
    hostile = [aim for aim in aims if aim.hostile]
    if hostile:
        return any(aim.kind in AT_OTHERS for aim in hostile)
    return any(aim.kind in AT_OTHERS for aim in aims)


def is_at_self(aims: tuple[Aim, ...]) -> bool:
    """Tell whether something hostile is said about the author by the author."""
    return any(aim.kind == "self" and aim.hostile for aim in aims)


def without_quotes(folded: str) -> str:
    """Blank out quoted lines and what stands in quotation marks, keeping every offset.

    A text that is nothing but quotation marks stays: putting an insult in quotes does not make it somebody else's.
    """
    text = _QUOTED_LINE.sub(_blank, folded)
    blanked = _QUOTED.sub(_blank, text)
    return blanked if blanked.strip(" .,!?") else text


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group())


def _aim(text: str, span: Span, place: Place, letter: bool, quoted: str) -> Aim:
    sentence = text[span[0] : span[1]]
    if not sentence.strip():
        return Aim("reported", span, hostile=False)
    cue = _hostile().search(sentence)
    return Aim(_kind(sentence, cue, place, letter, quoted), span, hostile=cue is not None)


def _kind(sentence: str, cue: re.Match[str] | None, place: Place, letter: bool, quoted: str) -> Kind:
    if quoted and len(sentence) > 15 and sentence in quoted:
        return "reported"
    if _is_reported(sentence, cue):
        return "reported"
    if _is_kind(sentence, cue):
        return "supportive"
    if (letter and _YOU.search(sentence)) or is_to_substance(sentence):
        return "substance"
    if cue is None:
        return "member" if _speaks_to_member(sentence, place) or _IMPERATIVE.match(sentence) else "none"
    return _subject(sentence, cue, place)


def _is_reported(sentence: str, cue: re.Match[str] | None) -> bool:
    """Tell whether the author only repeats what somebody else said. "Like I said, you …" is the author speaking."""
    end = cue.start() + 1 if cue else len(sentence)
    if not any(True for _ in _REPORTED.finditer(sentence, 0, end)):
        return False
    return not _AUTHOR_SAYS.search(sentence)


def _is_kind(sentence: str, cue: re.Match[str] | None) -> bool:
    """Tell whether the sentence comforts: praise, or a "not" right before the hard word ("you are not a failure")."""
    if _PRAISE.search(sentence):
        return True
    if cue is None:
        return False
    return any(_reaches(sentence[no.end() : cue.start()]) for no in _NEGATED.finditer(sentence, 0, cue.start()))


def _reaches(between: str) -> bool:
    """Tell whether a "not" still covers the word after this: near, and no new statement between them."""
    return len(between) <= _NEGATION_REACH and not re.search(r"\b(?:you|just|but)\b", between)


def _speaks_to_member(sentence: str, place: Place) -> bool:
    return bool(_YOU.search(sentence)) or _names_member(sentence, place)


def _names_member(sentence: str, place: Place) -> bool:
    return any(handle.lower() in sentence for handle in (*place.handles, place.reply_to_handle) if handle)


def _subject(sentence: str, cue: re.Match[str], place: Place) -> Kind:
    """Return whom the hostile word belongs to: the nearest person named before it, or after it, or nobody."""
    if _YOU.search(cue.group()) or _IMPERATIVE.match(sentence):
        return "self" if _OWN.search(sentence[: cue.start()]) and not _YOU.search(sentence) else "member"
    if _YOU.match(sentence[cue.end() :].lstrip()) or _WISH.search(sentence):
        return "member"
    if _vocative().search(sentence) and not _OWN.search(sentence):
        return "member"
    before = list(_SUBJECT.finditer(sentence, 0, cue.start()))
    nearest = before[-1] if before else _SUBJECT.search(sentence, cue.end())
    if _names_member(sentence, place) and (nearest is None or nearest.lastgroup in ("third", "vague")):
        return "member"
    if nearest is not None and (nearest.lastgroup == "you" or (nearest.lastgroup == "vague" and _YOU.search(sentence))):
        return "member"
    if _group().search(sentence) and not (nearest is not None and nearest.lastgroup == "self" and before):
        return "group"
    if nearest is not None and nearest.lastgroup == "self":
        return _self_or_you(sentence, cue)
    if nearest is not None:
        return "third_party"
    if _institution().search(sentence):
        return "institution"
    return "member" if _points(sentence, place) else "none"


def _points(sentence: str, place: Place) -> bool:
    """Tell whether a name without any pronoun points at somebody here: "another moron who can't read", a bare reply."""
    return bool(_pointing().search(sentence)) or bool(place.reply_to_handle and len(sentence.split()) <= 6)


def _self_or_you(sentence: str, cue: re.Match[str]) -> Kind:
    """Tell "I hate you", "you make me sick" and "I'd rather die than sit with you" from "I hate myself"."""
    if re.match(r"(?: \w+){0,3} (?:you|your)\b", sentence[cue.end() :]):
        return "member"
    if re.search(r"\byou(?: \w+){0,2} make me\b", sentence):
        return "member"
    if _SELF_STATE.search(sentence):
        return "self"
    return "member" if _YOU.search(sentence, cue.end()) else "none"
