"""Screening a stream: one answer per line in the same order, the promised keys exactly, bad lines do not stop it."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from forum.moderation.screening import local_scorer, read_line, run, screen_lines
from forum.moderation.verdict import LABELS, Scores

KEYS = ["id", "visibility", "support_level", "lane", "findings", "scorer", "ms"]
FINDING_KEYS = ["phase", "code", "score", "severity", "spans", "explanation"]


def answers(*rows: object) -> list[dict[str, object]]:
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    return [json.loads(line) for line in screen_lines(lines, None)]


def test_the_output_has_the_promised_keys_in_order() -> None:
    (answer,) = answers({"id": "a1", "text": "i have the pills lined up on the table. ring me on 07700 900123"})
    assert list(answer) == KEYS
    assert (answer["id"], answer["visibility"], answer["support_level"], answer["lane"]) == ("a1", "live", 3, "T0")
    assert answer["scorer"] == "off"
    findings = answer["findings"]
    assert isinstance(findings, list)
    assert all(list(finding) == FINDING_KEYS for finding in findings)
    assert ["phone_number", [[51, 63]]] in [[finding["code"], finding["spans"]] for finding in findings]


def test_order_and_ids_are_kept_and_blank_lines_skipped() -> None:
    found = answers({"id": 1, "text": "hello"}, "", "  \n", {"id": None, "text": "hi"}, {"text": "hey"})
    assert [answer["id"] for answer in found] == [1, None, None]


BAD = [
    ("{bad", None),
    ("[1]", None),
    ('"text"', None),
    ('{"id": {"a": 1}, "text": "x"}', None),
    ('{"id": 7}', 7),
    ('{"id": 7, "text": 5}', 7),
    ('{"id": 7, "text": null}', 7),
    ('{"id": 7, "text": "x", "surface": "wall"}', 7),
    ('{"id": 7, "text": "x", "surface": ["post"]}', 7),
    ('{"id": 7, "text": "x", "trust": 4}', 7),
    ('{"id": 7, "text": "x", "trust": -1}', 7),
    ('{"id": 7, "text": "x", "trust": true}', 7),
    ('{"id": 7, "text": "x", "trust": "2"}', 7),
    ('{"id": 7, "text": "' + "x" * 8193 + '"}', 7),
    ("[" * 100_000, None),
]


@pytest.mark.parametrize(("line", "line_id"), BAD, ids=[line[:40] for line, _ in BAD])
def test_a_bad_line_is_answered_with_what_is_wrong_and_the_rest_goes_on(line: str, line_id: object) -> None:
    bad, good = answers(line, {"id": "next", "text": "good morning"})
    assert bad.keys() == {"id", "error"}
    assert bad["id"] == line_id
    assert str(bad["error"]).endswith(".")
    assert good["visibility"] == "live"


def test_a_text_without_context_is_an_established_members() -> None:
    assert answers({"text": "hello all"})[0]["lane"] is None
    assert answers({"text": "hello all", "trust": 0})[0]["lane"] == "T3"
    assert answers({"text": "see https://example.org", "trust": 0})[0]["visibility"] == "held"
    assert answers({"text": "see https://example.org", "trust": 2})[0]["visibility"] == "live"


@pytest.mark.parametrize("surface", ["post", "chat", "conversation"])
def test_surfaces_are_passed_on(surface: str) -> None:
    assert read_line(json.dumps({"text": "x", "surface": surface}))[1].surface == surface


def test_answers_come_as_the_lines_come() -> None:
    def lines() -> Iterator[str]:
        yield '{"id": 1, "text": "hello"}'
        raise AssertionError("the second line was read before the first was answered")

    assert json.loads(next(screen_lines(lines(), None)))["id"] == 1


def test_a_scorer_is_asked() -> None:
    class Cruel:
        def score(self, text: str, *, deadline_seconds: float) -> Scores:
            labels = dict.fromkeys(LABELS, 0.0) | {"toxicity": 0.99, "insult": 0.99}
            return Scores("embedded", labels, labels)

    (line,) = screen_lines(['{"text": "you are something else"}'], Cruel())
    assert (json.loads(line)["visibility"], json.loads(line)["scorer"]) == ("held", "embedded")


def test_exit_codes() -> None:
    out = io.StringIO()
    assert run(io.StringIO('{"text": "hi"}\n'), out, None) == 0
    assert run(io.StringIO('{"text": "hi"}\nnope\n'), out, None) == 1
    assert len(out.getvalue().splitlines()) == 3


def test_scorer_choices() -> None:
    assert local_scorer("off") is None
    with pytest.raises(ValueError, match="auto, detoxify, embedded or off"):
        local_scorer("best")


def test_it_runs_as_a_module_and_survives_any_unicode() -> None:
    rows = '{"id": "\\ud800", "text": "\\ud800 \\u0000 e\\u0301"}\n{"id": 2, "text": ""}\n'
    done = subprocess.run(
        [sys.executable, "-m", "forum.moderation.screening", "off"],
        input=rows,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert [json.loads(line)["visibility"] for line in done.stdout.splitlines()] == ["live", "live"]
