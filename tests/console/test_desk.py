from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from forum.core.clock import utcnow
from forum.core.db import db
from forum.discussions.models import Post
from forum.identity.models import Staff
from forum.moderation import audit, intake, leases
from forum.moderation.actors import Actor
from forum.moderation.cases import Target
from forum.moderation.models import AccessEntry, AuditEntry, Case, CaseLease, Decision, DutyShift
from forum.moderation.verdict import Finding, Verdict
from tests.factories import make_member, make_post, make_staff, make_thread

CRISIS = Finding(
    "crisis", "plan_intent_means", level=3, category="plan_intent_means", spans=((2, 22),), version="lex-1"
)
RUDE = Finding("toxicity", "insult", score=0.9, threshold=0.6, explanation="It reads as unkind.", version="m1")
WORDS = "i have it all lined up on the table"


def a_case(
    lane: str = "T2", finding: Finding = RUDE, *, body: str = WORDS, visibility: str = "live", level: int = 0
) -> Case:
    author = make_member()
    thread = make_thread(make_member())
    post = make_post(thread, author, body, visibility=visibility)
    verdict = Verdict(
        visibility,
        level,
        lane,
        (finding,),
        reason_code="abuse" if visibility == "held" else "",  # type: ignore[arg-type]
        categories=(finding.category,) if finding.category else (),
        explanation="An automatic check paused this.",
    )
    target = Target(
        "post", post.id, author_id=author.id, thread_id=thread.id, room_id=thread.room_id, revision_id=post.revision
    )
    case = intake.record_verdict(target, verdict, now=utcnow())
    assert case is not None
    db.session.commit()
    return case


def post_of(case: Case) -> Post:
    db.session.expire_all()
    return db.session.get_one(Post, case.target_id)


@pytest.fixture
def mo(sign_in_as: Callable[..., Any]) -> Any:
    person = make_staff("Mo Test")
    desk = sign_in_as(person)
    desk.person = person
    return desk


@pytest.fixture
def mia(sign_in_as: Callable[..., Any]) -> Any:
    person = make_staff("Mia Test")
    desk = sign_in_as(person)
    desk.person = person
    return desk


def page(answer: Any) -> str:
    assert answer.status_code in (200, 400, 409), answer.status_code
    return answer.get_data(as_text=True)


def url(case: Case, what: str = "") -> str:
    return f"/mod/cases/{case.public_id}{'/' + what if what else ''}"


# ── the list ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_empty_queue_sends_people_to_sit_down(mo: Any) -> None:
    assert "Nothing to read. Go and sit down." in page(mo.get("/mod/"))


def test_emergencies_come_first_and_their_words_are_not_in_the_list(mo: Any) -> None:
    a_case("T2", body="somebody was rude")
    danger = a_case("T0", CRISIS, level=3)
    shown = page(mo.get("/mod/"))
    order = re.findall(r'data-case="(\w+)"', shown)
    assert order[0] == danger.public_id
    assert "lined up" not in shown
    assert "somebody was rude" in shown
    assert "9 words" in shown


@pytest.mark.parametrize("tab", ["read", "safety", "reported", "held", "first", "appeals", "look", "mine", "nonsense"])
def test_every_tab_opens(mo: Any, tab: str) -> None:
    a_case("T2", visibility="held")
    assert "modnav" in page(mo.get(f"/mod/?tab={tab}"))


@pytest.mark.parametrize("after", ["x", "9.9", "0.0.0", "4.99999999999999999.9"])
def test_a_made_up_place_is_no_error(mo: Any, after: str) -> None:
    a_case()
    page(mo.get(f"/mod/?after={after}"))


def test_the_list_says_who_has_what(mo: Any, mia: Any) -> None:
    case = a_case()
    page(mo.get(url(case)))
    assert "Mo Test has this one now" in page(mia.get("/mod/"))
    assert "Yours" in page(mo.get("/mod/"))


