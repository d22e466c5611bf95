"""What one helpline, one number and one emergency number are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from urllib.parse import quote

from forum.helplines.hours import Hours, State

Confidence = Literal["high", "medium", "low"]
Freshness = Literal["fresh", "due", "stale", "expired"]
EmergencyKind = Literal["any", "mobile", "ambulance", "police", "fire", "text"]
Channel = Literal["sms", "whatsapp"]
Need = Literal["ambulance", "police"]

DUE_MONTHS = 6
"""After this many months two people verify a line again."""
STALE_MONTHS = 12
"""After this many months a line carries a badge and loses its place to fresher ones."""
EXPIRED_MONTHS = 24
"""After this many months a line is no longer shown automatically."""
GROUP_TOPICS = frozenset({"youth", "veterans"})
GENERAL_TOPICS = frozenset({"crisis", "suicide"})


@dataclass(frozen=True, slots=True)
class Phone:
    """A number as people read it and as a phone dials it; both come from one record."""

    display: str
    dial: str
    hint: str = ""
    e164: str | None = None
    """Only what a source gives; never made from a short code."""

    @property
    def href(self) -> str:
        """The `tel:` link."""
        return f"tel:{self.dial}"


@dataclass(frozen=True, slots=True)
class TextNumber:
    """A number one can write to."""

    display: str
    dial: str
    body: str = ""
    """The keyword to send, if the line asks for one."""
    channel: Channel = "sms"
    hint: str = ""

    @property
    def href(self) -> str:
        """The `sms:` link with the keyword filled in; empty for WhatsApp, which no `sms:` link reaches."""
        if self.channel != "sms":
            return ""
        return f"sms:{self.dial}?body={quote(self.body)}" if self.body else f"sms:{self.dial}"


@dataclass(frozen=True, slots=True)
class EmergencyNumber:
    """One emergency number of one country."""

    display: str
    kind: EmergencyKind = "any"

    @property
    def href(self) -> str:
        """The `tel:` link, or `sms:` for a text-only number."""
        return f"{'sms' if self.kind == 'text' else 'tel'}:{self.display}"


@dataclass(frozen=True, slots=True)
class Helpline:
    """One service from the data file, with where its details come from."""

    id: str
    country: str
    name: str
    topics: tuple[str, ...]
    role: str
    scope: str
    audience: str
    phone: Phone | None
    alternates: tuple[Phone, ...]
    text: TextNumber | None
    chat_url: str
    site_url: str
    hours: Hours
    languages: tuple[str, ...]
    more_languages: bool
    cost: str
    confidence: Confidence
    last_checked: date
    source_urls: tuple[str, ...] = ()
    public_note: str = ""
    other_numbers: tuple[str, ...] = ()
    """Further numbers of the same service that are not shown; they still identify nobody."""
    notes: str = ""
    """For moderators only: may name dead numbers."""
    withheld: str = ""
    """Why this line is never shown automatically (`low`, `disputed`, `eu_116`); empty when it may be."""

    @property
    def is_reachable(self) -> bool:
        """True when a person can call, text or chat; a web page alone is a directory entry."""
        return bool(self.phone or self.text or self.chat_url) and self.role != "directory"

    @property
    def is_general(self) -> bool:
        """True for a crisis line that anybody in the country may use."""
        return bool(GENERAL_TOPICS.intersection(self.topics)) and not self.is_targeted and self.role == "support"

    @property
    def is_targeted(self) -> bool:
        """True for a line meant for one group (an age, a community) or one part of the country."""
        return bool(self.audience) or self.scope != "national" or bool(GROUP_TOPICS.intersection(self.topics))

    @property
    def has_text(self) -> bool:
        """True when it can be used without speaking."""
        return bool(self.text or self.chat_url)

    @property
    def is_free(self) -> bool:
        """True when the record says so in its first word; “free/local” and “standard/free” are not sure enough."""
        return self.cost.split(" ")[0].rstrip(",") == "free"

    def freshness(self, now: datetime) -> Freshness:
        """Rank the date of the last check: fresh, due (6 months), stale (12), expired (24)."""
        months = _months_between(self.last_checked, now.date())
        if months >= EXPIRED_MONTHS:
            return "expired"
        if months >= STALE_MONTHS:
            return "stale"
        return "due" if months >= DUE_MONTHS else "fresh"


@dataclass(frozen=True, slots=True)
class Offer:
    """A helpline as it stands at one moment."""

    line: Helpline
    state: State = "unknown"
    opens: datetime | None = None
    """Next opening in the line's own zone, when it is closed."""
    freshness: Freshness = "fresh"
    opens_today: bool = False
    """True when `opens` is still today in the line's own zone."""

    @property
    def check_first(self) -> bool:
        """True when the details are not confirmed well enough to rely on them blindly."""
        return self.line.confidence != "high" or self.freshness == "stale"

    @property
    def is_open(self) -> bool:
        """True when it is known to answer now, by hours somebody confirmed."""
        return self.state in ("always", "open") and self.line.hours.confirmed


@dataclass(frozen=True, slots=True)
class Directory:
    """A site that lists helplines of many countries; carries no number."""

    name: str
    site_url: str
    what: str = ""


def offer_of(line: Helpline, now: datetime) -> Offer:
    """Look at a line at `now` (aware)."""
    opens = line.hours.next_opening(now)
    today = opens is not None and opens.date() == now.astimezone(opens.tzinfo).date()
    return Offer(line, line.hours.state(now), opens, line.freshness(now), today)


def _months_between(earlier: date, later: date) -> int:
    """Count whole months; negative spans (a clock set back) count as none."""
    months = (later.year - earlier.year) * 12 + later.month - earlier.month - (later.day < earlier.day)
    return max(0, months)
