"""House rules as this forum runs them: which mode each has, the team's own phrases, and every change on record.

The crisis check reads none of this: no setting can switch it off or make it quieter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import select

from forum.core.db import db
from forum.core.errors import BadInput, Conflict, NotFound
from forum.moderation import audit
from forum.moderation.actors import Actor, require
from forum.moderation.models import OwnRuleRow, RuleState
from forum.moderation.phases.rules_files import Rule, rules
from forum.moderation.phases.rules_own import MAX_PHRASES, as_rule, folded_phrase
from forum.moderation.sql import insert_into
from forum.moderation.verdict import HouseRules, Mode, OwnRule

MAX_OWN = 60
MAX_SAYS = 160
SPEAKING = ("flag", "hold")
GUARDING = "max"
"""Severity of rules that guard others from the worst; they hold or are silent, there is no "look at it later"."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One rule as the console lists it."""

    id: str
    title: str
    """The sentence members read when it holds something."""
    code: str
    mode: Mode
    shipped_mode: Mode
    version: str
    severity: str
    is_own: bool
    phrases: tuple[str, ...]
    """Of own rules; shipped ones are expressions with tests and are not changed here."""
    since: datetime | None
    """When the mode was set here; None: as shipped."""
    fell_back: bool
    """People rarely agreed with it, as `reviewed` and `agreed` say: it went on trial by itself (or, where it guards
    others from the worst, goes on holding until a person has looked)."""
    reviewed: int = 0
    agreed: int = 0

    @property
    def modes(self) -> tuple[Mode, ...]:
        """Return the modes it may be given."""
        return ("off", "shadow", "hold") if self.severity == GUARDING else ("off", "shadow", "flag", "hold")


# ── What the pipeline is given ──────────────────────────────────────────────────────────────────────────────────


def house_rules() -> HouseRules:
    """Return what differs here from the shipped rules, for one submission. Two short queries."""
    modes = {row.rule: cast(Mode, row.mode) for row in db.session.scalars(select(RuleState))}
    own = tuple(own_rule(row) for row in db.session.scalars(select(OwnRuleRow).order_by(OwnRuleRow.id)))
    return HouseRules(modes, own)


def own_rule(row: OwnRuleRow) -> OwnRule:
    """Return an own rule as phases know it."""
    return OwnRule(row.rule, row.says, tuple(row.phrases), f"own.{row.version}")


# ── Reading for the console ─────────────────────────────────────────────────────────────────────────────────────


def list_rules() -> list[Listed]:
    """Return every rule, the team's own first, then shipped ones by code."""
    states = {row.rule: row for row in db.session.scalars(select(RuleState))}
    own = db.session.scalars(select(OwnRuleRow).order_by(OwnRuleRow.id)).all()
    mine = [_listed(as_rule(own_rule(row)), states, tuple(row.phrases)) for row in own]
    shipped = sorted(rules().rules, key=lambda rule: (rule.code, rule.id))
    return [*mine, *(_listed(rule, states, ()) for rule in shipped)]


def get_listed(rule_id: str) -> Listed:
    """Return one rule. Raises NotFound."""
    for one in list_rules():
        if one.id == rule_id:
            return one
    raise NotFound()


def find_rule(rule_id: str) -> Rule:
    """Return a rule in the form it is run in. Raises NotFound."""
    row = _own_row(rule_id)
    if row is not None:
        return as_rule(own_rule(row))
    found = next((rule for rule in rules().rules if rule.id == rule_id), None)
    if found is None:
        raise NotFound()
    return found


def fallen_back(since: datetime) -> list[Listed]:
    """Return the rules people rarely agreed with, noticed after `since` and not yet looked at: the console says so."""
    return [one for one in list_rules() if one.fell_back and one.since is not None and one.since >= since]


def _listed(rule: Rule, states: dict[str, RuleState], phrases: tuple[str, ...]) -> Listed:
    state = states.get(rule.id)
    return Listed(
        id=rule.id,
        title=rule.says,
        code=rule.code,
        mode=cast(Mode, state.mode) if state else rule.mode,
        shipped_mode=rule.mode,
        version=rule.version,
        severity=rule.severity,
        is_own=rule.id.startswith("own_"),
        phrases=phrases,
        since=state.since if state else None,
        fell_back=bool(state and state.by_machine),
        reviewed=state.reviewed if state else 0,
        agreed=state.agreed if state else 0,
    )


def _own_row(rule_id: str) -> OwnRuleRow | None:
    wanted = select(OwnRuleRow).where(OwnRuleRow.public_id == rule_id.removeprefix("own_"))
    return db.session.scalar(wanted) if rule_id.startswith("own_") else None


# ── Changing ────────────────────────────────────────────────────────────────────────────────────────────────────


