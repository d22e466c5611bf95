"""Translations: the catalogue of sentences must be fresh."""

from __future__ import annotations

import io
import sys

import click

from forum.cli import group
from forum.config import ROOT

CATALOGUE = ROOT / "forum" / "translations" / "messages.pot"
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "lazy_gettext": None, "N_": None}


def extract() -> str:
    """Return the catalogue of every sentence in code and templates, in a stable order, without dates."""
    from babel.messages.catalog import Catalog
    from babel.messages.extract import extract_from_dir
    from babel.messages.pofile import write_po

    catalogue = Catalog(project="Small Hours", charset="utf-8")
    options = {"**.html": {"silent": "false"}}
    for name, _line, message, _comments, context in extract_from_dir(
        str(ROOT / "forum"), METHODS, options, KEYWORDS, ()
    ):
        catalogue.add(message, locations=[(name, 0)], context=context)
    out = io.BytesIO()
    write_po(out, catalogue, width=110, no_location=True, omit_header=True, sort_output=True)
    return out.getvalue().decode()


@group.command("extract-translations")
def extract_translations() -> None:
    """Write the catalogue anew."""
    CATALOGUE.parent.mkdir(exist_ok=True)
    CATALOGUE.write_text(extract())
    click.echo("The catalogue is written.")


@group.command("check-translations")
def check_translations() -> None:
    """Fail when a sentence was added or changed and the catalogue was not."""
    if not CATALOGUE.exists() or CATALOGUE.read_text() != extract():
        click.echo("Run: .venv/bin/flask --app wsgi forum extract-translations", err=True)
        sys.exit(1)
    click.echo("Translations are fresh.")
