"""Every page of a member's own place opens, for its member and for nobody else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests import factories
from tests.conftest import Browser

SignIn = Callable[..., Browser]
PAGES = (
    "/me/journey",
    "/me/journey/check-ins",
    "/me/journey/days",
    "/me/journey/pages",
    "/me/journey/plan",
    "/me/journey/plan/sheet",
    "/me/journey/aims",
    "/me/journey/breathe",
    "/me/journey/wave",
    "/me/journey/wave?from=1700000000",
    "/me/journey/times",
    "/me/journey/midnight",
    "/me/journey/ask",
)


@pytest.mark.parametrize("path", PAGES)
def test_it_opens_for_its_member(sign_in_as: SignIn, path: str) -> None:
    answer = sign_in_as(factories.make_member()).get(path)
    assert answer.status_code == 200
    assert "<title>My space – " in answer.text
    assert answer.text.count("<h1") == 1


@pytest.mark.parametrize("path", PAGES)
def test_a_guest_is_shown_the_door(browser: Browser, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 303
    assert answer.location.endswith("/return")


@pytest.mark.parametrize("path", PAGES)
def test_no_word_on_the_page_cheers_scolds_or_names_what_it_is(sign_in_as: SignIn, path: str) -> None:
    text = sign_in_as(factories.make_member()).get(path).text.split("<main", 1)[1].split("</main>", 1)[0].lower()
    assert "!" not in text.replace("<!--", "")
    for word in ("streak", "relapse", "addict", "failed", "well done", "congratulations", "sober", ">journey"):
        assert word not in text
