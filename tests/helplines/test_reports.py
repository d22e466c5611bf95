"""“This number didn't work”: counted without anybody's name, felt at once, and never in the way of a card."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, inspect
from sqlalchemy.exc import OperationalError

from forum.core.clock import utcnow
from forum.core.db import db
from forum.discussions.helping import make_card
from forum.helplines import registry, reports
from forum.helplines.models import HelplineReport
from forum.realtime.jobs import OWN_JOBS
from forum.web import limits
from forum.web.limits import RULES, Limiter
from tests.conftest import LOCAL, Browser
from tests.conftest import app as app
from tests.factories import make_staff
from tests.security.live import another_app

from .conftest import NIGHT

LINE = "gb-samaritans"
HERE = f"/help/line/{LINE}/silent"
TOPICS = [("suicide", "crisis"), ("domestic_violence",), ("overdose", "substance_use"), ("gambling",)]


@pytest.fixture(autouse=True)
def forgotten(app: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The real limits, and nothing read before or left behind."""
    monkeypatch.setitem(app.extensions, limits.KEY, Limiter("", RULES))
    reports._last.clear()
    yield
    reports._last.clear()


def say(browser: Browser, network: int = 7, path: str = HERE) -> Any:
    return browser.post(path, environ_overrides={"REMOTE_ADDR": f"203.0.{network}.9"})


def count(line: str = LINE) -> int:
    found = reports.find(line)
    return found.count if found else 0


def card_names(app: Any) -> list[str]:
    with app.test_request_context("/", headers={"Cookie": "country=GB"}):
        found = make_card(2, ("ideation_active",), "live", NIGHT)
        assert found is not None
        return [offer.line.id for offer in found.offers]


def first_line(browser: Browser) -> str:
    return re.findall(r'class="line" id="([^"]+)"', browser.get("/help/gb").text)[0]


def test_a_guest_says_it_and_the_line_steps_back_at_once(app: Any, browser: Browser) -> None:
    before = card_names(app)
    assert before[0] == LINE == first_line(browser)
    answer = say(browser)
    assert (answer.status_code, answer.location) == (303, f"/help/gb?noted={LINE}#{LINE}")
    assert "Set-Cookie" not in answer.headers
    shown = browser.get(answer.location.split("#")[0]).text
    assert "Thank you. Until we’ve checked this number" in shown
    assert "Somebody told us that this number didn’t work." in shown
    assert f'action="{HERE}"' not in shown
    assert first_line(browser) != LINE
    after = card_names(app)
    assert len(after) == len(before)
    assert after[0] != LINE
    assert f'action="{HERE}"' in browser.get("/help/gb").text


@pytest.mark.parametrize("topics", TOPICS)
@pytest.mark.parametrize("country", registry.countries())
def test_whatever_is_reported_nobody_gets_fewer_lines(country: str, topics: tuple[str, ...]) -> None:
    plain = registry.helplines_for(country, topics, NIGHT)
    for silent in [{offer.line.id} for offer in plain] + [{offer.line.id for offer in plain}]:
        found = registry.helplines_for(country, topics, NIGHT, demoted=silent)
        assert len(found) == len(plain)
        behind = [offer.line.id in silent for offer in found]
        assert behind == sorted(behind)


def test_one_network_counts_once_a_day_and_is_thanked_each_time(browser: Browser) -> None:
    for _ in range(3):
        assert "noted=" in say(browser).location
    assert count() == 1
    say(browser, 8)
    assert count() == 2
    for _ in range(3):  # no address at all, as behind an onion service
        browser.post(HERE)
    assert count() == 3


def test_many_lines_from_one_network_are_limited_calmly(browser: Browser) -> None:
    lines = [offer.line.id for offer in registry.all_offers("GB", utcnow()) if offer.line.is_reachable][:11]
    places = [say(browser, path=f"/help/line/{line}/silent").location for line in lines]
    assert ["noted=" in place for place in places] == [True] * 10 + [False]
    assert "We couldn’t note that just now." in browser.get(places[-1].split("#")[0]).text
    assert count(lines[-1]) == 0


