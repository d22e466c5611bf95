"""What works once works once: the very first code of a second factor too, and for two browsers at the same time."""

from __future__ import annotations

import re

import pyotp
from flask import Flask

from forum.core.clock import utcnow
from forum.core.db import db
from forum.identity import operations
from forum.identity.models import LoginSession, RecoveryCode, Staff
from tests.conftest import Browser

PASSWORD = "kettle window orchard stair"
NAME = "New Person"


def newcomer(app: Flask) -> tuple[Browser, str]:
    """Return a browser that has accepted an invitation, and the seed of the second factor it was shown."""
    token = operations.invite_staff(name=NAME, role="moderator", invited_by=None, now=utcnow())
    db.session.commit()
    browser = Browser(app)
    form = {"password": PASSWORD, "password_again": PASSWORD}
    assert browser.post(f"/mod/invite/{token}", form).status_code == 303
    return browser, seed_in(browser)


def seed_in(browser: Browser) -> str:
    return re.findall(r"<code>([A-Z2-7]{32})</code>", browser.get("/mod/second-factor").text)[0]


def test_the_code_that_brings_a_second_factor_is_spent(app: Flask, database: None) -> None:
    browser, seed = newcomer(app)
    code = pyotp.TOTP(seed).now()
    assert "recovery" in browser.post("/mod/second-factor", {"code": code}).text.lower()
    seen = Browser(app).post("/mod/login", {"name": NAME, "password": PASSWORD, "code": code})
    assert seen.status_code == 400
    assert len(db.session.query(LoginSession).all()) == 1


def test_of_two_browsers_only_the_first_brings_a_second_factor(app: Flask, database: None) -> None:
    """Both have the password; both pages are open; the second one would have taken the account over."""
    first, seed = newcomer(app)
    second = Browser(app)
    assert second.post("/mod/login", {"name": NAME, "password": PASSWORD, "code": ""}).status_code == 303
    other = seed_in(second)
    assert first.post("/mod/second-factor", {"code": pyotp.TOTP(seed).now()}).status_code == 200
    codes = db.session.query(RecoveryCode.digest).all()
    assert second.post("/mod/second-factor", {"code": pyotp.TOTP(other).now()}).status_code == 404
    assert db.session.query(RecoveryCode.digest).all() == codes


def test_two_at_the_same_moment_cannot_both_store_theirs(app: Flask, database: None) -> None:
    from forum.identity import totp
    from forum.web.current import config

    newcomer(app)
    person, key = db.session.query(Staff).filter_by(name=NAME).one(), config().keys.totp_key
    won = [totp.store_first_seed(person, totp.new_seed(), key, step=1) for _ in range(2)]
    assert won == [True, False]
