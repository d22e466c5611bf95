"""The first visit: five questions, all optional, and three rooms with their reasons. The answers stay on the page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Flask, current_app, render_template, request

from forum.core.clock import utcnow
from forum.discussions import queries
from forum.discussions.models import Room
from forum.journey import suggesting
from forum.journey.begin_words import question_words, why_words
from forum.journey.suggesting import Answers
from forum.moderation import duty
from forum.web.access import public

bp = Blueprint("begin", __name__)
NEXT_MEETING = "forum.begin.next_meeting"


@dataclass(frozen=True, slots=True)
class NextMeeting:
    """The next meeting, as the page names it."""

    path: str
    name: str
    when: str


Provider = Callable[[datetime], NextMeeting | None]


def show_next_meeting(app: Flask, provider: Provider) -> None:
    """Let the page name the next meeting; called while the application is made, by whoever may know meetings."""
    app.extensions[NEXT_MEETING] = provider


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
        return _page(Answers(), ())
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
    provider: Provider | None = current_app.extensions.get(NEXT_MEETING)
    return render_template(
        "journey/begin.html",
        answers=answers,
        offers=offers,
        questions=question_words(),
        meeting=provider(now) if provider is not None and offers else None,
        moderators_on=duty.coverage(now),
    )
