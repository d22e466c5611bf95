"""The directory's page, for everybody."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from forum.core import events
from forum.core.clock import utcnow
from forum.identity.login import current_member
from forum.identity.models import Member
from forum.resources import operations
from forum.resources.directory import directory
from forum.web import limits
from forum.web.access import public

bp = Blueprint("resources", __name__)


@bp.get("/resources")
@public
def resources() -> str:
    """List what fits, by name."""
    today, book, me = utcnow().date(), directory(), current_member()
    category = _one_of("category", set(book.categories))
    countries, languages = book.countries(), book.languages()
    country = _one_of("country", set(countries)) if "country" in request.args else (me.country if me else "")
    language = _one_of("language", set(languages))
    found = book.choose(today, category=category, country=country if country in countries else "", language=language)
    return render_template(
        "resources/resources.html",
        groups=[(label, [r for r in found if r.category == key]) for key, label in _in_order(me)],
        labels=_labels(),
        category=category,
        country=country,
        language=language,
        countries=[(code, _territory(code)) for code in countries],
        languages=[(code, _language(code)) for code in languages],
        doubted=operations.doubted(),
        stale={r.key for r in found if r.is_stale(today)},
    )


def _in_order(me: Member | None) -> list[tuple[str, str]]:
    """Return the headings as one reader needs them: whoever is here for somebody they love finds theirs first."""
    is_family = me is not None and me.about in ("love", "love_me")
    return sorted(_labels().items(), key=lambda pair: is_family and pair[0] != "families")


def _one_of(name: str, known: set[str]) -> str:
    value = request.args.get(name, "")
    return value if value in known else ""


def _labels() -> dict[str, str]:
    """Return the headings, in the file's order."""
    words = {
        "mutual_aid": _("Groups of people who have been there"),
        "treatment": _("Finding treatment"),
        "naloxone": _("Naloxone and staying safer"),
        "housing": _("A place to live"),
        "families": _("For families and friends"),
        "mental_health": _("Mental health alongside"),
        "reading": _("To read"),
    }
    return {key: words.get(key, label) for key, label in directory().categories.items()}


def _territory(code: str) -> str:
    locale = get_locale()
    return str(locale.territories.get(code, code)) if locale else code


def _language(code: str) -> str:
    locale = get_locale()
    return str(locale.languages.get(code, code)) if locale else code


@bp.post("/resources/<key>/broken")
@public
def broken(key: str) -> Response:
    """Say that an entry does not work."""
    me = current_member()
    limits.hit("report", member=me.public_id if me else "")
    operations.say_broken(key, utcnow())
    events.commit()
    flash(_("Thank you. Somebody will look at it."), "done")
    return redirect("/resources", 303)
