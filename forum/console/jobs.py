"""What the desk does by the clock."""

from __future__ import annotations

from forum.console.calling import call_key
from forum.core import events
from forum.core.blocking import run_blocking
from forum.core.clock import utcnow
from forum.helplines import reports
from forum.moderation import agreement, blind, jobs, paging, rule_trials
from forum.realtime.jobs import every, every_process


@every(60, "age cases")
def age_cases() -> int:
    """Move what waited too long up a lane."""
    return jobs.age_cases(utcnow())


@every(60, "wake watched cases")
def wake_watched() -> int:
    """Bring watched cases back when their time has come."""
    return jobs.wake_watched(utcnow())


@every(6 * 3600, "forget old case texts")
def purge() -> int:
    """Delete copies of deleted posts and access entries whose time is over."""
    return jobs.purge(utcnow())


@every(1, "try rules on older texts")
def try_rules() -> int:
    """Read on for a trial somebody asked for; nothing to do costs one short query."""
    return rule_trials.advance(utcnow())


@every_process(reports.READ_SECONDS, "read which helplines are said not to work")
def read_reports() -> int:
    """Know what other processes counted, so that cards need not ask."""
    return reports.read()


@every(3600, "rules people rarely agree with")
def doubt_rules() -> int:
    """Put rules back on trial that people rarely agreed with."""
    return len(agreement.fall_back(utcnow()))


@every(20, "call whoever is on call")
def call_out() -> int:
    """Call somebody for every emergency nobody has answered; the step is taken, and durable, before it is sent."""
    now = utcnow()
    if not paging.is_set():
        return 0
    due = paging.take_due(now)
    events.commit()
    paging.send(due, call_key(), now, run_blocking)
    return len(due)


@every(3600, "draw cases to be read again")
def draw_blind() -> int:
    """Draw closed cases for a second, blind reading."""
    return blind.draw(utcnow())


@every(6 * 3600, "forget what was taken down long ago")
def forget_hidden() -> int:
    """Delete the words of texts taken down half a year ago."""
    return jobs.forget_hidden(utcnow())
