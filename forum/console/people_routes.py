"""One member as the team may see them, the record, second looks, limits that wait for a second person."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Select, select
from werkzeug.wrappers import Response

from forum.console.actor import count_action, the_actor
from forum.console.lines import is_covered, lines_of
from forum.console.page import decision_view
from forum.console.staff_routes import is_fresh_now
from forum.core import events
from forum.core.clock import utcnow
from forum.core.db import db
from forum.core.errors import BadInput, Forbidden, NotFound
from forum.identity.access import staff, the_staff
from forum.identity.models import Member, Staff
from forum.identity.roles import may
from forum.moderation import appeals, audit, context, sanctions
from forum.moderation.actors import Actor
from forum.moderation.models import Appeal, AuditEntry, Case, Decision, Sanction
from forum.moderation.subjects import has_subject, subject_of
from forum.moderation.words import ACTIONS, LIMITS, REASONS, say, say_state

bp = Blueprint("console_people", __name__, url_prefix="/mod")
PAGE = 50
MOST_EXPORTED = 50_000


@bp.get("/members/<public_id>")
@staff("member.read")
def member(public_id: str) -> str:
    """Show a member's standing, what was decided and what is open; looking here is noted for 90 days."""
    actor, now = the_actor(), utcnow()
    found = db.session.scalar(select(Member).where(Member.public_id == public_id))
    if found is None:
        raise NotFound()
    audit.note_access("history", actor=actor, now=now, member_id=found.id)
    recent = db.session.scalars(select(Case).where(Case.author_id == found.id).order_by(Case.id.desc()).limit(20)).all()
    page = render_template(
        "console/member.html",
        standing=context.standing_of(found.id, now),
        lines=lines_of(recent, actor=actor, now=now),
        decisions=[decision_view(decision, None) for decision in context.decisions_about(found.id)],
        limits=sanctions.list_active(found.id, now),
        limit_names=LIMITS,
    )
    events.commit()
    return page


@bp.post("/limits/<public_id>/<what>")
@staff("member.sanction")
def decide_limit(public_id: str, what: str) -> Response:
    """Confirm or refuse a proposed limit, or lift one that runs."""
    actor, now = the_actor(), utcnow()
    count_action(actor)
    deeds = {"confirm": sanctions.confirm, "refuse": sanctions.refuse, "lift": sanctions.lift}
    found = db.session.scalar(select(Sanction).where(Sanction.public_id == public_id))
    if found is None or what not in deeds:
        raise NotFound()
    if what == "confirm" and found.kind == "ban" and not is_fresh_now():
        raise Forbidden(_("To agree to this, please show your password and a code first."))
    deeds[what](found.id, actor=actor, now=now)
    events.commit()
    flash(_("Done."), "done")
    return redirect(url_for("console_people.second_looks"), 303)


@dataclass(frozen=True, slots=True)
class AppealView:
    """One question to a decision, with what it is about."""

    appeal: Appeal
    decision: Decision
    text: str
    room: str
    can_change: bool
    is_covered: bool
    """The words are shown only on request, and that is noted, as in the case itself."""


@bp.get("/appeals")
@staff("appeal.decide")
def second_looks() -> str:
    """Show questions to decisions of other people, the longest waiting first, and limits that need a second person."""
    page = _second_looks()
    events.commit()
    return page


def _second_looks(refusal: BadInput | None = None, refused: str = "") -> str:
    from forum.moderation import queue

    actor = the_actor()
    proposed = [limit for limit in sanctions.list_proposed() if limit.proposed_by_id != actor.staff_id]
    return render_template(
        "console/appeals.html",
        appeals=[_view(appeal, actor) for appeal in queue.list_appeals(actor=actor)],
        proposed=[(limit, db.session.get_one(Decision, limit.decision_id)) for limit in proposed],
        refusal=refusal,
        refused=refused,
        typed=request.form,
        limit_names=LIMITS,
        is_fresh=is_fresh_now(),
    )


def _view(appeal: Appeal, actor: Actor) -> AppealView:
    decision = db.session.get_one(Decision, appeal.decision_id)
    case = db.session.get_one(Case, decision.case_id)
    quote = subject_of(case.target_type).quote(case.target_id) if has_subject(case.target_type) else None
    covered = quote is not None and is_covered(case)
    if covered and request.args.get("show") == appeal.public_id:
        audit.note_access("reveal", actor=actor, now=utcnow(), case=case)
        covered = False
    return AppealView(
        appeal,
        decision,
        quote.text if quote and not covered else "",
        quote.room if quote else "",
        can_change=decision.scope == "content",
        is_covered=covered,
    )


