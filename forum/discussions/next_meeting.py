"""The next meeting, for pages of rooms. Whoever knows meetings hands it in while the application is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, current_app

from forum.discussions.areas import Area

KEY = "forum.next_meeting"


@dataclass(frozen=True, slots=True)
class NextMeeting:
    """The next meeting, as a page names it."""

    path: str
    name: str
    when: str
    summary: str = ""
    is_soon: bool = False
    """On now, or within the hour and a half before."""


Provider = Callable[[datetime, Area], NextMeeting | None]
"""Returns the next meeting that is for everyone or for people of that area."""


def show_next_meeting(app: Flask, provider: Provider) -> None:
    """Let pages name the next meeting."""
    app.extensions[KEY] = provider


def next_meeting(now: datetime, area: Area) -> NextMeeting | None:
    """Return the next meeting, or None where there is none or nobody knows any."""
    provider: Provider | None = current_app.extensions.get(KEY)
    return provider(now, area) if provider is not None else None
