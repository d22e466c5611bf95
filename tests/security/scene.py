"""What the maker of rows can't know: a row of every table people word something in, where some page shows it."""

from __future__ import annotations

import io
import itertools
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import func, select, text, update

from forum.core.clock import utcnow
from forum.core.db import db
from forum.core.ids import token_digest
from forum.discussions.models import Room, Thread
from forum.helplines import maintenance
from forum.home.export import make_zip
from forum.identity.models import Member, Staff
from forum.journey import journal, locks
from forum.journey.opened import cookie_name
from forum.meetings import queries
from forum.meetings.models import Norms, Series, Session
from forum.moderation import edits, handover
from forum.moderation.actors import Actor
from forum.moderation.models import Case, Decision
from tests import factories

Fill = Callable[..., dict[str, Any]]
Paths = dict[str, list[str]]
factories._numbers = itertools.count(20_000)  # the lower ones are taken by other processes


def more_rows(alice: Member, ada: Staff, fill: Fill, words: Callable[[str], str]) -> Paths:
    """Make them, and return the pages to open by whom; the words themselves are put in afterwards."""
    ada.role = "admin"
    mine, desk = _posts(alice, fill), _cases(alice, fill)
    for part in (_meeting(alice, ada, fill), _config(ada, fill, words), _private(alice, ada, fill)):
        mine, desk = mine + part["alice"], desk + part["ada"]
    return {"alice": mine, "ada": desk}


def _table(name: str) -> Any:
    return db.metadata.tables[name]


def _posts(alice: Member, fill: Fill) -> list[str]:
    """Make a thread whose posts stand in every light: live, with a note, held, taken down, once worded otherwise."""
    thread = factories.make_thread(alice)
    thread.content_note, thread.purpose, thread.story_from = "x", "story", "me"
    other = factories.make_member()
    posts = [factories.make_post(thread, who, visibility=how, content_note="x")
             for how in ("live", "limited", "held", "hidden") for who in (alice, other, alice)]  # fmt: skip
    for post in posts:
        post.explanation, post.masked_body = "x", "x"
    fill(_table("post_revision"), {"post_id": posts[0].id})
    path = f"/t/{thread.public_id}"
    forms = [
        f"/p/{posts[0].public_id}/edit",
        f"/p/{posts[4].public_id}/report",
        f"{path}?reply_to={posts[1].public_id}",
    ]
    return [path, f"{path}/read", f"/r/{thread.room.public_id}" if thread.room else "/rooms", *forms]


def _cases(alice: Member, fill: Fill) -> list[str]:
    """Make a case with notes and a copy of what stood around it, one with limited context, and an answered appeal."""
    now, paths = utcnow(), []
    around = [{"handle": "x", "text": "x", "state": "live", "ref": "x"}]
    about = select(Decision.case_id).where(Decision.author_id == alice.id)
    open_cases = db.session.scalars(select(Case).where(Case.state == "open", Case.id.not_in(about)).limit(2)).all()
    for case, reason in zip(open_cases, ("live", "taken_back"), strict=True):
        case.live, case.limited_context, case.author_id = reason == "live", reason != "live", alice.id
        kept = {"case_id": case.id, "reason": reason, "before": around, "after": around, "taken_at": now}
        fill(_table("case_snapshot"), kept)
        fill(_table("case_note"), {"case_id": case.id})
        fill(_table("report"), {"case_id": case.id, "outcome": ""})
        paths += [f"/mod/cases/{case.public_id}?show=text", f"/mod/cases/{case.public_id}/explain"]
    return paths


def open_letters(alice: Member) -> list[str]:
    """Answer what alice asked a second look for, and return the letters that say so."""
    appeal, decision = _table("appeal"), _table("decision")
    answered = {"state": "upheld", "decided_at": utcnow()}
    db.session.execute(update(appeal).where(appeal.c.member_id == alice.id).values(**answered))
    wanted = select(decision.c.public_id).join(appeal, appeal.c.decision_id == decision.c.id)
    return [f"/me/letters/{one}" for one in db.session.scalars(wanted.where(decision.c.author_id == alice.id))]


def _meeting(alice: Member, ada: Staff, fill: Fill) -> Paths:
    """Open a meeting with both in it, lines said and acts done; another one is called off."""
    now = utcnow()
    series = db.session.scalars(select(Series).where(Series.public_id.not_like("canary%"))).first()
    assert series is not None
    series.host_id, series.history = ada.id, True
    thread = Thread(kind="meeting", title="x", content_note="", visibility="live", started_at=now, bumped_at=now, seq=0)
    db.session.add(thread)
    db.session.flush()
    room = _session(series, "open", now, thread_id=thread.id, host_id=ada.id)
    off = _session(series, "cancelled", now + timedelta(hours=3), reason="x")
    for how in ("live", "limited", "held"):
        factories.make_post(thread, alice, visibility=how, content_note="x").support_level = 3
    sitting = {"session_id": room.id, "member_id": alice.id, "left_at": None, "out_at": None}
    times = {"joined_at": now - timedelta(days=1), "seen_at": now + timedelta(hours=1)}
    seat = fill(_table("meeting_seat"), sitting | times)
    for kind, place in (("step", None), ("out", seat["id"])):
        fill(_table("meeting_act"), {"session_id": room.id, "staff_id": ada.id, "seat_id": place, "kind": kind})
    if db.session.get(Norms, alice.id) is None:
        db.session.add(Norms(member_id=alice.id, version=queries.NORMS_VERSION, read_at=now))
    desk = [f"/mod/meetings/{room.public_id}", f"/mod/meetings/series/{series.public_id}", "/mod/meetings"]
    return {"alice": [f"/s/{room.public_id}", f"/s/{off.public_id}", f"/m/{series.public_id}"], "ada": desk}