@bp.post("/appeals/<public_id>")
@staff("appeal.decide")
def answer_appeal(public_id: str) -> Response | tuple[str, int]:
    """Answer one; a reply is always needed."""
    actor, form = the_actor(), request.form
    count_action(actor)
    found = db.session.scalar(select(Appeal).where(Appeal.public_id == public_id))
    version = form.get("version", "")
    if found is None or not (version.isascii() and version.isdigit() and len(version) < 10):
        raise NotFound()
    try:
        appeals.decide_appeal(
            found.id,
            actor=actor,
            version=int(version),
            state=form.get("state", ""),
            reply=form.get("reply", ""),
            note=form.get("note", ""),
            now=utcnow(),
        )
    except BadInput as refusal:
        events.rollback()
        return _second_looks(refusal, public_id), refusal.status
    events.commit()
    flash(_("Answered."), "done")
    return redirect(url_for("console_people.second_looks"), 303)


@bp.get("/audit")
@staff("audit.read")
def record() -> str:
    """Show the record, newest first, with filters; it holds codes and aliases, nobody's words."""
    args = request.args
    rows = list(db.session.execute(_entries(args).limit(PAGE + 1)))
    people = db.session.scalars(select(Staff).order_by(Staff.name)).all()
    return render_template(
        "console/audit.html",
        rows=[
            (entry, name or "", say(ACTIONS, entry.action), say(REASONS, entry.reason_code or ""), case)
            for entry, name, case in rows[:PAGE]
        ],
        older=rows[PAGE - 1][0].seq if len(rows) > PAGE else None,
        people=[(person.public_id, person.name) for person in people],
        say_state=say_state,
        actions=sorted(ACTIONS.items(), key=lambda pair: pair[1]),
        chosen={name: args.get(name, "") for name in ("action", "by", "case")},
        can_export=may(the_staff().role, "audit.export"),
        is_fresh=is_fresh_now(),
    )


@bp.post("/audit/export")
@staff("audit.export", step_up=True)
def export_record() -> Response:
    """Hand the record over as JSON lines, as it is filtered; that it was handed over is written into it first.

    The newest fifty thousand; `flask forum audit export` writes all of it.
    """
    actor, now, chosen = the_actor(), utcnow(), request.form
    count_action(actor)
    audit.record("audit.exported", actor=actor, now=now)
    audit.note_access("export", actor=actor, now=now)
    events.commit()
    response = make_response("".join(islice(_lines(chosen), MOST_EXPORTED)))
    response.headers["Content-Type"] = "application/x-ndjson"
    response.headers["Content-Disposition"] = 'attachment; filename="record.jsonl"'
    return response


def _lines(chosen: Any) -> Iterator[str]:
    """Yield the entries, newest first, a thousand at a time; codes only, no words, no addresses."""
    before: int | None = None
    while True:
        wanted = _entries(chosen).limit(1000)
        rows = list(db.session.execute(wanted if before is None else wanted.where(AuditEntry.seq < before)))
        for entry, _name, _case in rows:
            columns = {column.name: getattr(entry, column.name) for column in entry.__table__.columns}
            yield json.dumps(columns, default=str) + "\n"
        if len(rows) < 1000:
            return
        before = rows[-1][0].seq
        db.session.expire_all()


def _entries(args: Any) -> Select[AuditEntry, str, str]:
    found = (
        select(AuditEntry, Staff.name, Case.public_id)
        .outerjoin(Staff, Staff.id == AuditEntry.actor_id)
        .outerjoin(Case, Case.id == AuditEntry.case_id)
        .order_by(AuditEntry.seq.desc())
    )
    before = args.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 18:
        found = found.where(AuditEntry.seq < int(before))
    if args.get("action"):
        found = found.where(AuditEntry.action == args["action"][:40])
    if args.get("by"):
        found = found.where(Staff.public_id == args["by"][:26])
    if args.get("case"):
        found = found.where(Case.public_id.startswith(args["case"].strip()[:26], autoescape=True))
    return found
