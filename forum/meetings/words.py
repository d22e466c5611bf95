"""The sentences of a room: what the team's acts are called, what people in it are told."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import ngettext

from forum.meetings.models import Act


def act_line(act: Act, host: str) -> str:
    """Return what everybody in the room reads of an act; "" for what concerns one person only."""
    name = host or _("The host")
    who = act.seat.member.handle if act.seat is not None else ""
    lines = {
        "start": _("The meeting has begun."),
        "late": late_line(act.detail, host),
        "call": _("%(host)s called %(name)s.", host=name, name=who) if act.staff_id else _("Next: %(name)s.", name=who),
        "pause": _("%(host)s paused the room.", host=name)
        if act.staff_id
        else _("The room is paused, because nobody of the team is here."),
        "resume": _("The room goes on."),
        "slowed": _("Nobody of the team is here just now, so the room goes slower."),
        "unslowed": _("Somebody of the team is back."),
        "slow_mode": slow_line(act.detail),
        "mode": mode_line(act.detail),
        "step": _("%(host)s moved on: %(step)s.", host=name, step=act.detail),
        "handover": _("%(host)s holds this meeting now.", host=name),
        "door_closed": _("The door is closed to newcomers. Whoever is here can come back in."),
        "door_open": _("The door is open again."),
        "end": _("%(host)s is bringing the meeting to a close.", host=name),
        "remove": _("%(host)s took a line down.", host=name),
    }
    return str(lines.get(act.kind, ""))


def late_line(minutes: str, host: str) -> str:
    """Say that whoever holds the meeting is waited for, and what happens if nobody comes."""
    wait = int(minutes) if minutes.isdigit() else 10
    who = _("%(host)s isn’t here yet.", host=host) if host else _("Nobody of the team is here yet.")
    then = ngettext(
        "If nobody can hold this meeting %(num)s minute after its start, we’ll close it and show you where else to go. "
        "You won’t be left sitting.",
        "If nobody can hold this meeting %(num)s minutes after its start, we’ll close it and show you where else to "
        "go. You won’t be left sitting.",
        wait,
    )
    return f"{who} {then}"


def slow_line(seconds: str) -> str:
    """Say how slow mode stands."""
    if seconds in ("", "0"):
        return str(_("Slow mode is off."))
    return str(_("Slow mode: one line every %(num)s seconds each.", num=seconds))


def mode_line(mode: str) -> str:
    """Say how the room works from now on."""
    words = {
        "off": _("From now on only the person who shares writes."),
        "after": _("From now on room notes are open between shares."),
        "on": _("From now on you can answer while somebody shares."),
        "call_host": _("The host calls people from now on."),
        "call_auto": _("People are called in order from now on."),
    }
    return str(words.get(mode, ""))


def told(kind: str, host: str, detail: str = "") -> str:
    """Say to one person what the team did that concerns them."""
    name = host or _("The host")
    words = {
        "call": _("It’s your turn. Take your time, or pass."),
        "extend": _("You have two minutes more."),
        "nudge": _("About a minute left. Finish your thought."),
        "thank": _("%(host)s thanked you for your share.", host=name),
        "timeout": _("%(host)s has asked you to pause for ten minutes. You can read on.", host=name),
        "out": _(
            "%(host)s has asked you to sit this one out. You can come back to the next meeting. "
            "If you’d like to talk about it, a moderator will answer here.",
            host=name,
        ),
        "back": _("You can take part again."),
        "remove": _("%(host)s took a line of yours down. A moderator will look at it again.", host=name),
        "side_room": _(
            "%(host)s and a moderator would like to talk with you in a side room, if you want to.", host=name
        ),
        "whisper": _("%(host)s wrote to you alone.", host=name),
    }
    said = str(words.get(kind, ""))
    return f"{said} {_('They said: %(why)s', why=detail)}" if detail and kind in ("timeout", "out") else said


def duration(minutes: int) -> str:
    """Say a length."""
    return str(ngettext("%(num)s min", "%(num)s min", minutes))


def choices() -> dict[str, list[tuple[str, str]]]:
    """Return what a meeting can be for, in words, for filters and forms."""
    return {
        "audience": [
            ("everyone", _("Everyone")),
            ("me", _("People who use or used")),
            ("families", _("Families and friends")),
            ("women", _("Women")),
            ("men", _("Men")),
            ("young", _("18 to 25")),
        ],
        "pathway": [
            ("any", _("Any way")),
            ("twelve_step", _("12-step")),
            ("secular", _("Secular")),
            ("faith", _("With faith")),
            ("harm_reduction", _("Harm reduction")),
            ("moderation", _("Cutting down")),
        ],
        "topic": [
            ("open", _("Open")),
            ("newcomers", _("First days")),
            ("slips", _("After a slip")),
            ("tools", _("Tools")),
            ("night", _("Night")),
            ("families", _("Families")),
            ("mind_and_use", _("Mind and use")),
        ],
    }


def step_kinds() -> list[tuple[str, str]]:
    """Return what can happen in a step, in words."""
    return [
        ("opening", _("Opening words; notes are open")),
        ("reading", _("Reading; nobody writes")),
        ("shares", _("Shares, one after the other")),
        ("talk", _("Talk, with hands")),
        ("quiet", _("Silence in company, with hands")),
        ("closing", _("Closing words; the last step")),
    ]


def card_hints() -> dict[str, str]:
    """Say what each answer of the info card may hold."""
    return {
        "support": _("What it is for, what people may hope for; part of an organisation or independent"),
        "pathway": _("12-step, secular, with faith, cutting down …"),
        "focus": _("Topics, and what may come up that is hard to read"),
        "when": _("Leave it empty, and everybody reads the time on their own clock"),
        "size": _("Small or large, and how that feels"),
        "who": _("Who comes"),
        "host": _("A peer or a professional, which training, when they can be reached"),
        "leave": _("How one leaves, or takes a break"),
    }
