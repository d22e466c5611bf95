"""Sessions, CSRF, step-up: who a browser is, for how long, and what it must show again."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, event, select
from sqlalchemy.exc import OperationalError
from werkzeug.routing import Rule

from forum.core.clock import utcnow
from forum.core.db import db
from forum.core.errors import Conflict, Forbidden
from forum.identity import operations, totp
from forum.identity.access import staff
from forum.identity.login import current_principal
from forum.identity.models import LoginSession, Staff
from forum.identity.sessions import LIFETIMES, find_session, start_session
from tests import factories
from tests.conftest import LOCAL, Browser
from tests.security.live import a_session, another_app

PASSWORD = "nobody would think of seven herons"


def rows() -> list[LoginSession]:
    return list(db.session.scalars(select(LoginSession)))


def token_of(browser: Browser, app: Flask, name: str = "fs") -> str:
    cookie = browser.client.get_cookie(name, domain="127.0.0.1")
    assert cookie is not None
    _, serializer = app.session_interface.cookie(app.extensions["forum.config"], name == "fm")  # type: ignore[attr-defined]
    return str(serializer.loads(cookie.value).get("_user_id", ""))


def words_of(browser: Browser) -> str:
    page = browser.get("/join").text
    handle = re.search(r'name="handle" value="([^"]+)"', page)
    assert handle
    answer = browser.post("/join", {"handle": handle[1], "device": "own", "adult": "yes"})
    found = re.search(r'<output id="recovery-phrase"[^>]*>(.*?)</output>', answer.text, re.S)
    assert found
    return re.sub(r"<[^>]+>", "", found[1]).strip()


def test_signing_in_takes_a_new_token_whatever_the_browser_had(app: Flask, browser: Browser) -> None:
    """Fixation: somebody else put a known session into this browser."""
    words = words_of(browser)
    planted = token_of(browser, app)
    assert browser.post("/return", {"phrase": words, "device": "own"}).status_code == 303
    assert token_of(browser, app) != planted


def test_the_table_holds_a_hash_of_the_token_and_nothing_of_the_browser(app: Flask, browser: Browser) -> None:
    words_of(browser)
    token = token_of(browser, app)
    (row,) = rows()
    kept = repr({c.name: getattr(row, c.name, None) for c in LoginSession.__table__.columns})
    assert token not in kept
    assert find_session(token, "member", utcnow()) is not None
    assert {c.name for c in LoginSession.__table__.columns} == {
        "digest", "public_id", "kind", "member_id", "staff_id", "device", "created_at", "idle_until", "abs_until",
        "asleep", "stepped_up_at",
    }  # fmt: skip


@pytest.mark.parametrize("device", ["shared", "own", "staff"])
def test_sessions_end_idle_and_absolutely(database: None, device: str) -> None:
    now, life = utcnow(), LIFETIMES[device]
    who = {"staff": factories.make_staff()} if device == "staff" else {"member": factories.make_member()}
    token = start_session(device=device, now=now, **who)  # type: ignore[arg-type]
    kind = "staff" if device == "staff" else "member"
    second = timedelta(seconds=1)
    assert find_session(token, kind, now + life.idle - second) is not None
    assert find_session(token, kind, now + life.idle + second) is None
    row = find_session(token, kind, now)
    assert row is not None
    row.idle_until = now + timedelta(days=9_999)
    assert find_session(token, kind, now + life.absolute - second) is not None
    assert find_session(token, kind, now + life.absolute + second) is None


def test_a_members_token_opens_no_staff_page(app: Flask, database: None) -> None:
    token = start_session(member=factories.make_member(), device="own", now=utcnow())
    assert find_session(token, "staff", utcnow()) is None


def test_a_shared_device_keeps_no_cookie_after_closing(app: Flask, browser: Browser) -> None:
    words = words_of(browser)
    for device, keeps in (("shared", False), ("own", True)):
        fresh = Browser(app)
        answer = fresh.post("/return", {"phrase": words, "device": device})
        cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("fs="))
        assert ("expires" in cookie.lower()) is keeps


def test_leaving_ends_the_session_on_the_server_and_clears_the_browser(app: Flask, browser: Browser) -> None:
    words_of(browser)
    cookie = browser.client.get_cookie("fs", domain="127.0.0.1")
    answer = browser.post("/leave")
    assert answer.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert rows() == []
    assert cookie is not None
    browser.client.set_cookie("fs", cookie.value, domain="127.0.0.1")
    assert browser.get("/me").status_code == 303  # a copy of the cookie opens nothing


def test_leaving_is_a_form_not_a_link(browser: Browser) -> None:
    assert browser.get("/leave").status_code == 405


# ── CSRF ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_form_wants_its_token_and_keeps_the_text_without_it() -> None:
    with another_app(flask={"TESTING": True}) as app:
        exempt = {"/exit/beacon", "/help/country", "/help/line/<line_id>/silent"}
        # no token travels in a beacon; help works without any session
        client = app.test_client()
        posts = [rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())]
        assert len(posts) > 30
        for rule in posts:
            if str(rule) in exempt:
                continue
            path = re.sub(r"<int:[^>]+>", "1", str(rule)).replace("<", "").replace(">", "")
            answer = client.post(path, data={"body": "words that took an hour"}, base_url=LOCAL)
            assert answer.status_code == 403, path
            assert "words that took an hour" in answer.text, path


def test_a_token_of_one_browser_does_not_fit_another() -> None:
    with another_app(flask={"TESTING": True}) as app:
        one, other = app.test_client(), app.test_client()
        token = re.search(r'name="csrf_token" value="([^"]+)"', one.get("/join", base_url=LOCAL).text)
        other.get("/join", base_url=LOCAL)
        assert token
        form = {"csrf_token": token[1], "theme": "dark"}
        assert one.post("/theme", data=form, base_url=LOCAL).status_code == 303
        assert other.post("/theme", data=form, base_url=LOCAL).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_what_a_browser_marks_as_foreign_is_refused_with_or_without_token(
    browser: Browser, headers: dict[str, str]
) -> None:
    for path in ("/theme", "/leave", "/exit/beacon", "/join"):
        answer = browser.post(path, {"theme": "dark"}, headers=headers)
        assert answer.status_code == 403, path


# ── staff ────────────────────────────────────────────────────────────────────────────────────────────────────────


def staff_with_code(name: str = "Mo Twofold", role: str = "moderator") -> tuple[Staff, str]:
    from forum.identity.passwords import hash_password
    from forum.web.current import config

    person, seed = factories.make_staff(name, role), totp.new_seed()
    person.password_hash = hash_password(PASSWORD)
    totp.store_seed(person, seed, config().keys.totp_key)
    db.session.flush()
    return person, seed


def code_of(seed: str, step: int = 0) -> str:
    import pyotp

    return str(pyotp.TOTP(seed).at(int(utcnow().timestamp()) + 30 * step))


def test_staff_need_both_factors_and_each_code_works_once(app: Flask, browser: Browser) -> None:
    person, seed = staff_with_code()
    code = code_of(seed)
    wrong = browser.post("/mod/login", {"name": person.name, "password": PASSWORD, "code": "000000"})
    assert wrong.status_code == 400
    assert browser.post("/mod/login", {"name": person.name, "password": "x" * 20, "code": code}).text.count(
        "Name, password and code don&#39;t fit together."
    )
    assert browser.post("/mod/login", {"name": person.name, "password": PASSWORD, "code": code}).status_code == 303
    again = Browser(app).post("/mod/login", {"name": person.name, "password": PASSWORD, "code": code})
    assert again.status_code == 400


def test_unknown_and_known_names_get_the_same_page(app: Flask, browser: Browser) -> None:
    person, _ = staff_with_code()
    pages = []
    for name in (person.name, "Nobody At All"):
        text = browser.post("/mod/login", {"name": name, "password": "wrong " * 5, "code": "123456"}).text
        pages.append(re.sub(r'nonce="[^"]+"|value="[^"]*"|/static/\w+/', "", text))
    assert pages[0] == pages[1]


def test_step_up_takes_a_new_token_and_ends_the_old_one(app: Flask, browser: Browser) -> None:
    person, seed = staff_with_code()
    signed = factories.signed_in(browser, app, person)
    before = token_of(signed, app, "fm")
    assert signed.post("/mod/step-up", {"password": PASSWORD, "code": "000000"}).status_code == 400
    assert signed.post("/mod/step-up", {"password": PASSWORD, "code": code_of(seed)}).status_code == 303
    assert token_of(signed, app, "fm") != before
    assert find_session(before, "staff", utcnow()) is None


def test_what_needs_step_up_refuses_an_old_session(
    app: Flask, sign_in_as: Callable[..., Browser], database: None
) -> None:
    """Every route marked `step_up` is asked with a session that showed its password an hour ago."""
    signed = sign_in_as(factories.make_staff("Ada Admin", "admin"))
    for row in rows():
        row.stepped_up_at = utcnow() - timedelta(hours=1)
    for rule in stepped_up(app):
        path = re.sub(r"<[^>]+>", "1", str(rule))
        for method in (rule.methods or set()) & {"GET", "POST"}:
            answer = signed.get(path) if method == "GET" else signed.post(path)
            assert answer.status_code in (303, 403), path
            assert "/mod/step-up" in (answer.location or "") or "password and code again" in answer.text, path


def stepped_up(app: Flask) -> list[Rule]:
    return [r for r in app.url_map.iter_rules() if getattr(app.view_functions[r.endpoint], "needs_step_up", False)]


def test_the_step_up_guard_itself(app: Flask, sign_in_as: Callable[..., Browser]) -> None:
    opened: list[str] = []
    guarded = staff("settings.change", step_up=True)(lambda: opened.append("x") or "done")
    signed = sign_in_as(factories.make_staff("Ada Admin", "admin"))
    cookie = signed.client.get_cookie("fm", domain="127.0.0.1")
    assert cookie is not None
    (row,) = rows()
    for age, lets_in in ((timedelta(minutes=9), True), (timedelta(minutes=11), False)):
        row.stepped_up_at = utcnow() - age
        db.session.commit()
        with app.test_request_context(
            "/mod/x", method="POST", headers={"Cookie": f"fm={cookie.value}"}, base_url=LOCAL
        ):
            if lets_in:
                assert guarded() == "done"
            else:
                with pytest.raises(Forbidden):
                    guarded()
    assert opened == ["x"]


def test_invitations_work_once_and_not_for_ever(database: None) -> None:
    now = utcnow()
    token = operations.invite_staff(name="New Person", role="helper", invited_by=None, now=now)
    assert operations.accept_invitation(token, password=PASSWORD, now=now).role == "helper"
    for when in (now, now + timedelta(hours=1)):
        with pytest.raises(Exception, match="has been used"):
            operations.get_invitation(token, when)
    late = operations.invite_staff(name="Late Person", role="helper", invited_by=None, now=now)
    with pytest.raises(Exception, match="has been used"):
        operations.get_invitation(late, now + timedelta(hours=73))


# ── sockets of sessions that ended elsewhere ─────────────────────────────────────────────────────────────────────


def test_a_socket_hears_nothing_more_once_its_session_ran_out(app: Flask, sign_in_as: Callable[..., Browser]) -> None:
    """The end of a session by the clock, or in another process, makes no event here."""
    from forum.realtime.connections import connections
    from forum.realtime.server import NAMESPACE_LIVE, NAMESPACE_MOD
    from forum.realtime.sweep import close_ended_at
    from tests.discussions.test_live import Line

    # Lines that other tests opened on servers of their own: nobody there to close them any more.
    for left in [line for digest in connections.digests() for line in connections.of_session(digest)]:
        connections.remove(left.sid)
    member = Line(app, sign_in_as(factories.make_member()))
    staff = Line(app, sign_in_as(factories.make_staff()), NAMESPACE_MOD)
    guest = Line(app, Browser(app))
    assert close_ended_at(utcnow()) == 0
    assert close_ended_at(utcnow() + timedelta(minutes=16)) == 1
    assert not staff.client.is_connected(NAMESPACE_MOD)
    assert member.client.is_connected(NAMESPACE_LIVE)
    for row in rows():
        db.session.delete(row)
    db.session.commit()
    assert close_ended_at(utcnow()) == 1
    assert not member.client.is_connected(NAMESPACE_LIVE)
    assert guest.client.is_connected(NAMESPACE_LIVE)


def test_every_process_sweeps_its_own_sockets_and_a_worker_does_the_rest(app: Flask) -> None:
    from forum.realtime.jobs import JOBS, OWN_JOBS

    assert "close sockets of ended sessions" in OWN_JOBS
    assert {"forget sessions", "wipe deleted words"} <= set(JOBS)
    assert not set(JOBS) & set(OWN_JOBS)


def test_a_cookie_signed_before_the_clock_was_set_back_still_opens(
    sign_in_as: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    """How long a visit lasts is in its row; a clock that ran a day ahead sends nobody away when it is set right."""
    real = time.time
    with monkeypatch.context() as ahead:
        ahead.setattr(time, "time", lambda: real() + 86_400)
        signed = sign_in_as(factories.make_member())
    assert signed.get("/me").status_code == 200
    with monkeypatch.context() as behind:
        behind.setattr(time, "time", lambda: real() - 86_400)
        assert signed.get("/me").status_code == 200


def test_it_goes_in_mid_work_and_the_page_says_so(app: Flask, sign_in_as: Callable[..., Browser]) -> None:
    """Who is reading was known when the request began; the page that says "a moment" must not ask for it again."""
    signed, failed = sign_in_as(factories.make_member()), []

    def going(_conn: object, _cursor: object, statement: str, *_more: object) -> None:
        if "FROM thread" in statement or (failed and statement.startswith("SELECT")):
            failed.append(statement)
            raise OperationalError("SELECT", {}, Exception("server closed the connection unexpectedly"))

    event.listen(db.engine, "before_cursor_execute", going)
    try:
        answer = signed.post("/t/nothing/posts", {"body": "Words on their way.", "client_id": "mid"})
    finally:
        event.remove(db.engine, "before_cursor_execute", going)
    assert len(failed) > 1
    assert answer.status_code == 503
    assert "Words on their way." in answer.text


@pytest.mark.parametrize("then", ["reads it again", "refuses"])
def test_a_session_that_ends_while_its_page_is_at_work_is_no_fault_of_ours(then: str) -> None:
    """Two tabs: one signs out everywhere, the other has just sent a form."""
    with another_app(flask={"TESTING": True, "PROPAGATE_EXCEPTIONS": False}) as app:
        with app.app_context():
            cookie = a_session(app, factories.make_staff("Mo Gone"))
            db.session.commit()
            db.session.remove()

        def at_work() -> str:
            principal = current_principal()
            assert principal is not None
            with db.engine.begin() as elsewhere:
                elsewhere.execute(delete(LoginSession))
            db.session.expire_all()
            if then == "refuses":
                raise Conflict
            return principal.row.kind

        app.view_functions["staff.step_up"] = at_work
        client = app.test_client()
        client.set_cookie(*cookie.split("=", 1), domain="127.0.0.1")
        answer = client.get("/mod/step-up", base_url=LOCAL)
        assert answer.status_code == 409
        assert "</html>" in answer.text