def test_members_and_guests_do_not_get_in(browser: Any, sign_in_as: Callable[..., Any]) -> None:
    case = a_case()
    member = sign_in_as(make_member())
    for who in (browser, member):
        for path in ("/mod/", url(case), url(case, "explain"), "/mod/audit", "/mod/appeals"):
            assert who.get(path).status_code == 303
        for what in ("approve", "hide", "support", "claim"):
            assert who.post(url(case, what), {"version": 1}).status_code == 403
    assert case.state == "open"


@pytest.mark.parametrize("role", ["facilitator", "peer_supporter"])
def test_staff_without_the_queue_do_not_get_in(sign_in_as: Callable[..., Any], role: str) -> None:
    assert sign_in_as(make_staff(role=role)).get("/mod/").status_code == 404


def test_helpers_read_and_pass_on_and_do_not_decide(sign_in_as: Callable[..., Any]) -> None:
    case, helper = a_case(), sign_in_as(make_staff(role="helper"))
    shown = page(helper.get(url(case)))
    assert "Call the lead" in shown
    assert "Take down" not in shown
    assert "Take down" not in page(helper.get("/mod/"))
    assert helper.post(url(case, "hide"), {"version": 1, "reason_code": "selling"}).status_code == 404
    assert post_of(case).visibility == "live"


# ── reading one ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_opening_takes_the_case_and_a_colleague_may_only_read(mo: Any, mia: Any) -> None:
    case = a_case()
    assert "Yours for 10 min" in page(mo.get(url(case)))
    shown = page(mia.get(url(case)))
    assert "Mo Test has this one now" in shown
    assert "/approve" not in shown
    assert mia.post(url(case, "approve"), {"version": 1}).status_code == 409


def test_a_crisis_is_covered_until_asked_for_and_asking_is_noted(mo: Any) -> None:
    case = a_case("T0", CRISIS, level=3)
    shown = page(mo.get(url(case)))
    assert "lined up" not in shown
    assert db.session.scalar(select(func.count(AccessEntry.id))) == 0
    shown = page(mo.get(f"{url(case)}?show=text"))
    assert "i <mark>have it all lined up</mark> on the table" in shown
    (entry,) = db.session.scalars(select(AccessEntry)).all()
    assert (entry.kind, entry.staff_id, entry.case_id, entry.lane) == ("reveal", mo.person.id, case.id, 0)


def test_other_cases_are_not_covered_and_leave_no_note(mo: Any) -> None:
    case = a_case("T3", body="an ordinary remark")
    assert "an ordinary remark" in page(mo.get(url(case)))
    assert db.session.scalar(select(func.count(AccessEntry.id))) == 0


def test_words_of_members_are_escaped(mo: Any) -> None:
    case = a_case("T3", body="<script>alert(1)</script> & <b>bold</b>")
    shown = page(mo.get(url(case)))
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)" in shown


def test_a_second_moderator_can_sit_down_beside_the_first(mo: Any, mia: Any) -> None:
    case = a_case("T0", CRISIS, level=3)
    mo.get(url(case))
    assert "Sit down beside them" in page(mia.get(url(case)))
    assert mia.post(url(case, "claim"), {"join": "yes"}).status_code == 303
    assert db.session.scalar(select(func.count()).select_from(CaseLease)) == 2


def test_explaining_in_words_and_as_json_without_anybodys_words(mo: Any) -> None:
    case = a_case("T0", CRISIS, level=3)
    assert "A plan, a time or means" in page(mo.get(url(case, "explain")))
    facts = mo.get(f"{url(case, 'explain')}?format=json").get_json()
    assert (facts["lane"], facts["case"], facts["version"]) == ("T0", case.public_id, 1)
    assert facts["signals"][0]["spans"] == [[2, 22]]
    assert "lined" not in str(facts)


def test_a_heartbeat_tells_whether_the_case_is_still_ones_own(mo: Any, mia: Any) -> None:
    case = a_case()
    mo.get(url(case))
    assert mo.post(url(case, "heartbeat"), {"active": "yes"}).get_json()["expires_at"]
    assert mia.post(url(case, "heartbeat")).get_json()["expires_at"] is None
    assert mo.post(url(case, "release")).status_code == 303
    assert db.session.scalar(select(func.count()).select_from(CaseLease)) == 0


