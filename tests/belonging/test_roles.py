"""Growing into a role: the training, a lead's signature, the badge, first posts that wait, stepping back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from forum.belonging import growing, training
from forum.belonging.models import ROLE_KINDS, MemberRole
from forum.belonging.reading import own_roles, roles_of
from forum.core.db import db
from forum.core.errors import BadInput, Conflict, Forbidden
from forum.discussions import greeting, masks
from forum.identity.models import Member
from forum.moderation import audit
from forum.moderation.actors import Actor
from forum.moderation.models import AuditEntry
from forum.notifications.models import Notification
from tests import factories
from tests.conftest import Browser

SignIn = Callable[..., Browser]
NOW = datetime.now(UTC)


@pytest.fixture
def alice(database: None) -> Member:
    return factories.make_member("Early Wren 21", trust=2, age_days=90)


@pytest.fixture
def lea(database: None) -> Actor:
    staff = factories.make_staff("Lea", "lead")
    return Actor(staff.id, "lead", "Lea")


def learned(member: Member, kind: str, **more: int) -> MemberRole:
    role = growing.begin(member, kind, **more)
    for module in training.modules_for(kind):
        right = next(n for n, answer in enumerate(module.answers) if answer.right)
        assert growing.answer(member, kind, module.key, right)
    return role


def held(member: Member, kind: str, lead: Actor, **more: int) -> MemberRole:
    role = learned(member, kind, **more)
    growing.ask(member, kind, NOW)
    return growing.sign_off(role.public_id, actor=lead, now=NOW)


# ── The training ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ROLE_KINDS)
def test_every_role_learns_to_listen_where_it_ends_and_what_to_do_in_danger(kind: str) -> None:
    assert [module.key for module in training.modules_for(kind)][:3] == ["listen", "edges", "danger"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("roles: [greeter], answers: [{text: a, why: b}]", "exactly one answer is right"),
        ("roles: [boss], answers: [{text: a, why: b, right: true}]", "roles or reading are missing"),
        ("roles: [peer], answers: [{text: a, why: b, right: true}]", "nothing is taught for greeter"),
    ],
)  # fmt: skip
def test_a_training_with_a_hole_in_it_is_refused(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        training.read_training(f"modules: {{x: {{title: T, reading: [r], scene: s, {text}}}}}")


def test_a_wrong_answer_is_explained_and_does_not_count(alice: Member, sign_in_as: SignIn) -> None:
    me = sign_in_as(alice)
    me.post("/me/roles/greeter", {"deed": "begin"})
    answers = training.training()["listen"].answers
    wrong = next(n for n, answer in enumerate(answers) if not answer.right)
    page = me.post("/me/roles/greeter/listen", {"answer": str(wrong)}).text
    assert answers[wrong].why.replace("’", "’") in page
    assert own_roles(alice)["greeter"].modules == []
    me.post("/me/roles/greeter/listen", {"answer": str(next(n for n, a in enumerate(answers) if a.right))})
    db.session.expire_all()
    assert own_roles(alice)["greeter"].modules == ["listen"]


def test_nobody_asks_before_they_have_learned_and_been_here_a_while(alice: Member) -> None:
    growing.begin(alice, "greeter")
    with pytest.raises(BadInput, match="all parts"):
        growing.ask(alice, "greeter", NOW)
    ned = factories.make_member(trust=1, age_days=3)
    learned(ned, "greeter")
    with pytest.raises(BadInput, match="a little more time"):
        growing.ask(ned, "greeter", NOW)


def test_a_host_names_the_room(alice: Member) -> None:
    with pytest.raises(BadInput, match="choose the room"):
        growing.begin(alice, "host")


# ── A lead signs ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_lead_signs_off_in_the_console_and_the_badge_explains_itself(
    alice: Member, sign_in_as: SignIn, browser: Browser
) -> None:
    learned(alice, "greeter")
    me = sign_in_as(alice)
    me.post("/me/roles/greeter", {"deed": "ask"})
    thread = factories.make_thread(factories.make_member())
    me.post(f"/t/{thread.public_id}/posts", {"body": "Good morning to you.", "client_id": "1"})
    assert "Answers first posts" not in browser.get(f"/t/{thread.public_id}").text
    role = own_roles(alice)["greeter"]
    lead = sign_in_as(factories.make_staff("Lea", "lead"))
    assert "Early Wren 21" in lead.get("/mod/roles").text
    assert lead.post(f"/mod/roles/{role.public_id}/sign").status_code == 303
    page = browser.get(f"/t/{thread.public_id}").text
    assert "Answers first posts that have waited a while." in page
    assert "A lead has signed your training off." in me.get("/notifications").text
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "role.given")).one()
    assert (entry.reason_code, entry.to_state) == ("greeter", "active")
    assert audit.verify().is_whole


def test_only_leads_sign_and_nobody_signs_their_own(alice: Member, sign_in_as: SignIn) -> None:
    role = learned(alice, "greeter")
    growing.ask(alice, "greeter", NOW)
    moderator = sign_in_as(factories.make_staff("Mo", "moderator"))
    assert moderator.get("/mod/roles").status_code == 404
    assert moderator.post(f"/mod/roles/{role.public_id}/sign").status_code == 404
    own = Actor(factories.make_staff("Lea", "lead").id, "lead", "Lea", own_member_id=alice.id)
    with pytest.raises(Forbidden):
        growing.sign_off(role.public_id, actor=own, now=NOW)
    assert own_roles(alice)["greeter"].state == "asked"


def test_of_two_leads_at_once_one_decides(alice: Member, lea: Actor) -> None:
    role = held(alice, "greeter", lea)
    with pytest.raises(Conflict):
        growing.not_now(role.public_id, actor=lea, now=NOW)


def test_under_a_name_for_one_thread_no_role_shows(
    alice: Member, lea: Actor, sign_in_as: SignIn, browser: Browser
) -> None:
    held(alice, "peer", lea)
    thread = factories.make_thread(factories.make_member())
    masks.put_on(thread, alice)
    sign_in_as(alice).post(f"/t/{thread.public_id}/posts", {"body": "I know that well.", "client_id": "1"})
    assert "trained to listen" not in browser.get(f"/t/{thread.public_id}").text


# ── Stepping back ───────────────────────────────────────────────────────────────────────────────────────────────


def test_stepping_back_is_one_tap_and_can_be_begun_again(alice: Member, lea: Actor, sign_in_as: SignIn) -> None:
    held(alice, "greeter", lea)
    me = sign_in_as(alice)
    assert me.get("/me/greeting").status_code == 200
    assert me.post("/me/roles/greeter", {"deed": "back"}).status_code == 303
    assert roles_of([alice.id]) == {}
    assert me.get("/me/greeting").status_code == 404
    me.post("/me/roles/greeter", {"deed": "begin"})
    assert own_roles(alice)["greeter"].state == "learning"


# ── First posts that wait ───────────────────────────────────────────────────────────────────────────────────────


def test_greeters_hear_once_of_a_first_post_that_has_waited_half_an_hour(
    alice: Member, lea: Actor, sign_in_as: SignIn
) -> None:
    held(alice, "greeter", lea)
    ned = factories.make_member("Ordinary Brook 12", trust=0, accepted_posts=0, age_days=0)
    early = factories.make_thread(ned, title="My first evening", now=NOW - timedelta(minutes=45))
    factories.make_thread(factories.make_member(), title="Just now", now=NOW - timedelta(minutes=5))
    me = sign_in_as(alice)
    page = me.get("/me/greeting").text
    assert "My first evening" in page
    assert "First post here" in page
    assert "Just now" not in page
    from forum.core import events

    for _ in range(2):
        assert greeting.tell_greeters(NOW) == 1
        events.commit()
    lines = list(db.session.scalars(select(Notification).where(Notification.member_id == alice.id)))
    assert [(line.kind, line.thread_id, line.count) for line in lines if line.kind == "greet"] == [
        ("greet", early.id, 1)
    ]
    factories.make_post(early, alice, "Welcome.")
    assert "My first evening" not in me.get("/me/greeting").text


def test_a_name_for_one_thread_is_never_called_a_first_post(alice: Member, lea: Actor, sign_in_as: SignIn) -> None:
    held(alice, "greeter", lea)
    ned = factories.make_member(trust=0, accepted_posts=0, age_days=0)
    thread = factories.make_thread(ned, title="Somebody's evening", now=NOW - timedelta(minutes=45), visibility="held")
    masks.put_on(thread, ned)
    from forum.discussions import operations
    from forum.discussions.queries import opening_of

    opening = opening_of(thread)
    assert opening is not None
    operations.set_visibility(opening, "live", NOW - timedelta(minutes=40))
    page = sign_in_as(alice).get("/me/greeting").text
    assert "Somebody&#39;s evening" in page
    assert "First post here" not in page
    assert greeting.tell_greeters(NOW) == 0
