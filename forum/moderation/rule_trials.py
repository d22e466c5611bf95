"""Trying a rule on what was written in the last thirty days: how often it would have spoken, before it may.

A trial is a row that knows how far it has come, read on by a periodic job in short slices: it shows its progress,
survives a restart, and stops nobody from posting. What it keeps are numbers and the keys of at most ten examples.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, select

from forum.core.db import db
from forum.core.errors import Conflict, NotFound
from forum.moderation import audit, subjects
from forum.moderation.actors import Actor, require
from forum.moderation.models import RuleTrial
from forum.moderation.phases.normalise import views_of
from forum.moderation.phases.rules_files import Rule
from forum.moderation.phases.rules_match import Reading, matches
from forum.moderation.rulebook import find_rule
from forum.moderation.subjects import WrittenText

TRIAL_DAYS = 30
BATCH = 200
EXAMPLES = 10
SLICE_SECONDS = 0.4
MAX_RUNNING = 3


@dataclass(frozen=True, slots=True)
class Count:
    """What a rule would have noticed."""

    read: int = 0
    hits: int = 0
    taken_down: int = 0
    in_crisis: int = 0


# ── Asking for one ──────────────────────────────────────────────────────────────────────────────────────────────


def start(rule_id: str, *, actor: Actor, now: datetime) -> RuleTrial:
    """Begin a trial of a rule as it is now; one that runs already is returned as it stands.

    Raises:
        NotFound: no such rule. Forbidden: the actor may not. Conflict: several others are running.
    """
    require(actor, "rules.change")
    rule = find_rule(rule_id)
    running = list(db.session.scalars(select(RuleTrial).where(RuleTrial.state == "running")))
    for one in running:
        if one.rule == rule_id and one.version == rule.version:
            return one
    if len(running) >= MAX_RUNNING:
        raise Conflict("Other rules are being tried just now. Please try again in a few minutes.")
    since = now - timedelta(days=TRIAL_DAYS)
    trial = RuleTrial(
        rule=rule_id,
        version=rule.version,
        asked_by_id=actor.staff_id,
        since=since,
        started_at=now,
        total=sum(source.count(since) for source in subjects.text_sources()),
        examples=[],
    )
    db.session.add(trial)
    db.session.flush()
    audit.record("rule.trial", actor=actor, now=now, target_type="rule", rule_ref=rule_id)
    return trial


def stop(public_id: str, *, actor: Actor, now: datetime) -> None:
    """End a running trial; what it has counted stays readable. Raises NotFound."""
    require(actor, "rules.change")
    trial = get_trial(public_id)
    if trial.state == "running":
        trial.state, trial.ended_at = "stopped", now
        db.session.flush()


def get_trial(public_id: str) -> RuleTrial:
    """Return one trial as it stands in the database. Raises NotFound."""
    wanted = select(RuleTrial).where(RuleTrial.public_id == public_id).execution_options(populate_existing=True)
    found = db.session.scalar(wanted)
    if found is None:
        raise NotFound()
    return found


def newest(rule_id: str) -> RuleTrial | None:
    """Return a rule's newest trial, whatever its state."""
    return db.session.scalar(_newest_of(rule_id))


def newest_done(rule_id: str) -> RuleTrial | None:
    """Return a rule's newest finished trial."""
    return db.session.scalar(_newest_of(rule_id, "done"))


def _newest_of(rule_id: str, state: str = "") -> Select[RuleTrial]:
    wanted = select(RuleTrial).where(RuleTrial.rule == rule_id).order_by(RuleTrial.id.desc()).limit(1)
    return wanted.where(RuleTrial.state == state) if state else wanted


# ── Reading on ──────────────────────────────────────────────────────────────────────────────────────────────────


def advance(now: datetime, *, seconds: float = SLICE_SECONDS) -> int:
    """Read on for the oldest running trial, for at most about `seconds`; returns how many texts were read."""
    wanted = select(RuleTrial).where(RuleTrial.state == "running").order_by(RuleTrial.id).limit(1)
    trial = db.session.scalar(wanted)
    if trial is None:
        return 0
    try:
        rule = find_rule(trial.rule)
    except NotFound:
        trial.state, trial.ended_at = "stopped", now
        return 0
    until, before = time.monotonic() + seconds, trial.done
    # Nothing is written before the end: on SQLite the first write would keep everybody else's waiting meanwhile.
    with db.session.no_autoflush:
        while trial.state == "running":
            _read_batch(trial, rule, now)
            if time.monotonic() >= until:
                break
    db.session.flush()
    return trial.done - before


def _read_batch(trial: RuleTrial, rule: Rule, now: datetime) -> None:
    sources = subjects.text_sources()
    if trial.source >= len(sources):
        trial.state, trial.ended_at = "done", now
        trial.total = trial.done
        return
    texts = sources[trial.source].read(trial.since, trial.last_id, BATCH)
    if not texts:
        trial.source, trial.last_id = trial.source + 1, 0
        return
    _count(trial, rule, texts)
    trial.last_id = texts[-1].target_id
    trial.total = max(trial.total, trial.done)


def _count(trial: RuleTrial, rule: Rule, texts: Sequence[WrittenText]) -> None:
    found = [text for text in texts if speaks(rule, text.text)]
    trial.done += len(texts)
    trial.hits += len(found)
    trial.hits_taken_down += sum(text.taken_down for text in found)
    trial.hits_in_crisis += sum(text.support_level >= 2 for text in found)
    room = EXAMPLES - len(trial.examples)
    # A new list: SQLAlchemy does not notice that one inside a JSON column has grown.
    trial.examples = [*trial.examples, *([text.target_type, text.target_id] for text in found[:room])]


def speaks(rule: Rule, text: str) -> bool:
    """Tell whether a rule matches a text anywhere."""
    return next(matches(rule, Reading.of(views_of(text))), None) is not None


def count(rule: Rule, texts: Iterable[WrittenText], progress: Callable[[int], None] | None = None) -> Count:
    """Count at once, for commands and tests: what `rule` would have noticed in `texts`; `progress` is told how many."""
    read = hits = down = crisis = 0
    for text in texts:
        read += 1
        if speaks(rule, text.text):
            hits += 1
            down += text.taken_down
            crisis += text.support_level >= 2
        if progress is not None and read % BATCH == 0:
            progress(read)
    return Count(read, hits, down, crisis)
