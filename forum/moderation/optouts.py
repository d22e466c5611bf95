"""Kinds of texts somebody would rather not read. Others get these first; nobody is ever kept from helping."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from forum.core.db import db
from forum.moderation.models import StaffCare

GROUPS: Mapping[str, frozenset[str]] = {
    "suicide": frozenset(
        {
            "ideation_passive",
            "ideation_active",
            "plan_intent_means",
            "goodbye",
            "attempt_in_progress",
            "method_seeking",
            "method_detail",
        }
    ),
    "self_harm": frozenset({"self_harm", "algospeak"}),
    "overdose": frozenset({"overdose_now", "overdose_risk", "withdrawal_emergency", "withdrawal_risk"}),
    "violence": frozenset({"dv_current", "dv_immediate", "threat", "threat_others", "threat_imminent"}),
    "sexual_violence": frozenset({"sexual_violence", "sexual_solicitation", "minor_sexual", "minor_safety"}),
    "children": frozenset({"child_at_risk", "child_immediate"}),
    "eating": frozenset({"eating_disorder_acute"}),
    "hate": frozenset({"identity_attack", "targeted_abuse", "threat_words", "harassment", "incitement"}),
    "grief": frozenset({"grief"}),
}
"""What each choice leaves out: codes of `Case.lane_reason`."""

NAMES: Mapping[str, str] = {
    "suicide": "Suicide",
    "self_harm": "Self-harm",
    "overdose": "Overdose and withdrawal",
    "violence": "Violence and threats",
    "sexual_violence": "Sexual violence",
    "children": "Children in danger",
    "eating": "Eating disorders",
    "hate": "Hate and cruelty",
    "grief": "Grief",
}


def group_names() -> Mapping[str, str]:
    """Return what can be left out, in plain words."""
    return NAMES


def of(staff_id: int) -> tuple[str, ...]:
    """Return what somebody leaves out."""
    row = db.session.get(StaffCare, staff_id)
    return tuple(group for group in row.skip_categories if group in GROUPS) if row is not None else ()


def codes_of(staff_id: int) -> frozenset[str]:
    """Return the lane reasons somebody leaves out."""
    return frozenset().union(*(GROUPS[group] for group in of(staff_id)))


def choose(staff_id: int, groups: Iterable[str]) -> None:
    """Store what somebody leaves out; unknown words are ignored. Nothing of it is written into the record."""
    wanted = [group for group in GROUPS if group in set(groups)]
    row = db.session.get(StaffCare, staff_id)
    if row is None:
        db.session.add(StaffCare(staff_id=staff_id, skip_categories=wanted))
    else:
        row.skip_categories = wanted
    db.session.flush()
