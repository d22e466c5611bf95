"""The help pages: there when nothing else is."""

from __future__ import annotations

import json
import re

import pytest

from forum.core.clock import utcnow
from forum.helplines import registry
from forum.web.access import access_of
from forum.web.paths import safe_path

from .conftest import make_app
from .test_cards import Links


@pytest.fixture(autouse=True)
def nothing_went_wrong(caplog):
    """The bare page hides every fault of the full one, so the log is read after each test."""
    yield
    expected = ("the frame is gone", "cannot be used")
    for record in caplog.records:
        told = f"{record.getMessage()} {record.exc_info}"
        assert any(words in told for words in expected), told


def text_of(response):
    return response.get_data(as_text=True)


@pytest.mark.parametrize("country", registry.countries())
def test_every_country_has_a_page_with_its_emergency_number_first(client, country):
    response = client.get(f"/help/{country.lower()}")
    body = text_of(response)
    assert response.status_code == 200
    numbers = re.findall(r'href="((?:tel|sms):[^"]+)"', body)
    assert numbers[0] == registry.emergency_numbers(country)[0].href
    for offer in registry.all_offers(country, utcnow()):
        if offer.line.phone:
            assert offer.line.phone.href in numbers
    main = body[body.index("<main") : body.index("</main>") + 7]
    Links(main)


def test_no_session_no_cookie_no_database(client):
    for path in ("/help", "/help/gb", "/help/zz"):
        response = client.get(path)
        assert "Set-Cookie" not in response.headers
        assert "csrf_token" not in text_of(response)


def test_everything_is_in_the_html(client):
    body = text_of(client.get("/help/gb"))
    main = body[body.index("<main") :]
    assert "<script" not in main
    assert "tel:999" in main
    assert "naloxone" in main
    assert "Last checked 22 November 2026" in main
    assert "If nobody picks up" in main
    assert "free" in main.lower()
    assert "For families and friends" in main
    assert "Text SHOUT to 85258" in main
    assert body.count('href="/help/') == len(registry.countries())


def test_notes_for_moderators_and_dead_numbers_are_not_printed(client):
    for country in registry.countries():
        body = text_of(client.get(f"/help/{country}"))
        for dead in ("01805", "199 284", "784-2433", "866-366-3667", "833-325-1338", "866-585-0445", "PRIDE", "seed 0"):
            assert dead not in body


def test_low_lines_are_not_printed(client):
    assert "AASRA" not in text_of(client.get("/help/in"))
    assert "Hingehoiu" not in text_of(client.get("/help/ee"))
    assert "Find A Helpline" in text_of(client.get("/help/ee"))


def test_an_unlisted_country_is_a_calm_404_with_the_picker(client):
    for path in ("/help/ro", "/help/zz", "/help/atlantis", "/help/%3Cscript%3E", "/help/country"):
        response = client.get(path)
        body = text_of(response)
        assert response.status_code == 404
        assert "We have no numbers for that country yet" in body
        assert 'action="/help/country"' in body
        assert "tel:112" in body
        assert "<script>" not in body


def test_country_unknown_shows_emergency_numbers_of_the_world(client):
    body = text_of(client.get("/help"))
    assert "tel:112" in body
    assert "tel:911" in body
    assert "tel:116123" not in body


def test_the_sites_default_country():
    client = make_app("IE").test_client()
    assert "1800 247 247" in text_of(client.get("/help"))


def test_choosing_a_country_sets_a_plain_cookie_and_goes_there(client):
    response = client.post("/help/country", data={"country": "gb"})
    assert response.status_code == 303
    assert response.headers["Location"] == "/help/gb"
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("country=GB;")
    assert "SameSite=Strict" in cookie
    assert "HttpOnly" in cookie
    assert "tel:116123" in text_of(client.get("/help"))


def test_the_cookie_beats_the_default_and_somewhere_else_beats_both():
    client = make_app("GB").test_client()
    client.post("/help/country", data={"country": "US"})
    assert "tel:988" in text_of(client.get("/help"))
    response = client.post("/help/country", data={"country": "ZZ"})
    assert response.headers["Location"] == "/help"
    body = text_of(client.get("/help"))
    assert "tel:988" not in body
    assert "tel:116123" not in body


@pytest.mark.parametrize("country", ["", "atlantis", "GBR", "<b>", "ro"])
def test_a_strange_choice_means_somewhere_else(client, country):
    response = client.post("/help/country", data={"country": country})
    assert response.status_code == 303
    assert response.headers["Location"] == "/help"


def test_back_to_where_one_was(client):
    response = client.post("/help/country", data={"country": "GB", "next": "/t/abc?after=3#post-4"})
    assert response.headers["Location"] == "/t/abc?after=3#post-4"


@pytest.mark.parametrize(
    "path",
    ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "", "help", "/a\nb",
     "/\t/evil.example", "/" + "x" * 400, "http:///evil", "//", "/\x00"],
)  # fmt: skip
def test_never_to_another_site(client, path):
    assert safe_path(path) == ""
    response = client.post("/help/country", data={"country": "GB", "next": path})
    assert response.headers["Location"] == "/help/gb"


def test_another_sites_form_is_refused(client):
    response = client.post("/help/country", data={"country": "GB"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert response.status_code == 403
    assert not any(cookie.startswith("country=") for cookie in response.headers.getlist("Set-Cookie"))


def test_the_select_works_as_a_link_too(client):
    assert client.get("/help?country=US").headers["Location"] == "/help/us"
    assert client.get("/help?country=RO").headers["Location"] == "/help"


def test_a_broken_frame_still_gives_the_numbers():
    app = make_app()

    def broken():
        raise RuntimeError("the frame is gone")

    app.context_processor(broken)
    response = app.test_client().get("/help/gb")
    body = text_of(response)
    assert response.status_code == 200
    assert "tel:999" in body
    assert "tel:116123" in body
    assert "naloxone" in body


def test_a_broken_instance_file_still_gives_the_numbers(client, tmp_path, caplog):
    (tmp_path / "helplines.json").write_text("{not json")
    registry.use_instance(tmp_path)
    assert "tel:116123" in text_of(client.get("/help/gb"))
    assert "tel:116123" in text_of(client.get("/help/gb"))
    assert len([record for record in caplog.records if "cannot be used" in record.message]) == 1


def test_a_new_instance_file_is_used_at_once(client, tmp_path):
    registry.use_instance(tmp_path)
    data = json.loads(registry.PACKAGED.read_text(encoding="utf-8"))
    data["helplines"] = [line for line in data["helplines"] if line["id"] != "gb-frank"]
    assert "FRANK" in text_of(client.get("/help/gb"))
    (tmp_path / "helplines.json").write_text(json.dumps(data))
    assert "FRANK" not in text_of(client.get("/help/gb"))


def test_every_route_is_public(app):
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/help"):
            assert access_of(app.view_functions[rule.endpoint]) == "public"


def test_accessible_structure(client):
    body = text_of(client.get("/help/gb"))
    assert body.count("<h1") == 1
    ids = re.findall(r'\bid="([^"]+)"', body)
    assert len(ids) == len(set(ids))
    for label in re.findall(r'<label for="([^"]+)"', body):
        assert label in ids
    for named in re.findall(r'aria-labelledby="([^"]+)"', body):
        assert named in ids