def set_mode(rule_id: str, mode: str, *, actor: Actor, now: datetime) -> Listed:
    """Let a rule do more or less. A rule that was silent or on trial speaks only after a finished trial of this form.

    Raises:
        BadInput: no such mode. Conflict: there is no finished trial of the last thirty days yet.
        NotFound: no such rule. Forbidden: the actor may not.
    """
    require(actor, "rules.change")
    before = get_listed(rule_id)
    if mode not in before.modes:
        raise BadInput("Please choose one of the modes this rule can have.", field="mode")
    if before.mode == mode and not before.fell_back:
        return before
    if mode in SPEAKING and before.mode not in SPEAKING and not _has_trial(before, now):
        raise Conflict("Please try it on what was written in the last thirty days first.")
    write_mode(rule_id, mode, now=now, changed_by_id=actor.staff_id)
    _record("rule.mode", actor, now, rule_id, before.mode, mode)
    return get_listed(rule_id)


def write_mode(
    rule_id: str,
    mode: Mode,
    *,
    now: datetime,
    changed_by_id: int | None = None,
    by_machine: bool = False,
    reviewed: int = 0,
    agreed: int = 0,
) -> None:
    """Store a mode; the caller writes the audit entry."""
    values = {
        "mode": mode,
        "since": now,
        "by_machine": by_machine,
        "reviewed": reviewed,
        "agreed": agreed,
        "changed_by_id": changed_by_id,
    }
    insert = insert_into(RuleState).values(rule=rule_id, **values)
    db.session.execute(insert.on_conflict_do_update(index_elements=["rule"], set_=values))
    db.session.expire_all()


def _has_trial(rule: Listed, now: datetime) -> bool:
    from forum.moderation.rule_trials import TRIAL_DAYS, newest_done  # it imports this module for the rules it tries

    trial = newest_done(rule.id)
    return trial is not None and trial.version == rule.version and (now - trial.started_at).days < TRIAL_DAYS


def add_own(says: str, phrases: Sequence[str], *, actor: Actor, now: datetime) -> Listed:
    """Make a rule of the team's own, on trial to begin with.

    Raises:
        BadInput: the sentence or a phrase won't do, in one sentence. Conflict: there are too many already.
    """
    require(actor, "rules.change")
    sentence, found = _checked(says, phrases)
    if len(db.session.scalars(select(OwnRuleRow.id)).all()) >= MAX_OWN:
        raise Conflict("There are as many own rules as can be run. Please take one away first.")
    row = OwnRuleRow(says=sentence, phrases=found, created_at=now, changed_at=now, created_by_id=actor.staff_id)
    db.session.add(row)
    db.session.flush()
    write_mode(row.rule, "shadow", now=now, changed_by_id=actor.staff_id)
    _record("rule.added", actor, now, row.rule, "", "shadow")
    return get_listed(row.rule)


def change_own(rule_id: str, says: str, phrases: Sequence[str], *, actor: Actor, now: datetime) -> Listed:
    """Change an own rule; with other phrases it is another rule, so it goes back on trial.

    Raises:
        BadInput: the sentence or a phrase won't do. NotFound: no own rule has this id.
    """
    require(actor, "rules.change")
    row = _own_row(rule_id)
    if row is None:
        raise NotFound()
    sentence, found = _checked(says, phrases)
    before = get_listed(rule_id).mode
    is_other = found != list(row.phrases)
    row.says, row.phrases, row.changed_at = sentence, found, now
    row.version += int(is_other)
    db.session.flush()
    after = "shadow" if is_other and before in SPEAKING else before
    if after != before:
        write_mode(row.rule, "shadow", now=now, changed_by_id=actor.staff_id)
    _record("rule.changed", actor, now, rule_id, before, after)
    return get_listed(rule_id)


def remove_own(rule_id: str, *, actor: Actor, now: datetime) -> None:
    """Take an own rule away; what it noticed before stays on its cases. Raises NotFound."""
    require(actor, "rules.change")
    row = _own_row(rule_id)
    if row is None:
        raise NotFound()
    before = get_listed(rule_id).mode
    state = db.session.get(RuleState, rule_id)
    for one in (row, state):
        if one is not None:
            db.session.delete(one)
    db.session.flush()
    _record("rule.removed", actor, now, rule_id, before, "")


def _checked(says: str, phrases: Sequence[str]) -> tuple[str, list[str]]:
    sentence = " ".join(says.split())
    if not 8 <= len(sentence) <= MAX_SAYS:
        raise BadInput(f"Please say in one sentence of 8 to {MAX_SAYS} signs what it is about.", field="says")
    try:
        found = list(dict.fromkeys(folded_phrase(phrase) for phrase in phrases if phrase.strip()))
    except ValueError as problem:
        raise BadInput(str(problem), field="phrases") from None
    if not 1 <= len(found) <= MAX_PHRASES:
        raise BadInput(f"Please give 1 to {MAX_PHRASES} phrases, one a line.", field="phrases")
    return sentence, found


def _record(action: str, actor: Actor | None, now: datetime, rule_id: str, before: str, after: str) -> None:
    audit.record(action, actor=actor, now=now, target_type="rule", rule_ref=rule_id, from_state=before, to_state=after)
