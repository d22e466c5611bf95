"""Site settings: every limit and deadline with its sentence, checked before it is stored, written into the record."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from forum.console.actor import count_action, the_actor
from forum.console.staff_routes import is_fresh_now
from forum.console.wording import _
from forum.core import events
from forum.core.clock import utcnow
from forum.core.db import db
from forum.core.errors import BadInput, NotFound
from forum.core.settings import REGISTRY, Setting, SettingRow, Value, write_setting
from forum.identity.access import staff
from forum.moderation import audit

bp = Blueprint("console_settings", __name__, url_prefix="/mod")
ADDRESS = "address"
_CODE = re.compile(r"[A-Za-z0-9_.:+/-]{1,60}")


@dataclass(frozen=True, slots=True)
class Shown:
    """One setting as its row shows it."""

    setting: Setting
    value: Value
    is_changed: bool
    typed: str
    problem: str
    then: str = ""
    """What would be stored, while it is only looked at."""


@bp.get("/settings")
@staff("settings.change")
def show() -> str:
    """List all settings."""
    return _page()


def _page(name: str = "", typed: str = "", problem: str = "", then: str = "") -> str:
    stored = {row.name: json.loads(row.value) for row in db.session.query(SettingRow)}
    return render_template(
        "console/settings.html",
        rows=[
            Shown(
                setting,
                stored.get(setting.name, setting.default),
                setting.name in stored and stored[setting.name] != setting.default,
                typed if setting.name == name else str(stored.get(setting.name, setting.default)),
                problem if setting.name == name else "",
                then if setting.name == name else "",
            )
            for setting in sorted(REGISTRY.values(), key=lambda one: one.name)
        ],
        is_fresh=is_fresh_now(),
    )


@bp.post("/settings/<name>")
@staff("settings.change", step_up=True)
def change(name: str) -> Response | str | tuple[str, int]:
    """Store one setting, show what would be stored, or refuse it with what was typed."""
    actor, typed = the_actor(), request.form.get("value", "").strip()
    setting = REGISTRY.get(name)
    if setting is None:
        raise NotFound()
    count_action(actor)
    try:
        old, new = _stored(setting, typed)
    except BadInput as refusal:
        events.rollback()
        return _page(name, typed, refusal.message), refusal.status
    if request.form.get("what") == "look":
        events.rollback()
        return _page(name, typed, then=_shown(new))
    if old != new:
        audit.record(
            "settings.changed",
            actor=actor,
            now=utcnow(),
            target_type="setting",
            reason_code=name,
            from_state=_said(setting, old),
            to_state=_said(setting, new),
        )
    events.commit()
    flash(_("Saved."), "done")
    return redirect(url_for("console_settings.show") + f"#s-{name}", 303)


def _stored(setting: Setting, typed: str) -> tuple[Value, Value]:
    """Read, check and store a value; return what it was and what it is.

    Raises:
        BadInput: with one sentence.
    """
    try:
        return write_setting(setting.name, _read(setting, typed))
    except ValueError as problem:
        raise BadInput(str(problem), field="value") from None


def _shown(value: Value) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value) if value != "" else _("empty")


def _read(setting: Setting, typed: str) -> Value:
    if isinstance(setting.default, bool):
        return typed == "yes"
    if isinstance(setting.default, str):
        if setting.unit == ADDRESS and typed and not _is_address(typed):
            raise ValueError(_("An address begins with https:// or http://."))
        return typed
    try:
        number = int(typed) if isinstance(setting.default, int) else float(typed)
    except ValueError:
        raise ValueError(_("Please type a number.")) from None
    if not math.isfinite(number):
        raise ValueError(_("Please type a number."))
    return number


def _is_address(typed: str) -> bool:
    try:
        parts = urlsplit(typed)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", typed)


def _said(setting: Setting, value: Value) -> str:
    """Return a value as the record holds it; of an address only whether there is one, because it may be a secret."""
    if setting.unit == ADDRESS:
        return "set" if value else "empty"
    text = str(value) or "empty"
    return text if _CODE.fullmatch(text) else "text"
