"""What one does with a post: edit, take back, report, react, put the help card away."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forum.core import events
from forum.core.clock import utcnow
from forum.core.errors import ForumError
from forum.discussions import drafts, editing, judging, operations, queries
from forum.discussions.forms import sentence, to_post, typed
from forum.discussions.helping import card_options, make_card
from forum.discussions.models import Post
from forum.discussions.presenting import post_view, thread_view
from forum.discussions.reporting import file_report, report_choices
from forum.identity.access import member, the_member
from forum.identity.forms import Form
from forum.moderation import duty, intake
from forum.web import limits

bp = Blueprint("posts", __name__)


@bp.route("/p/<post>/edit", methods=["GET", "POST"])
@member
def edit(post: str) -> Response | str | tuple[str, int]:
    """Change one's own words."""
    me, now = the_member(), utcnow()
    found = queries.get_own_post(me, post)
    if request.method == "GET":
        return _edit_page(found, Form({"body": found.body, "content_note": found.content_note}))
    form = typed("body", "content_note")
    draft = drafts.read_draft(request.form.get("body"), "edit", content_note=form.values["content_note"])
    try:
        limits.hit("edit", member=me.public_id)
        editing.edit(found, draft, author=me, now=now)
    except ForumError as refusal:
        form.errors[refusal.field or "form"] = sentence(refusal)
        card = make_card(getattr(refusal, "support_level", 0), getattr(refusal, "categories", ()), "refused", now)
        return _edit_page(queries.get_own_post(me, post), form, card), refusal.status
    return to_post(queries.get_own_post(me, post))


def _edit_page(post: Post, form: Form, card: object = None) -> str:
    return render_template(
        "discussions/edit.html",
        post=post_view(post, the_member()),
        thread=thread_view(post.thread, the_member()),
        form=form,
        card=card,
        card_forms=card_options(None),
    )


@bp.post("/p/<post>/delete")
@member
def delete(post: str) -> Response:
    """Take one's own post back: the words go at once."""
    me, now = the_member(), utcnow()
    found = queries.get_own_post(me, post)
    limits.hit("delete", member=me.public_id)
    intake.target_deleted("post", found.id, now=now)
    operations.take_back(found, now)
    events.commit()
    back = f"/t/{found.thread.public_id}"
    if found.is_opening and found.thread.reply_count == 0 and found.thread.room is not None:
        back = f"/r/{found.thread.room.public_id}"
    return redirect(back, 303)


@bp.route("/p/<post>/report", methods=["GET", "POST"])
@member
def report(post: str) -> Response | str | tuple[str, int]:
    """Ask a moderator to look."""
    me = the_member()
    found = queries.get_post_for(me, post)
    form = typed("category", "text") if request.method == "POST" else Form()
    if request.method == "POST":
        try:
            file_report(me, post, category=form.values["category"], text=form.values["text"], now=utcnow())
            flash(_("Thank you. A moderator will read it, and you’ll hear in your letters what came of it."), "done")
            return redirect(f"/t/{found.thread.public_id}", 303)  # to its top, where the sentence stands
        except ForumError as refusal:
            form.errors[refusal.field or "form"] = sentence(refusal)
            status = refusal.status
    else:
        status = 200
    found = queries.get_post_for(me, post)
    page = render_template(
        "discussions/report.html",
        post=post_view(found, me),
        thread=thread_view(found.thread, me),
        categories=report_choices(),
        form=form,
        moderators_on=duty.coverage(utcnow()),
    )
    return page, status


@bp.post("/p/<post>/react")
@member
def react(post: str) -> Response:
    """Say "I hear you" and the like, or take it back."""
    me = the_member()
    found = queries.get_post_for(me, post)
    limits.hit("react", member=me.public_id)
    operations.toggle_reaction(found, me, request.form.get("kind", ""), utcnow())
    events.commit()
    return to_post(found)


@bp.post("/p/<post>/card")
@member
def put_card_away(post: str) -> Response:
    """Hide the help card under one's own post; "not what I meant" is counted."""
    me = the_member()
    found = queries.get_own_post(me, post)
    operations.hide_card(found, unfit=request.form.get("unfit") == "1")
    events.commit()
    return to_post(found)


@bp.post("/p/<post>/dispute")
@member
def dispute(post: str) -> Response:
    """Say that an automatic hold looks wrong; a person reads it sooner."""
    found = queries.get_own_post(the_member(), post)
    if found.visibility == "held":
        intake.dispute_hold(judging.target_of(found), now=utcnow())
        found.explanation = _("You told us this looks wrong. A moderator will read it sooner.")
        events.commit()
    return to_post(found)
