"""Waking a browser: nothing without keys and an explicit act, never a word in it, one push until somebody has looked.

The push service is a real server on the loopback address.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from forum.core import events
from forum.core.db import db
from forum.core.errors import BadInput
from forum.identity.models import LoginSession, Member
from forum.identity.sessions import end_sessions, leave_quickly
from forum.notifications import waking
from forum.notifications.models import PushSubscription
from forum.notifications.operations import News, notify
from forum.web.current import config
from tests import factories
from tests.conftest import Browser

SignIn = Callable[..., Browser]


class Service(ThreadingHTTPServer):
    """A push service that answers what it is told and remembers what it was asked."""

    status = 201
    asked: list[tuple[dict[str, str], bytes]]


class Answer(BaseHTTPRequestHandler):
    """One request to it."""

    server: Service

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.server.status)
        if self.server.status == 307:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_words: Any) -> None:
        """Say nothing."""


@pytest.fixture
def service() -> Iterator[Service]:
    server = Service(("127.0.0.1", 0), Answer)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def keys(app: Flask) -> Iterator[waking.PushKeys]:
    """An operator's keys, with a test service on this machine allowed."""
    path: Path = app.extensions["forum.config"].instance / waking.FILE
    waking.make_keys(path.parent, "mailto:team@forum.example")
    kept = json.loads(path.read_text()) | {"hosts": [*waking.HOSTS, "127.0.0.1"]}
    path.write_text(json.dumps(kept))
    found = waking.keys_of(path.parent)
    assert found is not None
    yield found
    path.unlink()


def endpoint(service: Service) -> str:
    return f"http://127.0.0.1:{service.server_port}/send/abc"


def session_of(member: Member) -> LoginSession:
    return db.session.scalars(select(LoginSession).where(LoginSession.member_id == member.id)).one()


def news_for(member: Member, at: datetime) -> None:
    notify([member.id], News("letter", f"t:{at.timestamp()}", "wrote", link="/me"), at)
    events.commit()


# ── Off ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_without_the_operators_keys_there_is_nothing_of_it(sign_in_as: SignIn, browser: Browser) -> None:
    me = sign_in_as(factories.make_member())
    assert "Wake this phone" not in me.get("/notifications").text
    assert browser.get("/notifications/worker.js").status_code == 404
    assert me.post("/notifications/wake", {"endpoint": "https://fcm.googleapis.com/x"}).status_code == 404
    assert db.session.query(PushSubscription).count() == 0


def test_keys_are_the_owners_alone_and_are_not_made_twice(tmp_path: Path) -> None:
    made = waking.make_keys(tmp_path, "mailto:team@forum.example")
    assert (tmp_path / waking.FILE).stat().st_mode & 0o777 == 0o600
    assert len(base64.urlsafe_b64decode(made.public + "==")) == 65
    with pytest.raises(BadInput, match="there already"):
        waking.make_keys(tmp_path, "mailto:team@forum.example")
    with pytest.raises(BadInput, match="mailto"):
        waking.make_keys(tmp_path / "other", "somebody")


def test_the_policy_lets_a_worker_in_on_the_page_of_news_alone(keys: waking.PushKeys, sign_in_as: SignIn) -> None:
    me = sign_in_as(factories.make_member())
    for path, allowed in (
        ("/notifications", True),
        ("/me", False),
        ("/rooms", False),
        ("/notifications/worker.js", False),
    ):
        policy = me.get(path).headers["Content-Security-Policy"]
        assert ("worker-src 'self'" in policy) is allowed, path
    script = me.get("/notifications/worker.js")
    assert script.mimetype == "text/javascript"
    assert "fetch" not in script.text
    assert "caches" not in script.text


# ── An explicit act, on one's own phone ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/push",
        "http://fcm.googleapis.com/fcm/send/x",
        "https://fcm.googleapis.com.evil.example/x",
        "https://evil.example/fcm.googleapis.com",
        "https://fcm.googleapis.com:8443/x",
        "https://user:pw@fcm.googleapis.com/x",
        "https://127.0.0.1/x",
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "https://[::1]/x",
        "https://notify.windows.com.evil.example/x",
        "https://fcm.googleapis.com/" + "x" * 600,
        "",
    ],
)
def test_this_server_asks_only_push_services(address: str) -> None:
    assert not waking.is_allowed(address, waking.HOSTS)


@pytest.mark.parametrize(
    "address",
    ["https://fcm.googleapis.com/fcm/send/x", "https://updates.push.services.mozilla.com/wpush/v2/x",
     "https://web.push.apple.com/x", "https://db5p.notify.windows.com/w/?token=x"],
)  # fmt: skip
def test_the_push_services_of_browser_makers_are_known(address: str) -> None:
    assert waking.is_allowed(address, waking.HOSTS)


def test_a_shared_phone_is_never_woken(keys: waking.PushKeys, service: Service, sign_in_as: SignIn) -> None:
    member = factories.make_member()
    me = sign_in_as(member)
    session_of(member).device = "shared"
    assert "never woken" in me.get("/notifications").text
    me.post("/notifications/wake", {"endpoint": endpoint(service)})
    assert db.session.query(PushSubscription).count() == 0


