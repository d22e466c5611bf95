"""Words taken down half a year ago are forgotten; a hash and the reason stay."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from forum.core.db import db
from forum.identity.models import Member
from forum.moderation import actions, appeals, audit, jobs, reversals
from forum.moderation.models import Case
from tests.moderation.conftest import Cast
from tests.moderation.test_actions import note, open_case

LONG = timedelta(days=181)


def test_the_words_go_and_a_hash_with_the_reason_stays(cast: Cast, now: datetime) -> None:
    target, case = open_case(cast, now, body="words that were taken down")
    actions.hide(case.id, actor=cast.mo, version=1, now=now, reason_code="selling")
    assert jobs.forget_hidden(now + timedelta(days=179)) == 0
    assert jobs.forget_hidden(now + LONG) == 1
    assert (note(target).visibility, note(target).body) == ("purged", "")
    entry = list(audit.each_entry())[-1]
    expected = hashlib.sha256(b"words that were taken down").hexdigest()[:32]
    assert (entry.action, entry.reason_code, entry.rule_ref) == ("auto.purged", "selling", f"sha256:{expected}")
    assert jobs.forget_hidden(now + LONG) == 0
    assert audit.verify().is_whole


def test_not_what_is_up_again_nor_what_is_being_looked_at_anew(cast: Cast, now: datetime) -> None:
    back, again = open_case(cast, now, body="put back"), open_case(cast, now, body="asked about")
    decisions = [
        actions.hide(case.id, actor=cast.mo, version=1, now=now, reason_code="selling")
        for _target, case in (back, again)
    ]
    reversals.reverse(decisions[0].id, actor=cast.mia, now=now)
    author = db.session.get_one(Member, db.session.get_one(Case, again[1].id).author_id)
    appeals.file_appeal(decision=decisions[1], member=author, text="Please look.", now=now)
    assert jobs.forget_hidden(now + LONG) == 0
