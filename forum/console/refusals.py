"""How a refusal looks at the desk: what changed meanwhile, and everything that was typed."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, make_response, render_template, request
from sqlalchemy.exc import DatabaseError

from forum.core import events
from forum.core.clock import utcnow
from forum.moderation import tallies
from forum.moderation.changes import CaseChanged
from forum.moderation.leases import AlreadyLeased
from forum.web.errors import wants_json

_KEEP = ("personal", "facts", "message", "note", "reply")
"""Fields in which somebody may have written something worth keeping."""


def init_blueprint(bp: Blueprint) -> None:
    """Give a blueprint of the console its own answers to "somebody was faster"."""
    if bp._got_registered_once:  # a second application in one process: the blueprint has them already
        return
    bp.register_error_handler(CaseChanged, _changed)
    bp.register_error_handler(AlreadyLeased, _taken)


def _changed(error: CaseChanged) -> Response:
    """Nothing was done; show what the case has become since the moderator looked."""
    changes = [
        {"at": change.at.isoformat(), "by": change.by, "words": change.words, "reason_code": change.reason_code}
        for change in error.changes
    ]
    page = {"case": error.case_public_id, "version": error.version, "changes": error.changes}
    return _answer(error, page, {"version": error.version, "changes": changes})


def _taken(error: AlreadyLeased) -> Response:
    case = (request.view_args or {}).get("case", "")
    return _answer(
        error, {"case": case, "alias": error.alias, "until": error.until, "changes": ()}, {"by": error.alias}
    )


def _answer(error: CaseChanged | AlreadyLeased, page: dict[str, object], details: dict[str, object]) -> Response:
    events.rollback()
    _count()
    if wants_json():
        body = {"ok": False, "error": {"code": error.code, "message": error.message, **details}}
        response = jsonify(body)
    else:
        typed = [value for name in _KEEP if (value := request.form.get(name, "").strip())]
        response = make_response(render_template("console/conflict.html", message=error.message, typed=typed, **page))
    response.status_code = error.status
    return response


def _count() -> None:
    """Count that two people met at one case, for the figures; whoever is refused is told all the same."""
    try:
        tallies.add(tallies.COLLISION, utcnow())
        events.commit()
    except DatabaseError:
        events.rollback()
