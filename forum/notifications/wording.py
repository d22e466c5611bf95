"""Sentences of the list. They name threads the reader may read, and nobody else."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import ngettext

from forum.notifications.queries import Line


def sentence(line: Line) -> str:
    """Return what a line says."""
    title = line.title or _("A thread")
    if line.kind == "answer":
        return str(
            ngettext(
                "An answer to you in “%(title)s”", "%(num)s answers to you in “%(title)s”", line.count, title=title
            )
        )
    if line.kind == "reply":
        return str(
            ngettext(
                "A reply in your thread “%(title)s”",
                "%(num)s replies in your thread “%(title)s”",
                line.count,
                title=title,
            )
        )
    if line.kind == "followed":
        return str(
            ngettext(
                "A reply in “%(title)s”, which you follow",
                "%(num)s replies in “%(title)s”, which you follow",
                line.count,
                title=title,
            )
        )
    return _plain(line)


def _plain(line: Line) -> str:
    known = {
        "letter": {
            "hide": _("We've taken something you wrote down, and say why."),
            "limit": _("Something you wrote is behind a content note now."),
            "hold": _("Something you wrote is safe, and waits for a moderator."),
            "ask_edit": _("A moderator asks you to change something you wrote."),
            "support": _("A moderator wrote to you."),
            "wrote": _("A moderator wrote to you."),
            "kept_back": _(
                "We kept something from you that nobody should have to read. There’s help here if you want it."
            ),
            "restore": _("Something you wrote is back up."),
            "released": _("A moderator has read what you wrote. It's up now."),
            "appeal_upheld": _("Somebody new looked again. It stays as it was, and we say why."),
            "appeal_changed": _("Somebody new looked again and changed what was decided."),
            "appeal_overturned": _("We got that one wrong. What you wrote is back up."),
        },
        "report": {
            "acted": _("We looked at what you asked us to, and did something about it. Thank you."),
            "noted": _("We looked at what you asked us to, and somebody looks after it. Thank you."),
            "no_rule_broken": _("We looked at what you asked us to. It can stay; you can mute or block. Thank you."),
        },
        "reminder": {"note": _("You have a note for now."), "look": _("You wanted to look at something again.")},
        "meeting": {"doors": _("The doors are open."), "answered": _("A host answered you.")},
        "greet": {"waits": _("A first post has waited half an hour for an answer.")},
        "role": {
            "active": _("A lead has signed your training off. The role is yours, for as long as you like."),
            "learning": _("A lead has looked: not just now. What you’ve learned stays yours."),
            "ended": _("A lead has taken a role back. You can ask them why, under Letters."),
        },
    }
    return str(known.get(line.kind, {}).get(line.code) or _("There is something new for you."))


def kind_labels() -> dict[str, str]:
    """Return the kinds as the settings name them."""
    return {
        "answer": _("Somebody answers me"),
        "reply": _("Somebody writes in my thread"),
        "followed": _("Somebody writes in a thread I follow"),
        "letter": _("A moderator writes or decides"),
        "report": _("What became of what I asked moderators to look at"),
        "reminder": _("My own reminders"),
        "meeting": _("Doors open that I wanted to hear of, and hosts’ answers"),
        "greet": _("A first post waits for an answer (for greeters)"),
        "role": _("A lead decides about a role of mine"),
    }