def test_only_lines_that_are_shown_and_only_from_here(browser: Browser) -> None:
    hidden = next(line.id for line in registry.registry().lines if line.withheld)
    for line in ("nonsense", hidden):
        assert say(browser, path=f"/help/line/{line}/silent").status_code == 404
    assert browser.post(HERE, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert reports.list_reports() == []


def test_nothing_about_who_is_kept(browser: Browser) -> None:
    say(browser)
    assert {column.key for column in inspect(HelplineReport).columns} == {"line_id", "count", "first_at"}


def test_without_a_database_card_and_page_come_and_a_report_may_be_tried_again() -> None:
    def gone(*_arguments: object) -> None:
        raise OperationalError("SELECT", {}, Exception("connection refused"))

    with another_app(flask={"PROPAGATE_EXCEPTIONS": False}) as cut_off:
        with cut_off.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", gone)
        with cut_off.app_context(), pytest.raises(OperationalError):
            reports.read()
        assert card_names(cut_off)[0] == LINE
        reports.know(LINE)
        assert card_names(cut_off)[0] != LINE
        client = cut_off.test_client()
        assert client.get("/help/gb", base_url=LOCAL).status_code == 200
        assert client.post(HERE, base_url=LOCAL).location == f"/help/gb?later={LINE}#{LINE}"
        event.remove(engine, "before_cursor_execute", gone)
        assert client.post(HERE, base_url=LOCAL).location == f"/help/gb?noted={LINE}#{LINE}"


def test_other_processes_learn_of_it_by_the_clock(app: Any, browser: Browser) -> None:
    reports.say_silent(LINE, utcnow())
    assert reports.reported() == frozenset()
    OWN_JOBS["read which helplines are said not to work"].run()
    assert reports.reported() == {LINE}
    assert card_names(app)[0] != LINE


def test_a_card_links_to_where_the_button_is_and_has_no_form_of_its_own(app: Any) -> None:
    with app.test_request_context("/", headers={"Cookie": "country=GB"}):
        card = make_card(2, ("ideation_active",), "live", NIGHT)
        macro = app.jinja_env.from_string(
            '{% from "helplines/_card.html" import support_card with context %}{{ support_card(card) }}'
        )
        html = macro.render(card=card)
    assert f'href="/help/gb#{LINE}"' in html
    assert "/silent" not in html


def test_the_console_says_how_often_and_two_signatures_end_it(
    app: Any, browser: Browser, sign_in_as: Callable[..., Any], tmp_path: Any
) -> None:
    registry.use_instance(tmp_path)
    for network in (7, 8):
        say(browser, network)
    words = f"Since {utcnow():%Y-%m-%d} 2 reports say that this number didn’t work."
    lead, admin = sign_in_as(make_staff(role="lead")), sign_in_as(make_staff(role="admin"))
    assert words in lead.get("/mod/helplines").text
    for person, left in ((lead, 2), (admin, 0)):
        shown = person.get(f"/mod/helplines/{LINE}").text
        assert words in shown
        stamp = re.findall(r'name="stamp" value="([^"]+)"', shown)[0]
        assert person.post(f"/mod/helplines/{LINE}/checked", {"stamp": stamp}).status_code == 303
        assert count() == left
    assert "didn’t work" not in lead.get(f"/mod/helplines/{LINE}").text
    assert card_names(app)[0] == LINE


def test_a_count_keeps_its_first_day(browser: Browser) -> None:
    first = utcnow() - timedelta(days=3)
    for at in (first, utcnow()):
        reports.say_silent(LINE, at)
    db.session.expire_all()
    assert [(row.count, row.first_at) for row in reports.list_reports()] == [(2, first)]
