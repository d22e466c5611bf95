"""How a moment is said: near ones by the clock, far ones by the day, and what is to come never as if it were today."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from forum.web import filters

NOW = datetime(2026, 3, 4, 21, 20, tzinfo=UTC)  # a Wednesday


@pytest.fixture(autouse=True)
def _wednesday(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(filters, "utcnow", lambda: NOW)
    with app.test_request_context("/"):
        yield


@pytest.mark.parametrize(
    ("away", "said"),
    [
        (timedelta(0), "21:20"),
        (timedelta(hours=2), "23:20"),
        (timedelta(days=1), "tomorrow, 21:20"),
        (timedelta(days=2), "Friday, 21:20"),
        (timedelta(days=6), "Tuesday, 21:20"),
        (timedelta(days=7), "11 Mar 2026"),
        (timedelta(days=30), "3 Apr 2026"),
        (-timedelta(days=1), "yesterday"),
        (-timedelta(days=2), "Monday"),
        (-timedelta(days=7), "25 Feb 2026"),
    ],
)
def test_what_is_to_come_says_its_day(away: timedelta, said: str) -> None:
    assert filters.coarse_time(NOW + away) == said
