"""My space: what one has written, where one is signed in, what is set."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request
from flask_babel import gettext as _

from forum.core import events
from forum.core.clock import utcnow
from forum.discussions import queries
from forum.discussions.forms import new_client_id
from forum.discussions.models import Post
from forum.helplines import registry
from forum.helplines.places import country_code
from forum.helplines.routes import COOKIE, remember_country
from forum.helplines.speech import locale
from forum.identity import operations
from forum.identity.access import member, the_member
from forum.identity.login import current_principal
from forum.identity.models import Member
from forum.identity.routes import remember_theme
from forum.identity.sessions import list_sessions
from forum.journey.showing import mood_choices
from forum.web.access import declare

bp = Blueprint("me", __name__)


@dataclass(frozen=True, slots=True)
class OwnPost:
    """One of one's own posts, as a line."""

    post_id: str
    thread_id: str
    title: str
    created_at: datetime
    visibility: str


@dataclass(frozen=True, slots=True)
class OwnSession:
    """One signed-in browser."""

    public_id: str
    device: str
    started_on: datetime
    is_this: bool


@bp.get("/me")
@member
def space() -> str:
    """Show my space."""
    me, principal, now = the_member(), current_principal(), utcnow()
    this = principal.row.digest if principal else b""
    sessions = [OwnSession(s.public_id, s.device, s.created_at, s.digest == this) for s in list_sessions(me.id, now)]
    return render_template(
        "identity/me.html",
        device=principal.row.device if principal else "shared",
        moods=mood_choices(),
        client_id=new_client_id(),
        sessions=sessions,
        posts=[own_post(post, me) for post in queries.own_posts(me)],
        countries=registry.country_choices(locale()),
        country=me.country,
        about=me.about,
        export_enabled=True,
        delete_enabled=True,
    )


def own_post(post: Post, me: Member) -> OwnPost:
    """Return a post as a line of my space; the title where it may still be read."""
    title = queries.title_for(me, post.thread) or _("A thread")
    return OwnPost(post.public_id, post.thread.public_id, title, post.created_at, post.visibility)


@bp.post("/me/settings")
@member
def save_settings() -> Response:
    """Store preferences; the country also in its cookie, which the help pages read without any database."""
    code = country_code(request.form.get("country")) or ""
    country = code if registry.is_listed(code) else ""
    operations.change_settings(
        the_member(),
        country=country,
        plain_letters=bool(request.form.get("plain_letters")),
        full_titles=bool(request.form.get("full_titles")),
    )
    operations.say_about(the_member(), request.form.get("about", ""))
    events.commit()
    flash(_("Saved."), "done")
    response = make_response(redirect("/me/settings", 303))
    if country:
        remember_country(response, country)
    else:
        response.delete_cookie(COOKIE)
    if "theme" in request.form:  # the page's own switch sets it elsewhere; without the field it stays as it is
        remember_theme(response, request.form["theme"])
    return response


for _path in ("posts", "sessions", "settings"):
    bp.add_url_rule(f"/me/{_path}", _path, declare(space, "member"), methods=["GET"])
