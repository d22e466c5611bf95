"""Trying a rule reads members' posts of the last thirty days as the pipeline reads them, and nothing else."""

from __future__ import annotations

from datetime import timedelta

from forum.core.clock import utcnow
from forum.core.db import db
from forum.discussions.written import PostTexts
from forum.moderation import rule_trials, rulebook
from forum.moderation.actors import Actor
from forum.moderation.models import RuleTrial
from forum.realtime.jobs import JOBS
from tests import factories


def test_posts_of_thirty_days_are_read_and_older_ones_and_taken_back_ones_are_not(database: None) -> None:
    now = utcnow()
    alice = factories.make_member()
    thread = factories.make_thread(alice, title="Bluebell tonic", body="has anyone tried it", now=now)
    hidden = factories.make_post(thread, alice, "bluebell tonic works", visibility="hidden")
    factories.make_post(thread, alice, "bluebell tonic, my old words", now=now - timedelta(days=31))
    factories.make_post(thread, alice, "bluebell tonic, taken back", visibility="author_deleted")
    source = PostTexts()
    since = now - timedelta(days=30)
    found = [text for text in source.read(since, 0, 1000) if "tonic" in text.text.lower()]
    assert [text.text for text in found] == ["Bluebell tonic\n\nhas anyone tried it", "bluebell tonic works"]
    assert [(text.target_id, text.taken_down) for text in found[1:]] == [(hidden.id, True)]
    assert [text.target_id for text in source.read(since, hidden.id - 1, 1)] == [hidden.id]


def test_the_periodic_job_finishes_a_trial(database: None) -> None:
    now = utcnow()
    lea = factories.make_staff(role="lead")
    actor = Actor(lea.id, "lead", lea.name)
    factories.make_thread(factories.make_member(), body="buy bluebell tonic")
    rule = rulebook.add_own("It names a tonic that hurts.", ["bluebell tonic"], actor=actor, now=now)
    trial: RuleTrial = rule_trials.start(rule.id, actor=actor, now=now)
    assert trial.total >= 1
    db.session.flush()
    for _ in range(20):
        JOBS["try rules on older texts"].run()
    done = rule_trials.get_trial(trial.public_id)
    assert (done.state, done.hits) == ("done", 1)
