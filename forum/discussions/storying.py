"""Where stories are told from, in words."""

from __future__ import annotations

from flask_babel import gettext as _

LATER = ("year", "five")
"""What counts as "from one year on"; nobody checks what an author says."""


def story_from_words() -> dict[str, str]:
    """Return where stories are told from, as the form and the list say it."""
    return {
        "": str(_("I’d rather not say")),
        "months": str(_("From the first months")),
        "year": str(_("From a year on, or more")),
        "five": str(_("From five years on, or more")),
    }
