"""The first visit: five questions, all optional, and three rooms with their reasons. The answers stay on the page."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template, request

from forum.core.clock import utcnow
from forum.discussions import areas, queries
from forum.discussions.models import Room
from forum.discussions.next_meeting import next_meeting
from forum.identity.login import current_member
from forum.journey import suggesting
from forum.journey.begin_words import question_words, why_words
from forum.journey.suggesting import Answers
from forum.moderation import duty
from forum.web.access import public

bp = Blueprint("begin", __name__)


@dataclass(frozen=True, slots=True)
class Offer:
    """A suggested room with its reason, in words."""

    room: Room
    why: str


@bp.route("/begin", methods=["GET", "POST"])
@public
def begin() -> str:
    """Ask, or answer. What was said is neither stored nor put into an address; the page is all there is of it."""
    if request.method == "GET":
        me = current_member()
        return _page(Answers(who=me.about if me is not None and me.about in suggesting.WHO else "skip"), ())
    form = request.form
    answers = suggesting.read_answers(
        form.get("who", ""),
        form.getlist("things"),
        form.get("way", ""),
        form.get("language", ""),
        form.getlist("wants"),
    )
    rooms = {room.key: room for room in queries.list_rooms() if room.is_open}
    found = suggesting.suggest(answers, rooms)
    return _page(answers, tuple(Offer(rooms[one.room], why_words(one)) for one in found))


def _page(answers: Answers, offers: tuple[Offer, ...]) -> str:
    now = utcnow()
    area: areas.Area = "family" if answers.who == "love" else "own"
    return render_template(
        "journey/begin.html",
        answers=answers,
        offers=offers,
        questions=question_words(),
        area=area,
        meeting=next_meeting(now, area) if offers else None,
        moderators_on=duty.coverage(now),
    )
