"""My data: a copy of everything, and going for good. Both ask for the six words again."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forum.core import events
from forum.core.clock import utcnow
from forum.core.errors import BadInput, ForumError
from forum.home import export, leaving
from forum.identity import operations
from forum.identity.access import member, the_member
from forum.identity.forms import Form
from forum.identity.login import sign_out
from forum.identity.models import Member
from forum.web import limits
from forum.web.current import config

bp = Blueprint("my_data", __name__)
FILE_NAME = "my-copy.zip"
"""Says nothing of what is in it: it will lie among other downloads."""


def require_words(me: Member) -> None:
    """Check the six words typed into this form.

    Raises:
        BadInput: they open nothing, or another account; nobody learns which.
        RateLimited: too many tries.
    """
    limits.hit("phrase", member=me.public_id, by_network=False)
    found = operations.find_by_phrase(request.form.get("phrase", ""), config().keys)
    if found is None or found.id != me.id:
        raise BadInput(_("Those words don't open this account. Please check their order and spelling."), field="phrase")


@bp.route("/me/export", methods=["GET", "POST"])
@member
def copy() -> Response | str | tuple[str, int]:
    """Hand over a copy of everything, once a day."""
    me = the_member()
    if request.method == "GET":
        return render_template("home/copy.html", form=Form())
    try:
        require_words(me)
        limits.hit("export", member=me.public_id, by_network=False)
    except ForumError as refusal:
        return _again("home/copy.html", refusal)
    packed = export.make_zip(me, utcnow(), request.form.get("phrase", ""))
    events.commit()
    response = make_response(packed)
    response.headers["Content-Type"] = "application/zip"
    response.headers["Content-Disposition"] = f'attachment; filename="{FILE_NAME}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _again(template: str, refusal: ForumError) -> Response:
    """Show the form again with the sentence beside the field; the words themselves are never sent back."""
    kept = {"posts": request.form.get("posts", "")}
    form = Form(kept, {refusal.field or "form": refusal.message})
    response = make_response(render_template(template, form=form), refusal.status)
    if refusal.retry_after:
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response


@bp.route("/me/delete", methods=["GET", "POST"])
@member
def leave_for_good() -> Response | str:
    """Delete the account: with the posts, or leaving them here as "Former member"; `panic` also leaves the site."""
    me = the_member()
    if request.method == "GET":
        return render_template("home/delete.html", form=Form({"posts": "erase"}))
    panic = bool(request.form.get("panic"))
    try:
        require_words(me)
        keep = not panic and request.form.get("posts") == "keep"
        leaving.delete_member(me, keep_posts=keep, keys=config().keys, now=utcnow())
    except ForumError as refusal:
        events.rollback()
        return _again("home/delete.html", refusal)
    events.commit()
    sign_out()
    if not panic:
        flash(_("It's done. Your name and everything that was yours here is gone."), "done")
    response = make_response(redirect(config().exit_url if panic else "/", 303))
    kinds = '"cache", "cookies", "storage"' if panic else '"cache", "storage"'
    response.headers["Clear-Site-Data"] = kinds
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
