"""Whom six typed words open, and the exact sentence when they open nobody."""

from __future__ import annotations

from flask import request
from flask_babel import gettext as _

from forum.core.clock import utcnow
from forum.core.errors import BadInput
from forum.identity import guessing, operations, phrase
from forum.identity.forms import Form
from forum.identity.models import Member
from forum.web import limits
from forum.web.current import config


def member_at_the_door(form: Form) -> Member | None:
    """Find the member the typed words open; while words are being guessed, a stamp is looked at first."""
    try:
        guessing.check_stamp("wrong_words", request.form.get("stamp", ""), request.form.get("work", ""), utcnow())
    except BadInput as problem:
        form.errors["phrase"] = problem.message
        return None
    return member_by_words(form)


def member_by_words(form: Form) -> Member | None:
    """Find the member the typed words open; on failure say exactly which word can't be right."""
    typed = request.form.get("phrase", "")
    if not typed.strip():
        form.errors["phrase"] = _("Please type your six words.")
        return None
    limits.hit("return")
    found = operations.find_by_phrase(typed, config().keys)
    if found is not None:
        return found
    guessing.count_many("wrong_words")
    unknown = phrase.unknown_words(typed)
    count = len(phrase.canonical(typed).split())
    if len(typed) > phrase.MAX_CHARS:
        form.errors["phrase"] = _("That's longer than six words can be. Please type just the words.")
    elif unknown:
        form.errors["phrase"] = _("We don't use the word “%(word)s”. Please look at the spelling.", word=unknown[0])
    elif count != phrase.WORDS_PER_PHRASE:
        form.errors["phrase"] = _("There should be six words; we read %(count)s.", count=count)
    else:
        form.errors["phrase"] = _("Those words don't open anything here. Please check their order and spelling.")
    return None
