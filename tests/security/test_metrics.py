"""`/metrics`: for the operator, never for visitors, and naming nobody."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from forum.core.clock import utcnow
from forum.moderation.models import Case
from tests import factories
from tests.conftest import LOCAL, Browser
from tests.security.live import another_app

TOKEN = "a-token-of-more-than-thirty-two-signs"
OUTSIDE = {"REMOTE_ADDR": "203.0.113.77"}
PROMISED = (
    "cases_open", "case_oldest_seconds", "posts_held", "posts_unscored", "threads_unanswered", "moderators_on_duty",
    "duty_covered_hours", "sockets_open", "sockets_refused", "rate_limited", "raid_mode", "read_only", "responses",
    "response_seconds",
)  # fmt: skip


def test_the_operator_on_the_machine_reads_it_and_nobody_else(browser: Browser) -> None:
    assert browser.get("/metrics").status_code == 200
    assert browser.get("/metrics", environ_base=OUTSIDE).status_code == 404
    for header in ("X-Forwarded-For", "X-Real-IP", "Forwarded"):
        assert browser.get("/metrics", headers={header: "203.0.113.77"}).status_code == 404, header


def test_with_a_token_from_anywhere() -> None:
    with another_app(FORUM_METRICS_TOKEN=TOKEN, flask={"TESTING": True}) as app:
        client = app.test_client()
        good, bad = {"Authorization": f"Bearer {TOKEN}"}, {"Authorization": f"Bearer {TOKEN}x"}
        assert client.get("/metrics", base_url=LOCAL, headers=good, environ_base=OUTSIDE).status_code == 200
        assert client.get("/metrics", base_url=LOCAL, headers=bad, environ_base=OUTSIDE).status_code == 404


def test_an_onion_services_visitors_all_come_from_loopback_and_read_nothing() -> None:
    onion = "http://" + "a" * 56 + ".onion"
    with another_app(FORUM_PUBLIC_URL=onion, flask={"TESTING": True}) as app:
        for base in (onion, "http://127.0.0.1"):
            assert app.test_client().get("/metrics", base_url=base).status_code == 404


def test_every_promised_number_is_there_and_well_formed(app: Flask, browser: Browser) -> None:
    browser.get("/about")
    families = {family.name: family for family in text_string_to_metric_families(browser.get("/metrics").text)}
    for name in PROMISED:
        assert f"smallhours_{name}" in families, name


def test_no_label_can_name_a_person(app: Flask, browser: Browser) -> None:
    alice = factories.make_member("Quiet Heron 88")
    thread = factories.make_thread(alice, "A telling title", "Telling words.")
    browser.get(f"/t/{thread.public_id}")
    text = browser.get("/metrics").text
    for secret in (alice.handle, alice.public_id, thread.public_id, "telling", "203.0.113"):
        assert secret.lower() not in text.lower()
    labels = set(re.findall(r"[{,]([a-z_]+)=", text))
    assert labels <= {"route", "status", "lane", "clock", "quantile", "older_than", "phase", "rule", "reason", "le"}
    assert 'route="/t/<thread>"' in text


@pytest.mark.parametrize(("minutes", "within"), [(3, 1.0), (30, 0.0)])
def test_first_answers_are_measured(app: Flask, browser: Browser, minutes: int, within: float) -> None:
    from datetime import timedelta

    from forum.core.db import db

    now = utcnow()
    opened = now - timedelta(hours=1)
    db.session.add(
        Case(
            target_type="post", target_id=1, lane=0, lane_reason="x", state="open", opened_at=opened, queued_at=opened,
            effective_at=opened, due_first_at=now, due_resolve_at=now, staffed_first_minutes=minutes,
            first_human_at=opened + timedelta(minutes=minutes),
        )
    )  # fmt: skip
    text = browser.get("/metrics").text
    assert f'smallhours_first_response_seconds{{clock="wall",lane="T0",quantile="0.5"}} {minutes * 60.0}' in text
    assert f'smallhours_first_response_within_target_ratio{{lane="T0"}} {within}' in text
    assert 'smallhours_cases_open{lane="T0"} 1.0' in text
