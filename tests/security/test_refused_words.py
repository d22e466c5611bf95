"""Whatever stops a form, its words come back and are read: on every form, and in places where nobody posts."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask

from forum.web import errors, limits
from forum.web.limits import RULES, Limiter, Rule
from tests import factories
from tests.browser.server import ROOT
from tests.conftest import Browser

SAID = "i am going to kill myself tonight"
FORMS = [
    ("/me/journey/check-ins", "line"), ("/me/journey/small", "words"), ("/me/journey/aims", "what"),
    ("/me/journey/aims", "first_step"), ("/me/journey/days", "label"), ("/me/journey/plan", "signs"),
    ("/me/journey/times", "words"), ("/me/journey/ask", "body"), ("/me/boundaries/words", "word"), ("/search", "q"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "name"), FORMS)
def test_a_refused_form_brings_back_its_words_and_the_card(
    app: Flask, monkeypatch: pytest.MonkeyPatch, sign_in_as: Callable[..., Browser], path: str, name: str
) -> None:
    signed = sign_in_as(factories.make_member())
    monkeypatch.setitem(app.extensions, limits.KEY, Limiter("", {**RULES, "form": Rule(member="1/day")}))
    signed.post("/me/hints", {"show": "1"})
    answer = signed.post(path, {name: SAID, "phrase": "abacus abdomen", "pin": "4711"})
    assert answer.status_code == 429
    assert f">{SAID}</textarea>" in answer.text
    assert 'href="tel:' in answer.text
    assert "abacus abdomen" not in answer.text
    assert "4711" not in answer.text


@pytest.mark.parametrize(("path", "form"), [("/search", {"q": SAID}), ("/me/boundaries/words", {"word": SAID})])
def test_words_nobody_posts_are_read_as_well(
    sign_in_as: Callable[..., Browser], path: str, form: dict[str, str]
) -> None:
    """Somebody may look for it, or cover it, before they say it."""
    signed = sign_in_as(factories.make_member())
    answer = signed.post(path, form)
    assert answer.status_code == 200
    assert 'href="tel:' in answer.text
    assert SAID in answer.text
    quiet = signed.post(path, dict.fromkeys(form, "tea"))
    assert 'href="tel:' not in quiet.text


def test_every_long_field_of_a_template_comes_back() -> None:
    found: set[str] = set()
    for page in (ROOT / "forum" / "templates").rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        found |= set(re.findall(r'<textarea[^>]*?name="([a-z_]+)"', text))
        found |= set(re.findall(r"text_field\(form, '([a-z_]+)'", text))
    assert len(found) > 10
    assert found - errors.LONG_FIELDS - errors.SECRET_FIELDS == set()
