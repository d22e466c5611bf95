# ruff: noqa: E501 -- lists of words read better in long lines than cut in pieces
"""Where somebody can be found: street addresses, postcodes, and full names said as such."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from forum.moderation.phases.identity_numbers import Leak
from forum.moderation.phases.identity_words import Look

_STREET_WORD = (
    "street|road|avenue|lane|drive|crescent|terrace|gardens|grove|boulevard|parkway|mews|close|court|place|square|way"
    "|circle|trail|walk|rise|row|park|hill|view|highway|quay|st|rd|ave|ln|blvd|cres|pkwy|hwy"
)
_NOT_A_NAME = (
    "days?|weeks?|months?|years?|hours?|hrs?|minutes?|mins?|seconds?|miles?|blocks?|steps?|times?|people|more|the|a|an|of|on|in"
    "|down|up|into|from|this|that|my|your|his|her|their|our|and|or|to|at|is|was|mg|ml|am|pm|clean|sober|different|other|good"
    "|bad|long|hard|wrong|right|only|any|no|some|every|all|th|nd|rd|st|to|per|for|with|by|it|i|so|out|off|percent|kids?"
)
_STREET = re.compile(
    rf"(?<![\w£$€.,:/-])(?:(?:flat|apt|apartment|unit|no\.?|number|#) ?\w{{1,4}},? )?\d{{1,5}}[a-z]?,? "
    rf"(?:(?!(?:{_NOT_A_NAME})\b)[a-z][a-z'’.-]{{1,20}} ){{1,3}}(?:{_STREET_WORD})\b(?!['’-]|\s+(?:to|too|of recovery)\b)",
    re.IGNORECASE,
)
_LIVING_WORD = "live|lives|living|stay|stays|staying|flat|house|home|address"
_LIVES_ON = re.compile(
    rf"\b(?:{_LIVING_WORD}) (?:is |just )?(?:on|at|off|in) "
    rf"(?:(?!(?:{_NOT_A_NAME}|skid|easy|high|main)\b)[a-z][a-z'’.-]{{1,20}} ){{1,3}}(?:street|road|avenue|lane|drive|crescent|terrace"
    r"|gardens|grove|boulevard|mews|st|rd|ave)\b",
    re.IGNORECASE,
)
_UK = re.compile(
    r"\b(?:[A-PR-UWYZ][A-HK-Y]?\d[A-HJKPS-UW\d]?) ?\d[ABD-HJLNP-UW-Z]{2}\b|\b(?:[a-pr-uwyz][a-hk-y]?\d[a-z\d]?) ?\d[abd-hjlnp-uw-z]{2}\b"
)
_CA = re.compile(r"\b[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z][ -]?\d[ABCEGHJ-NPRSTV-Z]\d\b", re.IGNORECASE)
_IE = re.compile(
    r"\b(?:[AC-FHKNPRTV-Y]\d{2}|D6W)[ -]?(?=[0-9AC-FHKNPRTV-Y]{0,3}[AC-FHKNPRTV-Y])[0-9AC-FHKNPRTV-Y]{4}\b"
)
_US = re.compile(
    r"\b(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY]),? "
    r"\d{5}(?:-\d{4})?\b|\bzip(?: ?code)?(?: is|:)? \d{5}\b"
)
_LIKE_A_POSTCODE = re.compile(r"\d(?:(?<=[^\W\d_]\d)|\d{4})")
"""A digit right after a letter, as in Britain, Canada and Ireland, or five digits, as in the United States."""
_PLACE_CUE = re.compile(
    r"\b(?:live|lives|living|address|post ?code|flat|house|home|based|zip|eir ?code|come (?:to|over)|at)\b", re.I
)
_PUBLIC = re.compile(
    r"\b(?:meetings?|church|clinic|pharmacy|cent(?:re|er)|hospital|hall|library|chapel|school hall|community|office|surgery|caf[eé])\b",
    re.IGNORECASE,
)
_AT_HOME = re.compile(
    r"\b(?:i|he|she|they|you) (?:\w+ )?(?:live|lives|stay|stays)\b|\b(?:my|his|her|their|your) (?:house|home|flat|address|place)\b",
    re.I,
)
_NAME = re.compile(
    r"\b(?:(?i:(?:my|his|her|their|your) (?:(?:full|real|legal|actual|last) )?name(?:'s| is)|(?:he|she) is called))"
    r" ([A-Z][a-z'’-]{1,20}(?: [A-Z]\.?)? [A-Z][a-z-]{1,20})\b(?!['’]s\b)"
)
# What the expressions above cannot do without.
_STREETS, _LIVING, _NAMING = (frozenset(words.split("|")) for words in (_STREET_WORD, _LIVING_WORD, "name|called"))
_NO_SURNAME = frozenset("And But I The So Im Day New From Not Here Just Hi Hello In".split())


def places_in(look: Look) -> Iterator[Leak]:
    """Yield addresses, postcodes and full names of the clean view."""
    yield from _addresses(look)
    yield from _postcodes(look)
    for match in look.found(_NAME, given=look.has(_NAMING)):
        if match.group(1).split()[-1] not in _NO_SURNAME:
            yield Leak("full_name", *match.span(1))


def _addresses(look: Look) -> Iterator[Leak]:
    streets = look.found(_STREET, given=look.digits > 0 and look.has(_STREETS))
    for match in chain(streets, look.found(_LIVES_ON, given=look.has(_LIVING) and look.has(_STREETS))):
        yield Leak("public_address" if _is_public(look.text, match) else "street_address", *match.span())


def _is_public(text: str, match: re.Match[str]) -> bool:
    """Tell whether the sentence speaks of a place open to everybody and of nobody's home."""
    start = max(text.rfind(".", 0, match.start()), text.rfind("\n", 0, match.start())) + 1
    around = text[start : match.end() + 60]
    return bool(_PUBLIC.search(around)) and not _AT_HOME.search(around)


def _postcodes(look: Look) -> Iterator[Leak]:
    text = look.text
    if not look.digits or not _LIKE_A_POSTCODE.search(text):
        return
    for pattern in (_UK, _CA, _IE, _US):
        for match in pattern.finditer(text):
            announced = _PLACE_CUE.search(text, max(0, match.start() - 50), match.start())
            spaced_capitals = match.group().isupper() and (" " in match.group() or pattern is _US)
            if (announced and match.group()[:1].isalpha()) or spaced_capitals:
                yield Leak("postcode", *match.span())
