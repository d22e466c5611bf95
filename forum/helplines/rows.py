"""One tappable row per way to get in touch: what it says, where it leads, and when somebody answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from babel.dates import format_date, get_day_names

from forum.helplines.hours import DAY, Hours, Window
from forum.helplines.lines import EmergencyNumber, Helpline, Offer, Phone, TextNumber
from forum.helplines.speech import _

BIG_COUNTRY_LIST = 6
"""Name at most this many countries beside an emergency number."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of numbers, ready to draw."""

    href: str
    """`tel:`, `sms:` or https; empty where no link can reach it."""
    icon: str
    big: str
    small: str


def rows_of(offer: Offer, locale: str = "en") -> tuple[Row, ...]:
    """List the ways to reach a line, each naming it and saying when it answers: for a card, where rows stand alone."""
    line = offer.line
    rows = [_phone_row(line.phone, line, offer, locale)] if line.phone else []
    if line.text:
        rows.append(_text_row(line.text, line, offer, locale))
    if line.chat_url:
        rows.append(_chat_row(line, line.name if not rows else _("In writing, on their site")))
    return tuple(rows)


def page_rows_of(line: Helpline) -> tuple[Row, ...]:
    """List the ways to reach a line, further numbers too, for the help page, where its name and hours stand above."""
    phones = ((line.phone,) if line.phone else ()) + line.alternates
    rows = [Row(phone.href, "phone", phone.display, phone.hint or _("Call")) for phone in phones]
    if line.text:
        rows.append(_text_drawn(line.text, line.text.hint or _("In writing")))
    if line.chat_url:
        rows.append(_chat_row(line, _("In writing, on their site")))
    return tuple(rows)


def emergency_row(number: EmergencyNumber) -> Row:
    """Draw an emergency number; the label says which service answers."""
    if number.kind == "text":
        return Row(number.href, "message-square-text", _("Text %(number)s", number=number.display), _kind_label(number))
    return Row(number.href, "siren", number.display, _kind_label(number))


def world_row(number: EmergencyNumber, names: Iterable[str]) -> Row:
    """Draw an emergency number with the countries where it leads."""
    names = sorted(names)
    shown = ", ".join(names[:BIG_COUNTRY_LIST])
    more = len(names) - BIG_COUNTRY_LIST
    return Row(number.href, "siren", number.display, shown if more <= 0 else _("%(list)s and more", list=shown))


def state_label(offer: Offer, locale: str = "en") -> str:
    """Say in a few words when the line answers."""
    if offer.state == "always":
        return _("any time") if offer.line.hours.confirmed else _("said to be any time")
    if offer.state == "open":
        return _("open now")
    if offer.state == "closed":
        return _closed(offer, locale)
    return _("not open all day") if offer.line.hours.limited else _("hours not known")


def hours_text(line: Helpline, locale: str = "en") -> str:
    """Write the opening hours in full, in the line's own time; say so when they are not known or not confirmed."""
    hours = line.hours
    text = _hours_body(hours, locale)
    if hours.remark:
        text = f"{text} ({hours.remark})"
    return text if hours.confirmed or not (hours.always or hours.windows) else _("%(hours)s, not confirmed", hours=text)


def cost_label(line: Helpline) -> str:
    """Say what a call costs, as far as the record knows."""
    if line.is_free:
        return _("free")
    if not line.cost:
        return _("cost not known")
    if line.cost.startswith(("free/", "standard/free")):
        return _("free or a normal call")
    return _("costs extra") if line.cost.startswith("paid") else _("costs a normal call")


def whom_label(line: Helpline) -> str:
    """Name the group or the part of the country a line is for; empty when it is for everybody."""
    if line.audience:
        return _("for %(group)s", group=line.audience)
    if "youth" in line.topics:
        return _("for young people")
    return line.scope if line.scope != "national" else ""


def _phone_row(phone: Phone, line: Helpline, offer: Offer, locale: str) -> Row:
    words = [line.name, phone.hint, whom_label(line), state_label(offer, locale)]
    return Row(phone.href, "phone", phone.display, _joined([*words, "" if line.is_free else cost_label(line)]))


def _text_row(text: TextNumber, line: Helpline, offer: Offer, locale: str) -> Row:
    where = line.name if not line.phone else _("If talking is too much")
    return _text_drawn(
        text, _joined([where, text.hint, "" if line.phone else whom_label(line), state_label(offer, locale)])
    )


def _text_drawn(text: TextNumber, small: str) -> Row:
    if text.channel == "whatsapp":
        return Row("", "message-square-text", _("WhatsApp %(number)s", number=text.display), small)
    if text.body:
        big = _("Text %(word)s to %(number)s", word=text.body, number=text.display)
        return Row(text.href, "message-square-text", big, small)
    return Row(text.href, "message-square-text", _("Text %(number)s", number=text.display), small)


def _chat_row(line: Helpline, small: str) -> Row:
    return Row(line.chat_url, "message-circle", _("Chat online"), small)


def _kind_label(number: EmergencyNumber) -> str:
    return {
        "any": _("Emergency services"),
        "mobile": _("From a mobile phone"),
        "ambulance": _("Ambulance"),
        "police": _("Police"),
        "fire": _("Fire"),
        "text": _("If you can’t hear or speak"),
    }[number.kind]


def _closed(offer: Offer, locale: str) -> str:
    if offer.opens is None:
        return _("closed now")
    return _("closed now, opens %(when)s", when=opening_text(offer, locale))


def opening_text(offer: Offer, locale: str = "en") -> str:
    """Write the next opening as `9:00` or `Monday 9:00`, in the line's own time; empty when there is none."""
    if offer.opens is None:
        return ""
    clock = f"{offer.opens.hour}:{offer.opens.minute:02d}"
    return clock if offer.opens_today else f"{format_date(offer.opens.date(), 'EEEE', locale=locale)} {clock}"


def _hours_body(hours: Hours, locale: str) -> str:
    if hours.always:
        return _("Any time, day or night")
    if hours.limited:
        return _("Not open all day")
    if not hours.windows:
        return _("Hours not known")
    return "; ".join(_window_text(window, locale) for window in hours.windows)


def _window_text(window: Window, locale: str) -> str:
    days = _days_text(sorted(window.days), locale)
    if window.end - window.start >= DAY:
        return _("%(days)s all day", days=days)
    return _("%(days)s %(start)s to %(end)s", days=days, start=_clock(window.start), end=_clock(window.end))


def _days_text(days: list[int], locale: str) -> str:
    if len(days) == 7:
        return _("Every day")
    names = get_day_names("wide", locale=locale)
    if len(days) > 2 and days == list(range(days[0], days[-1] + 1)):
        return _("%(first)s to %(last)s", first=names[days[0]], last=names[days[-1]])
    return ", ".join(names[day] for day in days)


def _clock(minutes: int) -> str:
    if minutes == DAY:
        return _("midnight")
    return f"{minutes // 60 % 24}:{minutes % 60:02d}"


def _joined(words: Iterable[str]) -> str:
    return ", ".join(word for word in words if word)
