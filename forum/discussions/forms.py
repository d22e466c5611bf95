"""What the forms of rooms and threads share: reading what was typed, and answering a refusal with nothing lost."""

from __future__ import annotations

import uuid
from typing import Any

from flask import redirect, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forum.core.clock import utcnow
from forum.core.errors import ForumError
from forum.discussions import drafts
from forum.discussions.helping import make_card
from forum.discussions.models import Post
from forum.identity.forms import Form
from forum.web.errors import answer, wants_json

PURPOSES = ("", "story", "question")
EXTRAS = ("one_name", "attached", "purpose", "story_from")


def new_client_id() -> str:
    """Return the id a form carries, so that a double click without JavaScript makes one post."""
    return str(uuid.uuid4())


def extras_of(form: Form) -> drafts.Extras:
    """Return what came with the words; a question to the host is always asked under a name for that thread."""
    values = form.values
    purpose = values.get("purpose", "")
    return drafts.Extras(
        one_name=bool(values.get("one_name")) or purpose == "question",
        attached=values.get("attached", ""),
        purpose=purpose,
        story_from=values.get("story_from", ""),
    )


def typed(*names: str) -> Form:
    """Return the form as it was typed, to be shown again if it is refused."""
    values = {name: request.form.get(name, "").strip() for name in names}
    return Form(values, client_id=request.form.get("client_id", "").strip())


def refused(refusal: ForumError, page: Any, form: Form) -> Response | tuple[str, int]:
    """Answer a refused form: the page again, everything typed in it, the sentence beside the field, the card on top."""
    if wants_json():
        return answer(refusal.status, refusal.code, refusal.message, retry_after=refusal.retry_after)
    form.errors[refusal.field or "form"] = sentence(refusal)
    if not form.client_id or refusal.status == 409:
        form.client_id = new_client_id()
    card = make_card(getattr(refusal, "support_level", 0), getattr(refusal, "categories", ()), "refused", utcnow())
    body = page(card)
    if refusal.retry_after:
        response = Response(body, status=refusal.status, mimetype="text/html")
        response.headers["Retry-After"] = str(refusal.retry_after)
        return response
    return body, refusal.status


def sentence(refusal: ForumError) -> str:
    if refusal.retry_after is None:
        return refusal.message
    minutes = -(-refusal.retry_after // 60)
    if refusal.retry_after < 60:
        return str(_("%(what)s Try again in %(num)s seconds.", what=refusal.message, num=refusal.retry_after))
    return str(_("%(what)s Try again in about %(num)s minutes.", what=refusal.message, num=minutes))


def to_post(post: Post) -> Response:
    """Send the browser to the post: the thread's newest page, which also shows the author's own held words."""
    return redirect(f"/t/{post.thread.public_id}#p-{post.public_id}", 303)
