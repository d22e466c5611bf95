"""What the author is told, by reason. Plain, calm, says that a person has not judged it, says what can be done."""

from __future__ import annotations

from forum.moderation.facts import Facts

_PAUSED = "An automatic check paused this"
_NOT_JUDGED = "A person hasn't judged it yet."

SENTENCES = {
    "minor_safety": f"{_PAUSED}: it may involve somebody under 18 in a sexual way. A moderator will read it now.",
    "identity_of_other": f"{_PAUSED}: it may say who or where somebody else is. You can post it without that part.",
    "threat": f"{_PAUSED}: it reads like a threat to somebody. {_NOT_JUDGED}",
    "incitement": f"{_PAUSED}: it reads like telling somebody to die or to hurt themselves. {_NOT_JUDGED}",
    "method_seeking": (
        "Your words are safe and a moderator can see them. They aren't showing publicly, because we don't publish "
        "anything about how. Please talk to one of the people on the card."
    ),
    "method_detail": (
        "Your post is up, behind a note that people can tap to read, because part of it says how. "
        "Nobody is cross with you."
    ),
    "needs_note": "Your post is up, behind a note that people can tap to read, until a moderator has seen it.",
    "identity_leak": f"{_PAUSED}: it may say who or where you are. You can post it without that part.",
    "abuse": f"{_PAUSED}: it may hurt the person it speaks to. You can change it and send it again. {_NOT_JUDGED}",
    "abuse_with_distress": "Your post is up. It sounds like a lot just now, so a moderator will look in on you.",
    "link_by_new_member": f"{_PAUSED}: links from new members are read by a moderator first. {_NOT_JUDGED}",
    "nobody_on_duty": f"{_PAUSED}: no moderator is here just now, and one will read it first. {_NOT_JUDGED}",
}

CONTENT_NOTES = {
    "method_detail": "says how somebody might hurt themselves",
    "needs_note": "a moderator is going to read this",
}


def sentence_for(reason: str, facts: Facts) -> str:
    """Return the sentence for a reason; rules bring their own, in the words of the finding that decided."""
    if not reason or reason in SENTENCES:
        return SENTENCES.get(reason, "")
    said = next((f.explanation for f in facts.findings if f.code == reason and f.explanation), "")
    return f"{_PAUSED}: {said[:1].lower()}{said[1:]} {_NOT_JUDGED}" if said else f"{_PAUSED}. {_NOT_JUDGED}"