@pytest.mark.parametrize("path", ["/mod/cases/nothing", "/mod/cases/nothing/explain", "/mod/members/nobody"])
def test_what_is_not_there_is_a_calm_404(mo: Any, path: str) -> None:
    assert mo.get(path).status_code == 404


# ── deciding ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_taking_down_and_undoing(mo: Any) -> None:
    case = a_case()
    answer = mo.post(url(case, "hide"), {"version": 1, "reason_code": "selling"})
    assert answer.status_code == 303
    assert post_of(case).visibility == "hidden"
    shown = page(mo.get(answer.location))
    assert "Taken down." in shown
    decision = db.session.scalars(select(Decision)).one()
    assert f'action="/mod/decisions/{decision.public_id}/reverse"' in shown
    assert mo.post(f"/mod/decisions/{decision.public_id}/reverse").status_code == 303
    assert post_of(case).visibility == "live"
    assert db.session.get_one(Case, case.id).state == "open"


def test_the_undo_is_offered_to_its_own_moderator_and_only_for_seconds(mo: Any, mia: Any) -> None:
    case = a_case()
    location = mo.post(url(case, "approve"), {"version": 1}).location
    assert "data-undo" not in page(mia.get(location))
    decision = db.session.scalars(select(Decision)).one()
    decision.decided_at -= timedelta(seconds=21)
    db.session.commit()
    assert "data-undo" not in page(mo.get(location))


def test_without_a_rule_nothing_is_taken_down_and_what_was_typed_stays(mo: Any) -> None:
    case = a_case()
    answer = mo.post(url(case, "hide"), {"version": 1, "reason_code": "", "facts": "my careful sentence"})
    assert answer.status_code == 400
    shown = page(answer)
    assert "Please choose which rule this is about." in shown
    assert "my careful sentence" in shown
    assert post_of(case).visibility == "live"


@pytest.mark.parametrize("version", ["", "x", "-1", "99999999999"])
def test_a_broken_form_is_answered_calmly(mo: Any, version: str) -> None:
    assert mo.post(url(a_case(), "approve"), {"version": version}).status_code == 400


def test_a_stale_form_is_a_409_that_says_what_changed_and_keeps_what_was_typed(mo: Any, mia: Any) -> None:
    case = a_case()
    mo.post(url(case, "approve"), {"version": 1})
    answer = mia.post(url(case, "ask-edit"), {"version": 1, "reason_code": "selling", "message": "Leave out the shop."})
    assert answer.status_code == 409
    shown = page(answer)
    assert "It was left up · Mo Test" in shown
    assert "Leave out the shop." in shown
    told = mia.post(url(case, "approve"), {"version": 1}, headers={"Accept": "application/json"})
    assert told.status_code == 409
    assert told.get_json()["error"]["code"] == "conflict"
    assert told.get_json()["error"]["changes"][0]["by"] == "Mo Test"


def test_a_support_message_is_read_by_the_author_as_the_team(mo: Any) -> None:
    case = a_case("T0", CRISIS, level=3)
    form = {"version": 1, "template": "T3", "personal": "I read all of it, and I am here until six."}
    assert mo.post(url(case, "support"), form).status_code == 303
    answer = db.session.scalars(select(Post).where(Post.staff_id == mo.person.id)).one()
    assert "I am here until six." in answer.body
    assert "{" not in answer.body
    assert "Mo Test" not in answer.body
    assert db.session.get_one(Case, case.id).outcome == "supported"


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"template": "T3", "personal": ""}, "a few words of your own"),
        ({"template": "T2", "personal": "I read all of it."}, "still needs: time"),
        ({"template": "T12", "personal": "I read all of it."}, "choose one of the messages"),
    ],
)
def test_a_template_alone_or_with_holes_is_not_sent(mo: Any, form: dict[str, str], said: str) -> None:
    case = a_case("T0", CRISIS, level=3)
    answer = mo.post(url(case, "support"), {"version": 1, **form})
    assert answer.status_code == 400
    assert said in page(answer)
    assert db.session.scalar(select(func.count(Post.id)).where(Post.staff_id.is_not(None))) == 0


