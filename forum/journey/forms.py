"""Reading the forms of this feature: what was typed comes back with the sentence beside the field."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from flask import request

from forum.core.errors import BadInput, ForumError
from forum.identity.forms import Form, read_form
from forum.journey.reading import Reading


def fresh(**values: str) -> Form:
    """Return an empty form with the id that makes a double click one entry."""
    return Form(values, client_id=str(uuid.uuid4()))


def typed(*names: str) -> Form:
    """Return the form as it was typed."""
    form = read_form(*names)
    form.client_id = request.form.get("client_id", "").strip()[:64] or str(uuid.uuid4())
    return form


def read_day(name: str, otherwise: date | None = None) -> date | None:
    """Return a date field; `otherwise` when it was left empty.

    Raises:
        BadInput: it is no date.
    """
    value = request.form.get(name, "").strip()
    if not value:
        return otherwise
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise BadInput("We couldn't read that day. An example: 2026-03-31", field=name) from None


def refused(form: Form, refusal: ForumError) -> Reading:
    """Put a refusal beside its field; return what its words were read as, for the card."""
    form.errors[refusal.field or "form"] = refusal.message
    found: Any = getattr(refusal, "reading", None)
    return found if isinstance(found, Reading) else Reading()
