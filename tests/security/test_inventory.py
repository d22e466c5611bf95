"""What is kept is what is published: the page is written from the schema, and every table says why it exists."""

from __future__ import annotations

from flask import Flask

from forum.cli import inventory
from forum.core.db import Base
from forum.identity.personal import HOLDINGS
from tests.browser.server import ROOT

PAGE = ROOT / "docs" / "data-inventory.md"


def test_the_published_page_is_the_schema(app: Flask) -> None:
    wanted, written = inventory.page().splitlines(), PAGE.read_text(encoding="utf-8").splitlines()
    new = [line for line in wanted if line not in written]
    old = [line for line in written if line not in wanted]
    assert (new, old) == ([], []), "run: flask forum data-inventory > docs/data-inventory.md"


def test_every_table_says_why_it_exists(app: Flask) -> None:
    assert "nobody has written down why" not in inventory.page()


def test_every_column_is_on_the_page(app: Flask) -> None:
    text = inventory.page()
    for table in Base.metadata.tables.values():
        section = text.split(f"## `{table.name}`\n")[1].split("\n## ")[0]
        for column in table.columns:
            assert f"| `{column.name}` |" in section, (table.name, column.name)


def test_every_column_that_points_at_a_member_says_what_happens_when_they_go(app: Flask) -> None:
    pointing = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if any(key.target_fullname == "member.id" for key in column.foreign_keys)
    }
    assert pointing
    assert pointing <= set(HOLDINGS)


def test_nothing_random_that_opens_a_door_is_kept_as_it_is(app: Flask) -> None:
    """Tokens, words and codes stand there as hashes: bytes of a digest, or a salted hash."""
    for table in Base.metadata.tables.values():
        for column in table.columns:
            assert column.name not in ("password", "phrase", "token_plain", "pin", "secret"), (table.name, column.name)