def test_the_numbers_in_messages_are_those_of_the_authors_country(mo: Any) -> None:
    case = a_case("T0", CRISIS, level=3)
    from forum.identity.models import Member

    author = db.session.get_one(Member, case.author_id)
    author.country = "GB"
    db.session.commit()
    shown = page(mo.get(url(case)))
    assert "call 999 or" in shown
    assert "116 123" in shown
    author.country = ""
    db.session.commit()
    assert "999" not in page(mo.get(url(case)))


@pytest.mark.parametrize(
    ("what", "form", "state"),
    [
        ("limit", {"note": "speaks of self-harm"}, "resolved"),
        ("ask-edit", {"reason_code": "amounts_or_methods", "message": "Please leave the amounts out."}, "watching"),
        ("second", {"note": "Is this one a song quote?"}, "second"),
        ("escalate", {"note": "This needs the lead, I think."}, "escalated"),
        ("watch", {}, "watching"),
        ("lane", {"lane": "3", "note": "It is a quote of a song."}, "open"),
        ("sanction", {"limit": "read_only:24", "reason_code": "threat_or_hate"}, "open"),
    ],
)
def test_every_form_does_what_it_says(mo: Any, what: str, form: dict[str, str], state: str) -> None:
    case = a_case("T1", CRISIS, level=2)
    mo.get(url(case))
    answer = mo.post(url(case, what), {"version": 1, **form})
    assert answer.status_code == 303, page(answer)
    db.session.expire_all()
    assert db.session.get_one(Case, case.id).state == state
    assert page(mo.get(url(case)))
    assert audit.verify().is_whole


def test_notes_are_for_colleagues(mo: Any, mia: Any) -> None:
    case = a_case()
    assert mo.post(url(case, "notes"), {"note": "They answered me by message."}).status_code == 303
    assert "They answered me by message." in page(mia.get(url(case)))


def test_not_me_not_tonight(mo: Any, mia: Any) -> None:
    case = a_case()
    mo.post(url(case, "skip"))
    assert case.public_id not in page(mo.get("/mod/"))
    assert case.public_id in page(mia.get("/mod/"))


def test_ones_own_words_are_somebody_elses_case(app: Any, open_browser: Any, mo: Any) -> None:
    from forum.identity.models import Member
    from tests.factories import signed_in

    case = a_case()
    both = signed_in(
        signed_in(open_browser(), app, db.session.get_one(Staff, mo.person.id)),
        app,
        db.session.get_one(Member, case.author_id),
    )
    assert "it concerns you" in page(both.get(url(case)))
    assert both.post(url(case, "approve"), {"version": 1}).status_code == 403
    assert case.public_id not in page(both.get("/mod/"))


# ── the rest of the desk ────────────────────────────────────────────────────────────────────────────────────────


def test_coming_on_and_going_off_gives_cases_back(mo: Any) -> None:
    case = a_case()
    mo.post("/mod/duty", {"status": "on"})
    mo.get(url(case))
    assert "You on now" in " ".join(page(mo.get("/mod/")).split())
    mo.post("/mod/duty", {"status": "break"})
    assert db.session.scalar(select(func.count()).select_from(CaseLease)) == 0
    assert db.session.scalars(select(DutyShift.status)).one() == "break"
    assert mo.post("/mod/duty", {"status": "asleep"}).status_code == 404


def test_looking_at_a_member_is_noted(mo: Any) -> None:
    case = a_case()
    from forum.identity.models import Member

    author = db.session.get_one(Member, case.author_id)
    assert author.handle in page(mo.get(f"/mod/members/{author.public_id}"))
    (entry,) = db.session.scalars(select(AccessEntry)).all()
    assert (entry.kind, entry.member_id) == ("history", author.id)


