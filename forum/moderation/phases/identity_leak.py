# ruff: noqa: E501 -- lists of words read better in long lines than cut in pieces
"""Find what says who or where somebody is, and whose it is: the author's own, or another person's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from forum.moderation.phases.identity_contacts import contacts_in
from forum.moderation.phases.identity_numbers import Leak, numbers_in
from forum.moderation.phases.identity_places import places_in
from forum.moderation.phases.identity_words import Look
from forum.moderation.phases.normalise import TextViews
from forum.moderation.verdict import Finding, Severity, Submission

PHASE = "identity_leak"
VERSION = "2026-11-22.1"
Owner = Literal["self", "other", "none"]


@dataclass(frozen=True, slots=True)
class Kind:
    """What one kind of detail is called and whether it is held for."""

    says: str
    holds: bool = True
    severity: Severity = "high"


KINDS = {
    "phone_number": Kind("a telephone number"),
    "email_address": Kind("an e-mail address"),
    "social_handle": Kind("a name on another platform"),
    "profile_link": Kind("a link to a profile or private chat"),
    "street_address": Kind("a street address"),
    "postcode": Kind("a postcode"),
    "full_name": Kind("a full name"),
    "iban": Kind("a bank account number"),
    "card_number": Kind("a card number"),
    "national_number": Kind("a national identity number"),
    "public_number": Kind("a public telephone number", holds=False, severity="info"),
    "public_address": Kind("the address of a public place", holds=False, severity="info"),
    "link": Kind("a link", holds=False, severity="info"),
}

_RELATIVE = (
    "mum|mom|mam|mother|dad|father|sponsor|mentor|ex|friend|mate|dealer|plug|brother|sister|son|daughter|wife|husband|partner|boyfriend"
    "|girlfriend|boss|neighbour|neighbor|counsellor|counselor|therapist|roommate|flatmate|landlord|cousin|uncle|aunt|nan|gran|lad|kid"
)
_OTHER = re.compile(
    rf"\b(?:his|her|hers|their|theirs|he|she|they|him|them|your|yours|my (?:\w+ )?(?:{_RELATIVE})(?:'s|s)?|you (?:live|are at|stay)"
    r"|that (?:guy|man|woman|girl|bitch|bastard|cunt)|(?<!it)(?<!here)(?<!that)(?<!what)(?<!there)\w{3,}'s (?:number|address|phone|real name|insta\w*|snap\w*"
    r"|facebook|email|house))\b",
    re.IGNORECASE,
)
_SELF = re.compile(
    r"\b(?:my|mine|i|i'm|im|me|us|we|our)\b",
    re.IGNORECASE,
)
_REACH = 70


def run(sub: Submission, views: TextViews) -> list[Finding]:
    """Return one finding per kind of detail and owner, with the spans that a mask would cover."""
    text = views.clean
    look = Look.at(text)
    leaks = [*numbers_in(look, sub.allowed_numbers), *places_in(look), *contacts_in(look)]
    grouped: dict[tuple[str, Owner], list[Leak]] = {}
    for leak in _longest(leaks):
        grouped.setdefault((leak.code, owner_of(text, leak, sub.place.handles)), []).append(leak)
    return [_finding(code, owner, group, views) for (code, owner), group in grouped.items()]


def _longest(leaks: list[Leak]) -> list[Leak]:
    """Keep the longest of leaks that overlap: an e-mail address also looks like a link."""
    kept: list[Leak] = []
    end = -1
    for leak in sorted(leaks, key=lambda one: (one.start, -one.end, not KINDS[one.code].holds)):
        if leak.start >= end:
            kept.append(leak)
            end = leak.end
    return kept


def _finding(code: str, owner: Owner, leaks: list[Leak], views: TextViews) -> Finding:
    kind = KINDS[code]
    whose = "somebody else's: " if owner == "other" and kind.holds else ""
    return Finding(
        PHASE,
        code,
        severity=kind.severity,
        spans=tuple(views.original_span("clean", leak.start, leak.end) for leak in leaks),
        explanation=f"This looks like {whose}{kind.says}.",
        category="link" if code == "link" else "identity",
        version=VERSION,
        subject=owner,
        mode="hold" if kind.holds else "flag",
        mask=kind.holds,
    )


def owner_of(text: str, leak: Leak, handles: frozenset[str] = frozenset()) -> Owner:
    """Tell whose detail it is by the nearest word about a person before it, in the same sentence; else nobody's."""
    start = max(0, leak.start - _REACH)
    before = text[start : leak.start]
    cut = max(before.rfind(mark) for mark in (". ", "! ", "? ", "\n"))
    before = before[cut + 1 :]
    if leak.code in ("email_address", "social_handle", "full_name"):
        before = text[max(0, start) : leak.start][cut + 1 :]
    other = max((m.end() for m in _OTHER.finditer(before)), default=-1)
    other = max(other, _last_handle(before, handles))
    own = max((m.end() for m in _SELF.finditer(before) if not _is_part(before, m)), default=-1)
    if other < 0 and own < 0:
        return "none"
    return "other" if other >= own else "self"


def _is_part(before: str, match: re.Match[str]) -> bool:
    """Tell whether "my" only introduces somebody else ("my sponsor's number")."""
    return bool(re.match(rf"my (?:\w+ )?(?:{_RELATIVE})", before[match.start() :], re.IGNORECASE))


def _last_handle(before: str, handles: frozenset[str]) -> int:
    lowered = before.lower()
    return max(
        (lowered.rfind(handle.lower()) + len(handle) for handle in handles if handle.lower() in lowered), default=-1
    )
