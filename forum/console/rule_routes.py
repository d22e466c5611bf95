"""House rules in the console: what each may do, how often people agreed, trials on thirty days, own phrases."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from forum.console import editing
from forum.console.actor import count_action, the_actor
from forum.console.lines import excerpts_of
from forum.console.staff_routes import is_fresh_now
from forum.console.wording import _
from forum.core import events
from forum.core.clock import utcnow
from forum.core.errors import BadInput, Conflict
from forum.core.text import shorten
from forum.identity.access import staff
from forum.moderation import agreement, edits, rule_trials, rulebook
from forum.moderation.models import RuleTrial
from forum.moderation.rulebook import Listed
from forum.moderation.words import REASONS, say

bp = Blueprint("console_rules", __name__, url_prefix="/mod/rules")
LIST = "console_rules.show"
NEW = "new"
FELL_BACK_SHOWN = timedelta(days=30)
Answer = BaseResponse | str | tuple[str, int]


def mode_names() -> dict[str, str]:
    """Return what a rule may do, in the reader's language."""
    return {
        "off": _("off"),
        "shadow": _("on trial: noted, without effect"),
        "flag": _("ask a moderator to look"),
        "hold": _("hold until a moderator has looked"),
    }


@bp.get("")
@staff("rules.change")
def show() -> str:
    """List the rules by what they are about, the team's own first."""
    about = request.args.get("about", "")
    found = rulebook.list_rules()
    topics = sorted({rule.code for rule in found if not rule.is_own}, key=lambda code: say(REASONS, code))
    return render_template(
        "console/edit/rules.html",
        own=[rule for rule in found if rule.is_own],
        rules=[rule for rule in found if not rule.is_own and (not about or rule.code == about)],
        topics=[(code, say(REASONS, code)) for code in topics],
        about=about,
        modes=mode_names(),
        agreed=agreement.agreement(),
        fallen=rulebook.fallen_back(utcnow() - FELL_BACK_SHOWN),
    )


@bp.get("/<rule>")
@staff("rules.change")
def one(rule: str) -> str:
    """Show one rule; `new` for one of the team's own."""
    found = None if rule == NEW else rulebook.get_listed(rule)
    return _page(found, _values(found), {})


def _values(rule: Listed | None) -> dict[str, str]:
    return {"says": rule.title, "phrases": "\n".join(rule.phrases)} if rule is not None else {}


def _page(rule: Listed | None, values: dict[str, str], errors: dict[str, str]) -> str:
    trial = rule_trials.newest(rule.id) if rule is not None else None
    return render_template(
        "console/edit/rule.html",
        rule=rule,
        about=say(REASONS, rule.code) if rule is not None else "",
        values=values,
        errors=errors,
        modes=mode_names(),
        agreed=agreement.agreement().get(rule.id) if rule is not None else None,
        trial=trial,
        is_current=trial is not None and rule is not None and trial.version == rule.version,
        examples=_examples(trial) if trial is not None else [],
        history=editing.history("rule", rule.id) if rule is not None else [],
        is_fresh=is_fresh_now(),
    )


def _examples(trial: RuleTrial) -> list[tuple[str, str]]:
    """Return (words, room) of texts the rule would have spoken about; what is gone is left out."""
    keys = [(str(kind), int(str(number))) for kind, number in trial.examples]
    found = excerpts_of(keys)
    shown = (found.get(key) for key in keys)
    return [
        (shorten(" ".join(one.text.split()), 200), one.room)
        for one in shown
        if one is not None and one.visibility not in ("author_deleted", "purged")
    ]


@bp.post("/<rule>/mode")
@staff("rules.change", step_up=True)
def change_mode(rule: str) -> Answer:
    """Let a rule do more or less."""
    actor = the_actor()
    count_action(actor)
    try:
        rulebook.set_mode(rule, request.form.get("mode", ""), actor=actor, now=utcnow())
    except (BadInput, Conflict) as problem:
        events.rollback()
        found = rulebook.get_listed(rule)
        return _page(found, _values(found), {problem.field or "form": problem.message}), problem.status
    events.commit()
    flash(_("Saved. It holds from the next text on."), "done")
    return redirect(url_for("console_rules.one", rule=rule), 303)


@bp.post("/<rule>/words")
@staff("rules.change", step_up=True)
def change_words(rule: str) -> Answer:
    """Make a rule of the team's own, or change its words; with other phrases it goes on trial again."""
    actor, now = the_actor(), utcnow()
    count_action(actor)
    before = None if rule == NEW else rulebook.get_listed(rule)
    says, phrases = request.form.get("says", ""), request.form.get("phrases", "")
    try:
        if before is None:
            kept = rulebook.add_own(says, phrases.splitlines(), actor=actor, now=now)
        else:
            kept = rulebook.change_own(rule, says, phrases.splitlines(), actor=actor, now=now)
    except (BadInput, Conflict) as problem:
        events.rollback()
        found = None if rule == NEW else rulebook.get_listed(rule)
        return _page(found, {"says": says, "phrases": phrases}, {problem.field or "form": problem.message}), 400
    edits.note("rule", kept.id, _values(before), _values(kept), action="rule.words", actor=actor, now=now)
    events.commit()
    flash(_("Saved. It is on trial until you let it speak."), "done")
    return redirect(url_for("console_rules.one", rule=kept.id), 303)


@bp.post("/<rule>/remove")
@staff("rules.change", step_up=True)
def remove(rule: str) -> BaseResponse:
    """Take one of the team's own away."""
    actor, now = the_actor(), utcnow()
    count_action(actor)
    before = rulebook.get_listed(rule)
    rulebook.remove_own(rule, actor=actor, now=now)
    edits.note("rule", rule, _values(before), {}, action="rule.words", actor=actor, now=now)
    events.commit()
    flash(_("Taken away. What it noticed before stays on its cases."), "done")
    return redirect(url_for(LIST), 303)


# ── Trials ──────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.post("/<rule>/trial")
@staff("rules.change")
def try_it(rule: str) -> BaseResponse:
    """Begin a trial on the last thirty days, or end the one that runs; nobody waits for it."""
    actor, now = the_actor(), utcnow()
    count_action(actor)
    if request.form.get("what") == "stop":
        running = rule_trials.newest(rule)
        if running is not None:
            rule_trials.stop(running.public_id, actor=actor, now=now)
    else:
        rule_trials.start(rule, actor=actor, now=now)
    events.commit()
    return redirect(url_for("console_rules.one", rule=rule) + "#tr", 303)


@bp.get("/<rule>/trial")
@staff("rules.change")
def progress(rule: str) -> Response:
    """Return how far the newest trial is, for the bar."""
    trial = rule_trials.newest(rule)
    if trial is None:
        return jsonify(ok=True, state="none")
    return jsonify(ok=True, state=trial.state, done=trial.done, total=trial.total, hits=trial.hits)