def test_the_record_filters_and_holds_nobodys_words(mo: Any) -> None:
    case = a_case(body="a very particular sentence")
    mo.post(url(case, "hide"), {"version": 1, "reason_code": "selling", "facts": "a very public explanation"})
    shown = page(mo.get("/mod/audit"))
    assert "It was taken down" in shown
    assert "particular" not in shown
    assert "explanation" not in shown
    assert "It was taken down" not in page(mo.get("/mod/audit?action=case.opened")).split("<tbody>")[1]
    assert "<tbody>" not in page(mo.get("/mod/audit?case=nothing"))
    assert "Show everything" in page(mo.get("/mod/audit?case=nothing"))
    assert case.public_id in page(mo.get(f"/mod/audit?case={case.public_id[:6]}")).split("<tbody>")[1]
    assert "<tbody>" not in page(mo.get("/mod/audit?case=%25"))
    mine = page(mo.get(f"/mod/audit?by={mo.person.public_id}")).split("<tbody>")[1]
    assert mine.count("<tr>") == 1


def test_a_second_look_and_a_limit_are_answered_by_somebody_else(mo: Any, mia: Any) -> None:
    from forum.identity.models import Member
    from forum.moderation import appeals
    from forum.moderation.models import Appeal, Sanction

    case = a_case()
    mo.post(url(case, "sanction"), {"version": 1, "limit": "ban", "reason_code": "threat_or_hate"})
    mo.post(url(case, "hide"), {"version": 2, "reason_code": "selling"})
    decision = db.session.scalars(select(Decision).where(Decision.action == "hide")).one()
    member = db.session.get_one(Member, case.author_id)
    appeals.file_appeal(decision=decision, member=member, text="It was my own.", now=utcnow())
    db.session.commit()
    appeal, limit = db.session.scalars(select(Appeal)).one(), db.session.scalars(select(Sanction)).one()
    assert "It was my own." not in page(mo.get("/mod/appeals"))
    assert "It was my own." in page(mia.get("/mod/appeals"))
    form = {"version": 1, "state": "overturned", "reply": "You are right, and we are sorry."}
    assert mo.post(f"/mod/appeals/{appeal.public_id}", form).status_code == 403
    assert mo.post(f"/mod/limits/{limit.public_id}/confirm").status_code == 403
    assert mia.post(f"/mod/appeals/{appeal.public_id}", {**form, "reply": "ok"}).status_code == 400
    assert mia.post(f"/mod/appeals/{appeal.public_id}", form).status_code == 303
    assert mia.post(f"/mod/limits/{limit.public_id}/confirm").status_code == 303
    assert post_of(case).visibility == "live"
    db.session.expire_all()
    assert db.session.get_one(Sanction, limit.id).state == "active"


def an_appeal(case: Case, desk: Any) -> str:
    """Take a text down and ask for a second look; return the question's public id."""
    from forum.identity.models import Member
    from forum.moderation import appeals

    # A possible crisis asks to be confirmed.
    desk.post(url(case, "hide"), {"version": case.version, "reason_code": "selling", "confirm": "yes"})
    db.session.expire_all()
    decision = db.session.scalars(select(Decision).where(Decision.case_id == case.id, Decision.action == "hide")).one()
    member = db.session.get_one(Member, case.author_id)
    appeal = appeals.file_appeal(decision=decision, member=member, text="It was my own.", now=utcnow())
    db.session.commit()
    return appeal.public_id


def test_a_refused_answer_comes_back_in_its_own_form_alone(mo: Any, mia: Any) -> None:
    first, other = an_appeal(a_case(), mo), an_appeal(a_case(body="another text"), mo)
    form = {"version": 1, "state": "changed", "note": "", "reply": "Up again, behind words of our own."}
    refused = page(mia.post(f"/mod/appeals/{first}", form))
    mine, theirs = (refused.split(f'id="a-{one}"')[1].split("</article>")[0] for one in (first, other))
    assert form["reply"] in mine
    assert re.search(r'value="changed" checked', mine)
    assert form["reply"] not in theirs
    assert "checked" not in theirs


