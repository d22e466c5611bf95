"""Reasons a moderator gives: one code per house rule, with the words its author and its readers get."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from forum.core import yamldata
from forum.core.errors import BadInput
from forum.moderation.decide_words import SENTENCES

_FILE = Path(__file__).with_name("data") / "decision_reasons.yaml"


@dataclass(frozen=True, slots=True)
class Reason:
    """One ground for a decision."""

    code: str
    key: int
    """1–9: the key that picks it."""
    label: str
    rule: str
    """The house rule it stands on, e.g. "rule-4"."""
    said: str
    """What the author reads."""
    tombstone: str
    """What others read after "Removed by moderators: "."""

    @property
    def rule_number(self) -> str:
        """The number of the house rule, for "rule 4"."""
        return self.rule.removeprefix("rule-")


@cache
def reasons() -> Mapping[str, Reason]:
    """Return all reasons by code, in the order of their keys."""
    rows = yamldata.parse(_FILE.read_text(encoding="utf-8"))["reasons"]
    found = [Reason(**{**row, "said": " ".join(row["said"].split())}) for row in rows]
    return {reason.code: reason for reason in sorted(found, key=lambda reason: reason.key)}


def get_reason(code: str) -> Reason:
    """Return a reason.

    Raises:
        BadInput: there is no such code; nothing is ever taken down without one.
    """
    if code not in reasons():
        raise BadInput("Please choose which rule this is about.", field="reason_code")
    return reasons()[code]


def public_explanation(code: str) -> str:
    """Return what an author is told for a reason, by a person or a rule; "" for an unknown code."""
    found = reasons().get(code)
    return found.said if found else SENTENCES.get(code, "")


def tombstone(code: str) -> str:
    """Return what stands in place of a hidden text, e.g. "identity details"; "" for an unknown code."""
    found = reasons().get(code)
    return found.tombstone if found else ""
