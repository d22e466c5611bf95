"""Messages of support in the console: the list, one message with a preview, back to the words it came with."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from forum.console import editing
from forum.console.actor import count_action, the_actor
from forum.console.messages import label_of, values_for
from forum.console.wording import _
from forum.core import events
from forum.core.clock import utcnow
from forum.core.errors import BadInput, NotFound
from forum.identity.access import staff
from forum.moderation import edits, messages, templates
from forum.moderation.words import REASONS

bp = Blueprint("console_messages", __name__, url_prefix="/mod/messages")
LIST = "console_messages.show"
NEW = "new"


@bp.get("")
@staff("messages.change")
def show() -> str:
    """List all messages, the team's own marked."""
    return render_template(
        "console/edit/messages.html",
        messages=list(templates.in_use().values()),
        shipped=set(templates.templates()),
        edited=edits.edited_keys("message"),
    )


@bp.get("/<message>")
@staff("messages.change")
def one(message: str) -> str:
    """Show one message's form; `new` for one of the team's own."""
    _check(message)
    return _page(message, messages.values_of(templates.in_use().get(message)), {})


def _check(message: str) -> None:
    """Answer 404 for a message that is not there or that only the forum itself sends."""
    if message == NEW:
        return
    shipped = templates.templates().get(message)
    if message not in templates.in_use() or (shipped is not None and not shipped.by_hand):
        raise NotFound()


def _page(message: str, values: dict[str, str], errors: dict[str, str], **more: object) -> str:
    return render_template(
        "console/edit/message.html",
        message=message,
        values=values,
        errors=errors,
        placeholders=messages.PLACEHOLDERS,
        codes=dict(sorted(REASONS.items(), key=lambda pair: pair[1])),
        can_restore=message in templates.templates() and message in edits.edited_keys("message"),
        history=editing.history("message", message) if message != NEW else [],
        **more,
    )


@bp.post("/<message>")
@staff("messages.change")
def save(message: str) -> Response | str | tuple[str, int]:
    """Look at a message as a member would read it, or store it."""
    actor, now, typed = the_actor(), utcnow(), editing.typed()
    _check(message)
    count_action(actor)
    values, errors = messages.check(typed)
    message_id = typed.get("id", "").upper() if message == NEW else message
    if message == NEW and message_id in templates.in_use():
        errors["id"] = _("Another message has this name.")
    values = {**values, "id": message_id}
    if errors:
        return _page(message, values, errors), 400
    if editing.is_only_a_look():
        before = messages.values_of(templates.in_use().get(message_id)) if message != NEW else {}
        changes = editing.differences(before, {name: value for name, value in values.items() if name != "id"})
        return _page(message, values, {}, changes=changes, look=_preview(values["text"]))
    try:
        messages.save(message_id, values, actor=actor, now=now)
    except BadInput as problem:
        events.rollback()
        return _page(message, values, {problem.field or "form": problem.message}), problem.status
    events.commit()
    flash(_("Saved."), "done")
    return redirect(url_for(LIST), 303)


def _preview(text: str) -> str:
    """Fill a message as it would be for an invented member in the forum's own country."""
    values = {**values_for(None, [], utcnow()), "name": "Plain Kettle 58"}
    shown = {name: values.get(name) or f"[{name}]" for name in messages.PLACEHOLDERS}
    shown |= {name: f"[{label_of(name)}]" for name in templates.TYPED}
    return templates.fill_text(text, shown)


@bp.post("/<message>/restore")
@staff("messages.change")
def restore(message: str) -> Response:
    """Bring the words back that came with the forum."""
    actor = the_actor()
    count_action(actor)
    messages.restore(message, actor=actor, now=utcnow())
    events.commit()
    flash(_("The words it came with are back."), "done")
    return redirect(url_for(LIST), 303)
