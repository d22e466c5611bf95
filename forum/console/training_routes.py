"""Training: one's own modules and tests, who is ready to be signed off, shifts beside somebody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from forum.console.actor import count_action, the_actor
from forum.console.staff_routes import role_names
from forum.console.wording import _
from forum.core import events
from forum.core.clock import utcnow
from forum.core.db import db
from forum.core.errors import BadInput, NotFound
from forum.identity.access import staff, the_staff
from forum.identity.models import Staff
from forum.identity.roles import may
from forum.moderation import learning, practice
from forum.moderation.learning import Module, Option, Scenario
from forum.moderation.models import TrainingResult

bp = Blueprint("console_training", __name__, url_prefix="/mod/training")
HOME = "console_training.show"


@dataclass(frozen=True, slots=True)
class Shown:
    """One module as the list shows it."""

    module: Module
    until: datetime | None
    """Until when a pass holds; None where there is none."""
    newest: TrainingResult | None
    is_due: bool
    """A pass runs out within a month."""


@bp.get("")
@staff("duty.own")
def show() -> str:
    """Show one's own training, and for leads who is ready."""
    return _home()


def _home(problem: str = "") -> str:
    me, now = the_staff(), utcnow()
    held, newest = learning.passes(me.id, now), learning.newest_results(me.id)
    team = db.session.scalars(select(Staff).where(Staff.is_active).order_by(Staff.name)).all()
    return render_template(
        "console/training/home.html",
        modules=[
            Shown(
                module,
                held.get(key),
                newest.get(key),
                key in held and held[key] < now + learning.REMIND,
            )
            for key, module in learning.modules().items()
        ],
        mine=learning.progress_of(me, now),
        round=practice.standing(me.id),
        needed=learning.SHADOW_SHIFTS,
        can_practise=may(me.role, "queue.read"),
        can_note=may(me.role, "case.decide"),
        can_sign=may(me.role, "training.signoff"),
        others=[(one.public_id, one.name) for one in team if one.id != me.id],
        team=[learning.progress_of(one, now) for one in team] if may(me.role, "training.signoff") else [],
        roles=role_names(),
        my_id=me.id,
        today=now.date(),
        problem=problem,
    )


# ── One module ──────────────────────────────────────────────────────────────────────────────────────────────────


@bp.get("/modules/<key>")
@staff("duty.own")
def module(key: str) -> str:
    """Show what a module teaches, and its test."""
    return _module(learning.get_module(key), {})


def _module(found: Module, chosen: dict[int, int], **more: object) -> str:
    return render_template(
        "console/training/module.html",
        module=found,
        scenes=[(number, scene, _mixed(scene, number)) for number, scene in enumerate(found.scenarios)],
        chosen=chosen,
        **more,
    )


def _mixed(scene: Scenario, number: int) -> list[tuple[int, Option]]:
    """Return the answers in an order of one's own, the same at every look."""
    seed = f"{the_staff().public_id}-{number}"
    return sorted(enumerate(scene.options), key=lambda pair: sha256(f"{seed}-{pair[0]}".encode()).digest())


@bp.post("/modules/<key>")
@staff("duty.own")
def hand_in(key: str) -> str | tuple[str, int]:
    """Look at the answers, say something about each, and note the result."""
    actor, found = the_actor(), learning.get_module(key)
    count_action(actor)
    answers = [_chosen(f"q{number}", len(scene.options)) for number, scene in enumerate(found.scenarios)]
    chosen = {number: answer for number, answer in enumerate(answers) if answer is not None}
    try:
        result = learning.answer(key, answers, actor=actor, now=utcnow())
    except BadInput as refusal:
        events.rollback()
        return _module(found, chosen, errors={"form": refusal.message}), refusal.status
    events.commit()
    return _module(found, chosen, result=result)


def _chosen(name: str, most: int) -> int | None:
    text = request.form.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 and int(text) < most else None


# ── Others ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _person(public_id: str) -> Staff:
    found = db.session.scalar(select(Staff).where(Staff.public_id == public_id))
    if found is None:
        raise NotFound()
    return found


@bp.post("/shadow")
@staff("case.decide")
def shadow() -> Response | tuple[str, int]:
    """Note that somebody sat beside one."""
    actor, now = the_actor(), utcnow()
    count_action(actor)
    try:
        day = date.fromisoformat(request.form.get("day", ""))
        learning.note_shadow(_person(request.form.get("person", "")).id, day=day, actor=actor, now=now)
    except (ValueError, BadInput) as problem:
        events.rollback()
        return _home(problem.message if isinstance(problem, BadInput) else _("We couldn't read that day.")), 400
    events.commit()
    flash(_("Noted. Thank you for sitting with them."), "done")
    return redirect(url_for(HOME), 303)


@bp.post("/people/<person>/sign")
@staff("training.signoff")
def sign(person: str) -> Response | tuple[str, int]:
    """Say that somebody may read alone."""
    actor, now = the_actor(), utcnow()
    count_action(actor)
    try:
        learning.sign(_person(person).id, actor=actor, now=now)
    except BadInput as problem:
        events.rollback()
        return _home(problem.message), problem.status
    events.commit()
    flash(_("Signed off."), "done")
    return redirect(url_for(HOME), 303)
