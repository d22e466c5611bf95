"""The words of the first visit: what one can answer, and why a room is suggested."""

from __future__ import annotations

from flask_babel import gettext as _

from forum.journey.suggesting import Suggestion


def why_words(found: Suggestion) -> str:
    """Return the reason for a room in one sentence."""
    words: dict[str, str] = {
        "thing": _("Because you named it. People here know it from the inside."),
        "want": _("Because of what you’d like from people."),
        "way": _("Because of the way you’d like to go about it."),
        "love": _("Because you’re here for someone you love. It’s a room for you, not about them."),
        "loss": _("For people who have lost somebody to this."),
        "start": _("A good place to sit down first. Nothing is expected."),
    }
    return words[found.why]


def question_words() -> dict[str, list[tuple[str, str]]]:
    """Return the answers one can choose, with their words."""
    return {
        "who": [
            ("me", _("Myself")),
            ("love", _("Someone I love")),
            ("both", _("Both")),
            ("skip", _("I’d rather not say")),
        ],
        "things": [
            ("alcohol", _("Drinking")),
            ("opioids", _("Heroin, fentanyl, painkillers")),
            ("stimulants", _("Coke, crystal, speed")),
            ("cannabis", _("Weed")),
            ("benzos", _("Tranquillisers, sleeping tablets")),
            ("gambling", _("Betting")),
            ("eating", _("Food")),
            ("screens", _("Screens, shopping, sex")),
            ("both", _("My head as well")),
            ("grief", _("I’ve lost somebody")),
            ("unsure", _("I haven’t got a word for it")),
        ],
        "way": [
            ("any", _("No idea yet, or any")),
            ("twelve_step", _("Twelve steps")),
            ("tools", _("Tools and worksheets")),
            ("secular", _("Without a higher power")),
            ("faith", _("With my faith")),
            ("harm_reduction", _("Less, and safer")),
            ("mindful", _("Body and breath")),
        ],
        "language": [("english", _("English is fine")), ("other", _("Another one comes easier"))],
        "wants": [
            ("listen", _("Only to read, for now")),
            ("talk", _("To be heard")),
            ("night", _("Company at night")),
            ("again", _("A place after using again")),
            ("company", _("Ordinary talk")),
            ("women", _("Other women")),
            ("men", _("Other men")),
            ("young", _("People of my age, 18 to 25")),
            ("older", _("People of my age, sixty and over")),
            ("lgbtq", _("Other LGBTQ+ people")),
            ("parents", _("Other parents")),
            ("work", _("People with jobs like mine")),
        ],
    }
