"""Members with real words, and a journal that is open."""

from __future__ import annotations

import re

from flask import Flask

from forum.core.clock import utcnow
from forum.core.db import db
from forum.identity import handles, operations
from forum.identity.models import Member
from tests.conftest import Browser

TROUBLE = "i have the pills lined up on the table. not scared anymore"
LOW = "i want to die"


def join(app: Flask) -> tuple[Member, str]:
    """Make a member the way the joining page does; return them with their six words."""
    keys = app.extensions["forum.config"].keys
    (handle,) = operations.free_handles(1, keys)
    assert handles.is_ours(handle)
    made, words = operations.join(handle=handle, about="me", keys=keys, now=utcnow())
    db.session.info.pop("forum.events", None)
    db.session.commit()
    return made, words


def open_pages(browser: Browser, words: str) -> None:
    """Open the journal in a browser."""
    answer = browser.post("/me/journey/pages/open", {"phrase": words})
    assert answer.status_code == 303, answer.text


def level_of(text: str) -> int:
    """Return the level of the help card on a page, 0 without one."""
    found = re.search(r'data-card data-level="(\d)"', text)
    return int(found[1]) if found else 0
