"""What roles are called, and what each does and does not do: on badges, on the page of roles, beside the training."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _


@dataclass(frozen=True, slots=True)
class RoleWords:
    """One role in words."""

    name: str
    line: str
    """What the badge says when it is opened."""
    does: tuple[str, ...]
    does_not: tuple[str, ...]


def role_words() -> dict[str, RoleWords]:
    """Return all roles in the order people grow into them."""
    return {
        "greeter": RoleWords(
            _("Greeter"),
            _("Answers first posts that have waited a while. A member like you, not a moderator and not a counsellor."),
            (
                _("See first posts that nobody has answered for half an hour"),
                _("Write one kind line, or several"),
                _("Ask a moderator to look where something worries you"),
            ),
            (
                _("Give advice on medicines or treatment"),
                _("Promise secrecy or rescue"),
                _("Write to anybody in private"),
            ),
        ),
        "host": RoleWords(
            _("Host"),
            _("Looks after this room: opens the day, welcomes people, keeps a thread at the top. Not a moderator."),
            (
                _("Welcome people and answer questions about the room"),
                _("Keep a thread at the top"),
                _("Say when the room’s card needs changing"),
            ),
            (_("Take posts down or sanction anybody"), _("Decide who belongs"), _("Ask anybody for proof")),
        ),
        "peer": RoleWords(
            _("Peer supporter"),
            _("Has been there, and is trained to listen. Not a counsellor, a doctor or a sponsor."),
            (
                _("Listen, and share what it was like for them"),
                _("Ask directly about suicide, and stay"),
                _("Attach something from our lists"),
            ),
            (
                _("Diagnose, treat or advise on medicine or detox"),
                _("Meet, phone, lend or borrow"),
                _("Keep notes about anybody"),
            ),
        ),
    }
