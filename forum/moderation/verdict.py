"""Pure data that travels through the pipeline: a submission goes in, findings gather, a verdict comes out.

Nothing here knows a database or a web framework, so every phase can be tested with literals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

Surface = Literal["post", "title", "chat", "conversation", "profile", "check_in", "report"]
Visibility = Literal["checking", "live", "limited", "held", "hidden", "author_deleted", "purged"]
Lane = Literal["T0", "T1", "T2", "T3", "T4"]
Severity = Literal["info", "low", "medium", "high", "max"]
ScorerName = Literal["detoxify", "embedded", "off"]
ScanState = Literal["done", "pending", "failed"]
Mode = Literal["off", "shadow", "flag", "hold"]
Span = tuple[int, int]

LABELS = (
    "toxicity",
    "severe_toxicity",
    "obscene",
    "identity_attack",
    "insult",
    "threat",
    "sexual_explicit",
)
"""The seven labels of Detoxify's `unbiased` model; every scorer answers with exactly these (plus `crisis`)."""

MAX_TEXT_CHARS = 8_000
"""No phase ever reads more; edges refuse longer texts before the pipeline, this is the second wall."""


@dataclass(frozen=True, slots=True)
class RecentText:
    """One earlier text by the same author, as the repeats and history phases need it."""

    digest: str
    """`phases.repeats.fingerprint(text)`: normalised text, hashed; the text itself is not carried."""
    posted_at: datetime
    support_level: int = 0


@dataclass(frozen=True, slots=True)
class Author:
    """What the pipeline may know of the person who wrote the text. Nothing here identifies anybody."""

    trust: int = 1
    """0 new … 3 long-standing."""
    age_hours: float = 24.0 * 30
    accepted_posts: int = 10
    removals_7d: int = 0
    is_staff: bool = False
    """Only changes wording; staff are never exempt from any phase."""
    handle: str = ""
    recent: tuple[RecentText, ...] = ()
    """Newest first, the last 14 days, at most 20."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the text is going: room rules and who else is there."""

    room: str = ""
    harm_reduction: bool = False
    handles: frozenset[str] = frozenset()
    """Handles of members in this thread, for telling whether a text is aimed at one of them."""
    reply_to_handle: str = ""
    quoted: str = ""
    """Text of the post replied to, if any; quoting it is not saying it."""


@dataclass(frozen=True, slots=True)
class OwnRule:
    """A rule the team made: any of its phrases, as data, so that phases need no database."""

    id: str
    says: str
    phrases: tuple[str, ...]
    version: str = ""


@dataclass(frozen=True, slots=True)
class HouseRules:
    """What this forum's rules may do, where it differs from how they are shipped. The crisis check reads none of it."""

    modes: Mapping[str, Mode] = field(default_factory=dict)
    own: tuple[OwnRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Submission:
    """One text as its author typed it, with all the context phases may use."""

    text: str
    surface: Surface = "post"
    author: Author = field(default_factory=Author)
    place: Place = field(default_factory=Place)
    now: datetime = datetime(2026, 1, 1, 12, tzinfo=UTC)
    allowed_numbers: frozenset[str] = frozenset()
    """Digits of helpline and emergency numbers from the data file; these never count as an identity leak."""
    same_digest_authors: int = 0
    """How many OTHER accounts posted the same fingerprint within 10 minutes."""
    coverage: int = 1
    """Moderators on duty now; 0 makes holds for new members stricter."""
    house: HouseRules = HouseRules()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing one phase noticed, able to explain itself."""

    phase: str
    """crisis | identity_leak | community_rules | repeats | toxicity | semantic | history"""
    code: str
    """Stable machine name, e.g. `plan_intent_means`, `phone_number`, `insult_targeted`."""
    score: float = 1.0
    severity: Severity = "medium"
    spans: tuple[Span, ...] = ()
    """Half-open [start, end) character offsets into the ORIGINAL text."""
    explanation: str = ""
    """One plain sentence a moderator, and the author, may read."""
    level: int = 0
    """Support level 0–3 this finding alone asks for (0 for non-crisis phases)."""
    leans: int = 0
    """Level a broad crisis rule speaks of, one above `level` until a second reader agrees; else 0."""
    category: str = ""
    """Crisis category (crisis_taxonomy §3) or rule family."""
    threshold: float | None = None
    version: str = ""
    """Version of the lexicon, rule file or model that spoke."""
    rule: str = ""
    """Identifier of the entry that matched, if there is one."""
    subject: Literal["self", "other", "none"] = "none"
    mode: Literal["shadow", "flag", "hold"] = "flag"
    """What the rule may do. Shadow findings are recorded and change nothing."""
    mask: bool = False
    """True where a masked version may be offered (identity leak)."""


@dataclass(frozen=True, slots=True)
class Scores:
    """What the model scorer said of one text. Missing models are None, never zeros."""

    scorer: ScorerName
    labels: Mapping[str, float]
    """The seven LABELS, 0.0–1.0: Detoxify's when it ran, else the built-in scorer's. Empty when scorer is off."""
    embedded: Mapping[str, float] | None = None
    """The built-in scorer's seven labels, when it ran beside Detoxify or alone."""
    crisis: float | None = None
    """Built-in encoder's probability that the text asks for support level 2 or more, 0.0–1.0."""
    version: str = ""
    ms: float = 0.0
    crisis_detail: Mapping[str, float] = field(default_factory=dict)
    """What else the crisis model says, 0.0–1.0 each: `crisis_1`, `crisis_3`, and `help_…` per kind of help."""
    cruelty: float | None = None
    """Built-in encoder's probability that the text is cruel to a person in the conversation, 0.0–1.0."""


@dataclass(frozen=True, slots=True)
class PhaseFailure:
    """A phase that raised: an incident for operators, never a mark against the author."""

    phase: str
    error: str
    """Exception class name only: messages may quote the text."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What happens to the text, where people must look, and what help its author is shown."""

    visibility: Visibility
    support_level: int
    lane: Lane | None
    findings: tuple[Finding, ...] = ()
    reason_code: str = ""
    """The first reason for `visibility` other than live, e.g. `identity_leak`."""
    explanation: str = ""
    """One plain sentence for the author, empty when nothing happened."""
    content_note: str = ""
    """Words of the interstitial when visibility is `limited`."""
    categories: tuple[str, ...] = ()
    """Crisis categories behind the support level, strongest first; routes the help card."""
    masked_text: str | None = None
    """The text with identifying spans covered, when the author may post that instead."""
    scorer: ScorerName = "off"
    scan_state: ScanState = "done"
    failures: tuple[PhaseFailure, ...] = ()
    policy_version: str = ""
    ms: float = 0.0
