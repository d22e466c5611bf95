"""Letters from the moderators: everything a decision means to the person it is about, and a way to question it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from forum.core import events
from forum.core.clock import utcnow
from forum.core.db import db
from forum.discussions import judging
from forum.discussions.models import Post
from forum.identity.models import Member
from forum.moderation import actions, appeals, intake, reports, sanctions
from forum.moderation.actors import Actor
from forum.moderation.models import Appeal, Case, Decision
from forum.moderation.verdict import Finding, Verdict
from tests.factories import make_member, make_post, make_staff, make_thread

RUDE = Finding("toxicity", "insult", score=0.9, threshold=0.6, explanation="It reads as unkind.", version="m1")
DANGER = "i have the pills lined up on the table and i am going to take them tonight"


class Scene:
    """Alice wrote something; Mo decides, Mia is somebody else."""

    def __init__(self) -> None:
        self.alice, self.bob = make_member(), make_member()
        self.thread = make_thread(self.bob)
        self.mo, self.mia = (self._actor(name) for name in ("Mo", "Mia"))

    @staticmethod
    def _actor(name: str) -> Actor:
        person = make_staff(f"{name} Letters")
        return Actor(person.id, "moderator", person.name)

    def case(self, body: str = "you are all fools", visibility: str = "live") -> tuple[Post, Case]:
        post = make_post(self.thread, self.alice, body, visibility=visibility)
        verdict = Verdict(
            visibility,  # type: ignore[arg-type]
            0,
            "T2",
            (RUDE,),
            reason_code="abuse" if visibility == "held" else "",
            explanation="An automatic check paused this.",
        )
        case = intake.record_verdict(judging.target_of(post), verdict, now=utcnow())
        assert case is not None
        db.session.commit()
        return post, case

    def taken_down(self) -> Decision:
        _post, case = self.case()
        return self.decided(
            actions.hide(
                case.id,
                actor=self.mo,
                version=case.version,
                now=utcnow(),
                reason_code="threat_or_hate",
                facts="It called people fools.",
            )
        )

    def decided(self, decision: Decision) -> Decision:
        events.commit()
        return decision


@pytest.fixture
def scene(database: None) -> Scene:
    return Scene()


@pytest.fixture
def alice(scene: Scene, sign_in_as: Callable[..., Any]) -> Any:
    return sign_in_as(scene.alice)


def page(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status
    return str(answer.get_data(as_text=True))


def url(decision: Decision, what: str = "") -> str:
    return f"/me/letters/{decision.public_id}{what}"


def test_no_letters_is_said_kindly(alice: Any) -> None:
    assert "Nothing you wrote has been changed or held" in page(alice.get("/me/letters"))


def test_a_letter_says_what_why_which_words_by_whom_what_works_and_until_when(scene: Scene, alice: Any) -> None:
    decision = scene.taken_down()
    assert "We&#39;ve taken your post down" in page(alice.get("/me/letters"))
    shown = page(alice.get(url(decision)))
    for words in (
        "It called people fools.",
        "rule 1",
        "you are all fools",
        "An automatic check noticed it. A moderator read it and decided.",
        "You can take that part out and post it again.",
        "Ask for a second look",
    ):
        assert words in shown, words
    assert "Mo Letters" not in shown
    assert decision.appeal_until is not None
    assert timedelta(days=13) < decision.appeal_until - utcnow() <= timedelta(days=14)


def test_somebody_elses_letter_is_not_there(scene: Scene, sign_in_as: Callable[..., Any]) -> None:
    decision, bob = scene.taken_down(), sign_in_as(scene.bob)
    assert bob.get(url(decision)).status_code == 404
    assert bob.post(url(decision, "/appeal"), {"text": "mine"}).status_code == 404


def test_a_second_look_is_asked_answered_by_somebody_else_and_read(scene: Scene, alice: Any) -> None:
    decision = scene.taken_down()
    assert alice.post(url(decision, "/appeal"), {"text": "It was a joke among us."}).status_code == 303
    asked = db.session.scalars(select(Appeal)).one()
    shown = page(alice.get(url(decision)))
    assert "It was a joke among us." in shown
    assert 'action="/me/letters' not in shown
    appeals.decide_appeal(
        asked.id, actor=scene.mia, version=1, state="overturned", reply="You are right, sorry.", now=utcnow()
    )
    events.commit()
    shown = page(alice.get(url(decision)))
    assert "We got that one wrong." in shown
    assert "You are right, sorry." in shown
    assert "not in force any more" in shown


def test_once_more_with_new_facts_and_then_no_more(scene: Scene, alice: Any) -> None:
    decision = scene.taken_down()
    for text, reviewer in (("", scene.mia), ("Here is what you did not know.", scene._actor("Lea"))):
        assert alice.post(url(decision, "/appeal"), {"text": text}).status_code == 303
        waiting = db.session.scalars(select(Appeal).where(Appeal.state == "open")).one()
        appeals.decide_appeal(
            waiting.id, actor=reviewer, version=1, state="upheld", reply="It stays, it hurt people.", now=utcnow()
        )
        events.commit()
        if not text:
            refused = page(alice.post(url(decision, "/appeal"), {"text": " "}), 400)
            assert "what is new since we last looked" in refused
    assert "We can&#39;t take a second look" in page(alice.post(url(decision, "/appeal"), {"text": "again"}), 403)


def test_after_fourteen_days_it_is_too_late_and_the_words_come_back(scene: Scene, alice: Any) -> None:
    decision = scene.taken_down()
    decision.appeal_until = utcnow() - timedelta(minutes=1)
    db.session.commit()
    shown = page(alice.post(url(decision, "/appeal"), {"text": "please look"}), 403)
    assert "We can&#39;t take a second look" in shown
    assert "The time to ask for a second look is over." in shown
    assert db.session.scalar(select(Appeal.id)) is None


@pytest.mark.parametrize("is_late", [False, True])
def test_danger_in_a_question_shows_the_card_and_calls_people(scene: Scene, alice: Any, is_late: bool) -> None:
    decision = scene.taken_down()
    if is_late:
        decision.appeal_until = utcnow() - timedelta(minutes=1)
        db.session.commit()
    shown = page(alice.post(url(decision, "/appeal"), {"text": DANGER}), 403 if is_late else 200)
    assert "data-card" in shown
    called = db.session.scalars(select(Case).where(Case.target_type == "call")).one()
    assert called.lane == 0
    assert called.author_id == scene.alice.id


def test_a_limit_nobody_confirmed_is_no_letter(scene: Scene, alice: Any) -> None:
    _post, case = scene.case()
    limit = sanctions.impose(
        case.id,
        actor=scene.mo,
        version=case.version,
        now=utcnow(),
        kind="ban",
        hours=None,
        reason_code="threat_or_hate",
    )
    events.commit()
    decision = db.session.get_one(Decision, limit.decision_id)
    assert alice.get(url(decision)).status_code == 404
    assert "can&#39;t be used" not in page(alice.get("/me/letters"))
    sanctions.confirm(limit.id, actor=scene.mia, now=utcnow())
    events.commit()
    shown = page(alice.get(url(decision)))
    assert "a second one checked it" in shown
    assert "write to the moderators and ask for a second look" in shown
    assert "It has no end." in shown


def test_a_banned_member_can_still_ask_read_and_write_to_the_moderators(scene: Scene, alice: Any) -> None:
    _post, case = scene.case()
    limit = sanctions.impose(
        case.id,
        actor=scene.mo,
        version=case.version,
        now=utcnow(),
        kind="ban",
        hours=None,
        reason_code="threat_or_hate",
    )
    sanctions.confirm(limit.id, actor=scene.mia, now=utcnow())
    events.commit()
    decision = db.session.get_one(Decision, limit.decision_id)
    thread = f"/t/{scene.thread.public_id}"
    assert alice.post(f"{thread}/posts", {"body": "hello", "client_id": "c1"}).status_code == 403
    assert alice.get(thread).status_code == 200
    assert alice.post(url(decision, "/appeal"), {"text": "Please look again."}).status_code == 303
    assert alice.post("/me/journey/ask", {"body": "Can we talk?", "client_id": "c2"}).status_code == 303
    assert db.session.scalars(select(Case).where(Case.target_type == "call")).one().lane == 2


def test_a_held_post_offers_this_looks_wrong_once(scene: Scene, alice: Any) -> None:
    post, case = scene.case(visibility="held")
    thread = f"/t/{scene.thread.public_id}"
    assert f"/p/{post.public_id}/dispute" in page(alice.get(thread))
    assert alice.post(f"/p/{post.public_id}/dispute").status_code == 303
    assert f"/p/{post.public_id}/dispute" not in page(alice.get(thread))
    db.session.refresh(case)
    assert case.disputed


def test_asked_to_change_shows_the_moderators_words_and_leads_to_the_letter(scene: Scene, alice: Any) -> None:
    post, case = scene.case()
    decision = scene.decided(
        actions.ask_edit(
            case.id,
            actor=scene.mo,
            version=case.version,
            now=utcnow(),
            reason_code="threat_or_hate",
            message="Could you leave the second word out?",
        )
    )
    shown = page(alice.get(f"/t/{scene.thread.public_id}"))
    assert "Could you leave the second word out?" in shown
    assert f"/p/{post.public_id}/dispute" not in shown
    assert alice.get(f"/p/{post.public_id}/letter").location.endswith(url(decision))


def test_a_post_taken_down_says_the_moderators_words_and_leads_to_its_letter(scene: Scene, alice: Any) -> None:
    decision = scene.taken_down()
    shown = page(alice.get(f"/t/{scene.thread.public_id}"))
    assert "It called people fools." in shown
    found = re.search(r'href="(/p/\w+/letter)\?again=1"', shown)
    assert found is not None
    assert alice.get(found[1]).location.endswith(url(decision))


def test_reporters_read_what_became_of_it(scene: Scene, sign_in_as: Callable[..., Any]) -> None:
    post, case = scene.case()
    reporter: Member = make_member()
    for category in ("harassment", "worried_about_member"):
        reports.file_report(reporter=reporter, target=judging.target_of(post), category=category, text="", now=utcnow())
    events.commit()
    browser = sign_in_as(reporter)
    assert page(browser.get("/me/letters")).count("Received. A moderator will read it.") == 2
    db.session.refresh(case)
    actions.hide(case.id, actor=scene.mo, version=case.version, now=utcnow(), reason_code="threat_or_hate")
    events.commit()
    shown = page(browser.get("/me/letters"))
    assert "did something about it" in shown
    assert "has looked in on them" in shown
    assert "you are all fools" not in shown


def test_going_for_good_leaves_no_name_in_the_record_and_the_record_whole(app: Any, scene: Scene) -> None:
    from forum.home import leaving
    from forum.moderation import audit
    from forum.moderation.models import AuditEntry, Pseudonym

    scene.taken_down()
    alice_id = scene.alice.id
    assert db.session.scalar(select(Pseudonym.id).where(Pseudonym.member_id == alice_id)) is not None
    leaving.delete_member(scene.alice, keep_posts=False, keys=app.extensions["forum.config"].keys, now=utcnow())
    events.commit()
    assert db.session.scalar(select(Pseudonym.id).where(Pseudonym.member_id == alice_id)) is None
    assert db.session.scalar(select(AuditEntry.person).where(AuditEntry.person != "").limit(1))
    assert audit.verify().is_whole
