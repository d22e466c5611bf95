"""What the documents say is shown by a test is shown by a test that exists."""

from __future__ import annotations

import re

import pytest

from tests.browser.server import ROOT

HERE = ROOT / "tests" / "security"


def source_of(name: str) -> str:
    return (HERE / f"test_{name}.py").read_text(encoding="utf-8")


def test_every_line_of_the_checklist_names_tests_that_exist() -> None:
    text = (ROOT / "docs" / "asvs.md").read_text(encoding="utf-8")
    named = re.findall(r"`([a-z_]+)::(test_\w+)`", text)
    assert len(named) > 60
    assert [pair for pair in named if f"def {pair[1]}(" not in source_of(pair[0])] == []


def test_every_requirement_is_yes_or_says_why_not() -> None:
    rows = [line for line in (ROOT / "docs" / "asvs.md").read_text().splitlines() if re.match(r"\| \d", line)]
    for row in rows:
        _, _, state, shown, _ = [cell.strip() for cell in row.strip().strip("|").split(" | ")] + [""]
        assert state.strip("*") in ("yes", "deviation", "operator", "not yet", "n/a"), row
        assert shown.strip(" |"), row


@pytest.mark.parametrize(
    "row", ["doxxer", "dealer", "raid", "subpoena", "malicious_moderator", "scanner", "nosy_member", "operator"]
)
def test_every_row_of_the_threat_model_has_its_test(row: str) -> None:
    assert f"def test_{row}_" in source_of("threats")
    assert "def test_ex_partner_" in source_of("ex_partner")


def test_every_trap_has_its_test() -> None:
    text = source_of("traps")
    for number in range(1, 16):
        assert f"def test_m{number}_" in text, number


def test_the_threat_model_names_files_that_exist() -> None:
    text = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
    for name in set(re.findall(r"`test_(\w+)\.py", text)):
        assert (HERE / f"test_{name}.py").exists(), name