# ── What is sent ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def woken(keys: waking.PushKeys, service: Service, sign_in_as: SignIn) -> tuple[Member, Browser]:
    """A member whose phone is to be woken, and their browser."""
    member = factories.make_member("Early Wren 21")
    me = sign_in_as(member)
    assert me.post("/notifications/wake", {"endpoint": endpoint(service)}).status_code == 303
    return member, me


def test_a_push_has_no_word_in_it_and_is_signed_for_that_service(
    woken: tuple[Member, Browser], keys: waking.PushKeys, service: Service
) -> None:
    now = datetime.now(UTC)
    news_for(woken[0], now)
    assert waking.wake_due(keys, now) == 1
    ((headers, body),) = service.asked
    assert body == b""
    token = headers["authorization"].split("t=")[1].split(",")[0]
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert claims["aud"] == f"http://127.0.0.1:{service.server_port}"
    assert claims["sub"] == "mailto:team@forum.example"
    everything = json.dumps(headers)
    for sign in ("Early Wren", woken[0].public_id, "letter", "wrote"):
        assert sign not in everything


def test_one_push_until_they_have_looked(
    woken: tuple[Member, Browser], keys: waking.PushKeys, service: Service
) -> None:
    member, me = woken
    now = datetime.now(UTC)
    assert waking.wake_due(keys, now) == 0
    for minute in range(3):
        news_for(member, now + timedelta(minutes=minute))
        waking.wake_due(keys, now + timedelta(minutes=minute))
    assert len(service.asked) == 1
    me.get("/notifications")
    me.post("/notifications")
    assert waking.wake_due(keys, now + timedelta(minutes=5)) == 0
    news_for(member, now + timedelta(minutes=6))
    assert waking.wake_due(keys, now + timedelta(minutes=6)) == 1


def test_news_that_waits_for_its_hour_wakes_nobody_before(
    woken: tuple[Member, Browser], keys: waking.PushKeys, service: Service
) -> None:
    member, me = woken
    me.post(
        "/notifications/settings", {"way_letter": "digest", "quiet_to": "8", "quiet_from": "22", "digest_hour": "9"}
    )
    at = datetime(2027, 1, 4, 20, 0, tzinfo=UTC)
    session = session_of(member)
    session.idle_until = session.abs_until = at + timedelta(days=2)
    news_for(member, at)
    assert waking.wake_due(keys, at) == 0
    assert waking.wake_due(keys, at + timedelta(hours=13, minutes=1)) == 1


@pytest.mark.parametrize(("status", "stays"), [(404, False), (410, False), (500, True), (307, True)])
def test_what_the_service_answers(
    woken: tuple[Member, Browser], keys: waking.PushKeys, service: Service, status: int, stays: bool
) -> None:
    service.status, now = status, datetime.now(UTC)
    news_for(woken[0], now)
    waking.wake_due(keys, now)
    events.commit()
    assert len(service.asked) == 1, "a redirect is not followed, an error is not tried again"
    assert (db.session.query(PushSubscription).count() == 1) is stays


# ── Gone ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_quick_exit_ends_it_at_once_and_takes_the_worker_out_of_the_browser(
    woken: tuple[Member, Browser], keys: waking.PushKeys, service: Service
) -> None:
    member, me = woken
    answer = me.get("/exit")
    assert '"storage"' in answer.headers["Clear-Site-Data"]
    assert session_of(member).asleep
    assert db.session.query(PushSubscription).count() == 0
    news_for(member, datetime.now(UTC))
    assert waking.wake_due(keys, datetime.now(UTC)) == 0
    assert service.asked == []


def test_it_goes_with_the_session_and_with_one_button(woken: tuple[Member, Browser], service: Service) -> None:
    member, me = woken
    assert "It’s on here" in me.get("/notifications").text
    answer = me.post("/notifications/wake/off")
    assert answer.headers["Clear-Site-Data"] == '"storage"'
    assert db.session.query(PushSubscription).count() == 0
    me.post("/notifications/wake", {"endpoint": endpoint(service)})
    assert db.session.query(PushSubscription).count() == 1
    end_sessions(reason="signed_out", member_id=member.id)
    assert db.session.query(PushSubscription).count() == 0


def test_a_sleeping_visit_is_not_woken_whatever_row_is_left(
    woken: tuple[Member, Browser], keys: waking.PushKeys, service: Service
) -> None:
    member, _me = woken
    row = session_of(member)
    leave_quickly(row)
    db.session.add(PushSubscription(member_id=member.id, session_digest=row.digest, endpoint=endpoint(service)))
    news_for(member, datetime.now(UTC))
    assert waking.wake_due(keys, datetime.now(UTC)) == 0


def test_the_instance_of_the_tests_has_no_keys_left(app: Flask) -> None:
    with app.app_context():
        assert waking.keys_of(config().instance) is None
