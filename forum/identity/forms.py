"""Reading the forms of this feature: values as typed, errors by field, one sentence each."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from flask import request
from flask_babel import gettext as _

from forum.identity.models import ABOUT

_PLACE = re.compile(r"/(t|s|r)/[a-z0-9]{8,26}|/r/[a-z0-9]{8,26}/new")


@dataclass(slots=True)
class Form:
    """A form as it goes to a template: `values`, `errors`, and a fresh `client_id` where one is needed."""

    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    client_id: str = ""

    def __getitem__(self, name: str) -> Any:
        """Let templates write `form['errors']`."""
        return getattr(self, name)


def read_form(*names: str) -> Form:
    """Return the named fields of the current request, white space trimmed at the ends."""
    return Form({name: request.form.get(name, "").strip() for name in names})


def safe_place(path: str) -> str:
    """Return where somebody was when they decided to come in: a room, thread or meeting of ours, else ""."""
    return path if _PLACE.fullmatch(path) else ""


def read_join() -> Form:
    """Read and check the joining form."""
    form = read_form("handle", "about", "device", "adult", "website", "to")
    form.values["to"] = safe_place(form.values["to"])
    if form.values["about"] not in ABOUT:
        form.values["about"] = "skip"
    if form.values["device"] not in ("own", "shared"):
        form.values["device"] = "shared"
    if not form.values["handle"]:
        form.errors["handle"] = _("Please choose one of the names.")
    if not form.values["adult"]:
        form.errors["adult"] = _("This place is for adults. Please tick the box if you are 18 or over.")
    return form