def test_covered_words_stay_covered_at_a_second_look_and_reading_them_is_noted(mo: Any, mia: Any) -> None:
    appeal = an_appeal(a_case("T1"), mo)
    assert WORDS not in page(mia.get("/mod/appeals"))
    seen = select(func.count()).select_from(AccessEntry).where(AccessEntry.kind == "reveal")
    assert db.session.scalar(seen) == 0
    assert WORDS in page(mia.get(f"/mod/appeals?show={appeal}"))
    assert db.session.scalar(seen) == 1


def test_limits_are_named_in_words(mo: Any, mia: Any) -> None:
    case = a_case()
    for version, limit in ((1, "read_only:168"), (2, "slow:24")):
        form = {"version": version, "limit": limit, "reason_code": "selling"}
        assert mo.post(url(case, "sanction"), form).status_code == 303
    assert "<td>Read only, 168 h</td>" in page(mo.get("/mod/audit?action=sanction.proposed"))
    assert re.search(r"<b>Read only</b>, 7 days", page(mia.get("/mod/appeals")))
    from forum.identity.models import Member

    shown = page(mo.get(f"/mod/members/{db.session.get_one(Member, case.author_id).public_id}"))
    assert "One post in ten minutes, until tomorrow" in re.sub(r"<[^>]+>", "", shown)
    assert "decide: sanction" not in shown


def test_reading_the_desk_writes_nothing_into_the_record(mo: Any) -> None:
    case = a_case("T0", CRISIS, level=3)
    before = db.session.scalar(select(func.count(AuditEntry.id)))
    for path in ("/mod/", url(case), f"{url(case)}?show=text", url(case, "explain"), "/mod/audit", "/mod/appeals"):
        mo.get(path)
    assert db.session.scalar(select(func.count(AuditEntry.id))) == before


def test_a_lease_taken_in_the_database_shows_at_the_desk(mo: Any) -> None:
    case = a_case()
    other = make_staff("Dee Test")
    leases.claim(case, actor=Actor(other.id, "moderator", other.name), now=utcnow())
    db.session.commit()
    assert "Dee Test has this one now" in page(mo.get(url(case)))


def test_a_promise_to_look_back_is_shown_and_kept(mo: Any, mia: Any) -> None:
    from forum.moderation.models import Followup

    case = a_case("T0", CRISIS, level=3)
    mo.post(url(case, "support"), {"version": 1, "template": "", "personal": "I am here until six."})
    for promise in db.session.scalars(select(Followup)):
        promise.due_at -= timedelta(hours=3)
    db.session.commit()
    shown = page(mia.get("/mod/"))
    assert "Somebody said we would look back" in shown
    number = re.search(r'name="number" value="(\d+)"', shown)
    assert number is not None
    assert mia.post("/mod/followups/done", {"number": number[1]}).status_code == 303
    assert "Somebody said we would look back" not in page(mia.get("/mod/"))
    assert mia.post("/mod/followups/done", {"number": "x"}).status_code == 404


def test_a_quiet_worry_is_listed_until_somebody_looked_in(mo: Any) -> None:
    from forum.moderation.models import LookIn

    post = make_post(make_thread(make_member()), make_member(), "a heavy evening, nothing more")
    quiet = Verdict("live", 1, None, categories=("hedged_low_mood",))
    intake.record_verdict(
        Target("post", post.id, author_id=post.author_id, thread_id=post.thread_id), quiet, now=utcnow()
    )
    db.session.commit()
    assert "a heavy evening" in page(mo.get("/mod/?tab=look"))
    number = db.session.scalars(select(LookIn.id)).one()
    assert mo.post("/mod/look-in/done", {"number": number}).status_code == 303
    assert "a heavy evening" not in page(mo.get("/mod/?tab=look"))
