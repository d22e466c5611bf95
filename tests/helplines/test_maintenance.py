"""Import, export and the list of lines that are due."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from forum.helplines import maintenance, registry
from forum.helplines.importing import normalise_record
from forum.helplines.records import DataError

from .conftest import NIGHT

UPSTREAM = {
    "id": "us-example",
    "country": "US",
    "name": "Example",
    "topics": ["crisis"],
    "role": "support",
    "scope": "national",
    "audience": None,
    "phone": {"display": "988, then press 1", "dial": "988", "e164": None, "alternates": ["800-484-3731 (older)"]},
    "sms": {"to": "+65 9151 1767 (WhatsApp CareText)", "body": None},
    "chat_url": None,
    "site_url": "http://example.org/",
    "hours": "24/7",
    "languages": ["en", "200+ by interpreter"],
    "cost": "free",
    "source_urls": ["https://example.org/"],
    "confidence": "high",
    "last_checked": "2026-11-22",
    "notes": None,
}


def upstream_file(path, *records):
    data = {"helplines": list(records), "emergency_numbers": [{"country": "US", "numbers": ["911"]}]}
    path.write_text(json.dumps(data))
    return path


def test_a_list_in_research_form_is_told_apart():
    found = normalise_record(UPSTREAM)
    assert found["phone"]["display"] == "988"
    assert found["phone"]["hint"] == "then press 1"
    assert found["sms"]["channel"] == "whatsapp"
    assert found["sms"]["dial"] == "+6591511767"
    assert found["languages"] == ["en"]
    assert found["more_languages"] is True
    assert found["site_url"] is None
    assert "http://example.org/" in found["notes"]


@pytest.mark.parametrize(
    ("display", "dial", "shown", "hint"),
    [
        ("1-800-662-4357 (HELP)", "18006624357", "1-800-662-4357", None),
        ("1-800-697-3738 (1-800-MY-RESET)", "18006973738", "1-800-697-3738", None),
        ("877-565-8860", "18775658860", "1-877-565-8860", None),
        ("7827 170 170", "+917827170170", "+91 7827 170 170", None),
        ("111 (choose mental health option)", "111", "111", "choose mental health option"),
    ],
)
def test_numbers_and_the_words_beside_them(display, dial, shown, hint):
    found = normalise_record({"phone": {"display": display, "dial": dial}})["phone"]
    assert found["display"] == shown
    assert found.get("hint") == hint


def test_our_own_form_comes_back_unchanged():
    data = json.loads(registry.PACKAGED.read_text(encoding="utf-8"))
    for record in data["helplines"]:
        assert normalise_record(record) == record


def test_import_checks_writes_and_serves(tmp_path):
    target = tmp_path / "instance" / "helplines.json"
    found = maintenance.import_file(upstream_file(tmp_path / "new.json", UPSTREAM), target)
    assert (found.countries, found.lines, found.withheld) == (1, 1, ())
    registry.use_instance(target.parent)
    assert registry.countries() == ("US",)
    assert registry.helplines_for("US", (), NIGHT)[0].line.phone.hint == "then press 1"
    assert {"988", "8004843731", "18004843731", "911"} <= registry.allowed_numbers()
    assert [path.name for path in target.parent.iterdir()] == ["helplines.json"]


def test_import_goes_to_the_instance_and_never_to_the_package(tmp_path):
    path = upstream_file(tmp_path / "new.json", UPSTREAM)
    with pytest.raises(DataError, match="no instance"):
        maintenance.import_file(path)
    registry.use_instance(tmp_path / "instance")
    assert maintenance.import_file(path).target == tmp_path / "instance" / "helplines.json"
    assert registry.countries() == ("US",)


def test_a_bad_file_replaces_nothing(tmp_path):
    target = tmp_path / "helplines.json"
    maintenance.import_file(upstream_file(tmp_path / "new.json", UPSTREAM), target)
    before = target.read_bytes()
    worse = {**UPSTREAM, "phone": {"display": "989", "dial": "988"}}
    with pytest.raises(DataError, match="differ"):
        maintenance.import_file(upstream_file(tmp_path / "bad.json", worse), target)
    assert target.read_bytes() == before


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", "[1", '{"helplines": 3}', '{"helplines": [3]}'])
def test_nonsense_is_refused_with_words(tmp_path, text):
    path = tmp_path / "nonsense.json"
    path.write_text(text)
    with pytest.raises(DataError):
        maintenance.import_file(path, tmp_path / "out.json")
    assert not (tmp_path / "out.json").exists()


def test_a_missing_file_is_refused_with_words(tmp_path):
    with pytest.raises(DataError, match="nowhere"):
        maintenance.import_file(tmp_path / "nowhere.json", tmp_path / "out.json")


def test_export_can_be_imported_again(tmp_path):
    path = tmp_path / "out.json"
    path.write_text(maintenance.export(), encoding="utf-8")
    again = maintenance.import_file(path, tmp_path / "again.json")
    assert again.lines == 146
    assert maintenance.export() == registry.PACKAGED.read_text(encoding="utf-8")


def test_check_lists_what_is_due():
    assert maintenance.check(datetime(2027, 5, 21, tzinfo=UTC)) == []
    due = maintenance.check(datetime(2027, 6, 1, tzinfo=UTC))
    assert len(due) == 146
    assert due[0].freshness == "due"
    assert {line.freshness for line in maintenance.check(datetime(2029, 1, 1, tzinfo=UTC))} == {"expired"}