def _session(series: Series, status: str, at: datetime, **more: Any) -> Session:
    steps = list(series.steps)
    made = Session(series_id=series.id, slot_at=at, starts_at=at, ends_at=at + timedelta(hours=2), status=status,
                   steps=steps, host_name="x", cross_talk="on", **more)  # fmt: skip
    db.session.add(made)
    db.session.flush()
    return made


def _config(ada: Staff, fill: Fill, words: Callable[[str], str]) -> Paths:
    """Change what the team may word: a message, a room, a rule, a helpline; leave a note for the next shift."""
    now, actor = utcnow(), Actor(ada.id, "admin", ada.name)
    room = db.session.scalars(select(Room).order_by(Room.id)).first()
    assert room is not None
    template = fill(_table("message_template"), {"id": "t-001", "is_offered": True})
    before, after = words("config_change.before"), words("config_change.after")  # no row of it can be changed later
    for kind, key, field in (("message", "t-001", "text"), ("room", room.key, "name")):
        edits.note(kind, key, {field: before}, {field: after}, action=f"{kind}.changed", actor=actor, now=now)
    handover.make(actor=Actor(factories.make_staff().id, "moderator", "x"), now=now, released=0, note="x")
    fill(_table("staff_invitation"), {})
    paths = [f"/mod/messages/{template['id']}", "/mod/messages", f"/mod/rooms/{room.public_id}", "/mod/duty"]
    return {"alice": [], "ada": [*paths, "/mod/staff"]}


def _private(alice: Member, ada: Staff, fill: Fill) -> Paths:
    """Fill what only alice reads: her looks back at an aim, and what she and the moderators wrote to each other."""
    goal, call = _table("journey_goal"), _table("journey_call")
    own = db.session.execute(select(goal).where(goal.c.member_id == alice.id)).mappings().first()
    assert own is not None
    fill(_table("journey_goal_review"), {"goal_id": own["id"], "how": "well"})
    asked = db.session.execute(select(call).where(call.c.member_id == alice.id)).mappings().first()
    asked = asked or fill(call, {"member_id": alice.id})
    for by_team in (True, False):
        line = {"call_id": asked["id"], "by_team": by_team, "staff_id": ada.id if by_team else None}
        fill(_table("journey_call_line"), line)
    return {"alice": [f"/me/journey/aims/{own['public_id']}", "/me/journey/ask"], "ada": []}


# ── After the words are in ──────────────────────────────────────────────────────────────────────────────────────


def open_doors() -> list[str]:
    """Leave a declaration on the door of one room only, and return that room: behind such doors nothing is seen."""
    room = _table("room")
    last = db.session.scalar(select(func.max(room.c.id)))
    db.session.execute(update(room).where(room.c.id != last).values(declares=""))
    return [f"/r/{db.session.scalar(select(room.c.public_id).where(room.c.id == last))}"]


def word_helplines(lines: Iterator[str]) -> list[str]:
    """Word what may be worded of a helpline anew, as a lead can; return its pages."""
    data = maintenance.current()
    record = next(one for one in data["helplines"] if one["country"] == "GB" and one.get("public_note") is not None)
    fields = [name for name in ("name", "public_note", "notes", "audience", "cost") if name in record]
    record |= {name: next(lines)[:200] for name in fields}
    maintenance.replace_with(data)
    return ["/help/gb", f"/mod/helplines/{record['id']}", "/mod/helplines?country=gb"]


def open_journal(app: Flask, alice: Member, cookie: str, lines: list[str]) -> tuple[str, list[str]]:
    """Seal every line as a page of alice's, and the plan; return the cookie that opens them, and the pages."""
    key, now, config = locks.new_key(), utcnow(), app.extensions["forum.config"]
    db.session.execute(text("DELETE FROM journey_page"))
    many = ["\n\n".join(lines[at : at + 8])[: journal.MAX_BODY] for at in range(0, len(lines), 8)]
    ids = [journal.write_page(alice, key, body=body, client_id=f"p{n}", now=now) for n, body in enumerate(many)]
    journal.save_plan(alice, key, dict(zip(journal.PLAN_QUESTIONS, lines, strict=False)))
    older = [f"/me/journey/pages?before={one}" for one in ids[:: -journal.PAGES_SHOWN][1:]]
    pages = ["/me/journey/pages", *older, f"/me/journey/pages/{ids[0]}", "/me/journey/plan", "/me/journey/plan/sheet"]
    interface: Any = app.session_interface
    token = interface.cookie(config, False)[1].loads(cookie.split("=", 1)[1])["_user_id"]
    lock = journal.find_lock(alice)
    assert lock is not None
    place = token_digest(token) + lock.salt
    with app.test_request_context():
        value = locks.to_cookie(key, secret=config.keys.secret_key, session=place, now=now)
        return f"; {cookie_name()}={value}", pages


def write_copy(app: Flask, alice: Member, folder: Path) -> None:
    """Put the copy of everything about alice where a browser can open its page."""
    with app.test_request_context():
        packed = zipfile.ZipFile(io.BytesIO(make_zip(alice, utcnow())))
    (folder / "read-me.html").write_bytes(packed.read("read-me.html"))
