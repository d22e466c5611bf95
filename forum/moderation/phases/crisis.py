"""Find people in danger: read every text for crisis language and rate it 0–3, before and apart from everything else.

The recipe is predicate × subject × time × means × negation × tense × frame per sentence, then the strongest sentence,
then the author's recent history, which may raise the level by one and never lower it. Rules only: no scorer, no
settings, no network. If the lexicon cannot be read, LexiconError is raised and the pipeline records a failed phase.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from forum.moderation.phases import crisis_told
from forum.moderation.phases.crisis_judge import Frames, Judged, judge
from forum.moderation.phases.crisis_lexicon import Combination, Entry, Lexicon, lexicon
from forum.moderation.phases.crisis_stream import Hit, Stream, hits_of, stream_of
from forum.moderation.phases.normalise import TextViews, views_of
from forum.moderation.verdict import Finding, Severity, Span, Submission

PHASE = "crisis"
MAX_SPANS = 5
MARKED_FROM = 2
"""From this level on, marks such as `method_detail` are added; below it the same words are small talk."""
HISTORY_WINDOW = timedelta(days=14)
EMERGENCY_WINDOW = timedelta(hours=48)

BROAD_SCORES = {(3, 2): 0.9, (3, 1): 0.7, (2, 1): 0.65}
"""Scores of broad rules by the level they speak of and what they are worth alone: more than others at that level."""

# Why a finding is doubted, as the second half of its explanation.
_TOLD = "Its wording is that of something told, taught or answered."
_TOO_LONG = "In a post this long, wording has to be plainer to count alone."

_SCORES = (0.0, 0.5, 0.8, 1.0)
_SEVERITY: tuple[Severity, ...] = ("info", "low", "medium", "high")
_PAST_CATEGORY = {
    "dv_current": "dv_past",
    "dv_immediate": "dv_past",
    "sexual_violence": "dv_past",
}
_PAST_FAMILY = frozenset(
    {
        "attempt_in_progress",
        "eating_disorder_acute",
        "goodbye",
        "ideation_active",
        "ideation_passive",
        "method_seeking",
        "overdose_now",
        "overdose_risk",
        "plan_intent_means",
        "psychosis",
        "self_harm",
        "withdrawal_emergency",
        "withdrawal_risk",
    }
)
_ORDER = (
    "attempt_in_progress",
    "overdose_now",
    "child_immediate",
    "dv_immediate",
    "plan_intent_means",
    "goodbye",
    "method_seeking",
    "withdrawal_emergency",
    "threat_imminent",
    "third_party_imminent",
)
"""Which emergency's card comes first when several have the same level."""

_DESPAIR = frozenset({"ideation_active", "ideation_passive", "self_harm"})
_RAISED_BY_HISTORY = frozenset(
    {"hedged_low_mood", "distress", "past_suicidality", "relapse_risk", "relapse_disclosed", "self_neglect", "grief"}
)


def run(sub: Submission, views: TextViews) -> list[Finding]:
    """Return the crisis findings of one text, at most one per category, strongest first. Raises LexiconError."""
    rules = lexicon()
    stream = stream_of(views, views_of(sub.place.quoted).folded if sub.place.quoted else "")
    judged, frames = judge(stream, hits_of(stream, rules))
    found = [_finding(one, rules) for one in judged if one.level]
    found += combined(judged, frames, rules)
    found = _doubted(found, stream)
    if any(speaks_of(one) >= MARKED_FROM for one, _ in found):
        found += [_finding(one, rules) for one in judged if one.entry.category and not one.entry.level]
    return _raised(sub, _strongest_first(_one_per_category(found, stream, views)))


def ready() -> None:
    """Raise LexiconError unless the lexicon is loaded and speaks."""
    text = "i am going to kill myself tonight"
    if support_level(run(Submission(text), views_of(text))) != 3:
        raise RuntimeError("the crisis lexicon does not recognise its own check sentence")


def support_level(findings: Iterable[Finding]) -> int:
    """Return the highest support level any crisis finding asks for, 0–3."""
    return max((finding.level for finding in findings if finding.phase == PHASE), default=0)


def leans_to(findings: Iterable[Finding], level: int) -> bool:
    """Tell whether a broad rule that is worth one level less alone speaks of this level or more."""
    return any(one.leans >= level and one.level == level - 1 for one in findings)


def unread(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings on a text no model could read: broad words count in full, to err on the side of the pager."""
    return [_at_level(one, one.leans) if one.leans else one for one in findings]


def _at_level(one: Finding, level: int) -> Finding:
    return replace(one, level=level, leans=0, score=_SCORES[level], severity=_SEVERITY[level])


def categories(findings: Iterable[Finding]) -> tuple[str, ...]:
    """Return the crisis categories behind the support level, strongest first."""
    crisis = [finding for finding in findings if finding.phase == PHASE and finding.level]
    return tuple(dict.fromkeys(finding.category for finding in _strongest_first(crisis)))


Placed = tuple[Finding, tuple[Hit, ...]]
"""A finding and the matches it stands on. Where those are in the original is worked out for what is kept."""


def _finding(one: Judged, rules: Lexicon) -> Placed:
    entry = one.entry
    category, says = entry.category, entry.says
    if one.dampened_by == "past":
        category = _PAST_CATEGORY.get(category, "past_suicidality" if category in _PAST_FAMILY else category)
        says = f"{entry.says} It is told as something from the past."
    return _build(entry, category, one.level, says, rules), (one.hit,)


def _build(rule: Entry | Combination, category: str, level: int, says: str, rules: Lexicon) -> Finding:
    leans = level if rule.broad and level == rule.level and level >= MARKED_FROM else 0
    worth = max(1, level - rule.broad) if leans else level
    return Finding(
        phase=PHASE,
        code=category,
        score=BROAD_SCORES[leans, worth] if leans else _SCORES[level],
        severity=_SEVERITY[worth],
        explanation=says,
        level=worth,
        leans=leans,
        category=category,
        version=rules.version,
        rule=rule.id,
        subject=rule.subject,
    )


def _doubted(found: list[Placed], stream: Stream) -> list[Placed]:
    """Return the findings; what reads as told, taught or answered is broad, worth 1 until a second reader agrees.

    Read from the strongest down, and only until one is there: then nothing else in the text is doubted. Where the
    reader cannot be read nothing is: half a check errs on the side of the pager.
    """
    levels = sorted({speaks_of(one) for one, _ in found} - {0, 1}, reverse=True)
    if not levels:
        return found
    try:
        reader = crisis_told.current()
    except crisis_told.ToldError:
        return found
    sentences = stream.folded_sentences
    near, doubt = reader.over(sentences), crisis_told.doubt(sentences)
    enough, why = reader.line + doubt, _TOO_LONG if doubt else _TOLD
    told: set[int] = set()
    for level in levels:
        spoken = [hit for one, hits in found if speaks_of(one) == level for hit in hits]
        numbers = {number for hit in spoken for number in (hit.sentence, hit.last_sentence)}
        if any(map(_stands, spoken)) or any(near(number) >= enough for number in sorted(numbers)):
            break
        told.add(level)
    return [(_as_told(one, why, reader.version) if speaks_of(one) in told else one, hits) for one, hits in found]


def _stands(hit: Hit) -> bool:
    """Tell whether a rule was made for danger beside a tale, so that the tale is no reason to doubt it."""
    return isinstance(hit.item, Entry) and "told" in hit.item.immune


def speaks_of(one: Finding) -> int:
    """Return the level a finding speaks of, whatever it is worth alone."""
    return one.leans or one.level


def _as_told(one: Finding, why: str, version: str) -> Finding:
    leans = speaks_of(one)
    return replace(
        one,
        level=1,
        leans=leans,
        score=BROAD_SCORES[leans, 1],
        severity=_SEVERITY[1],
        explanation=f"{one.explanation} {why}",
        version=f"{one.version}+told-{version}",
    )


def combined(judged: list[Judged], frames: Frames, rules: Lexicon) -> list[Placed]:
    """Return a finding for every combination whose signals stand close enough together."""
    speaking: dict[str, list[Judged]] = {}
    for one in judged:
        if one.speaks:
            for signal in one.entry.signals:
                speaking.setdefault(signal, []).append(one)
    given = speaking.keys() | frames.by_kind.keys()
    found: list[Placed] = []
    for number in sorted({number for signal in speaking for number in rules.combining.get(signal, ())}):
        combination = rules.combinations[number]
        if any(need.isdisjoint(speaking) for need in combination.needs) or not combination.unless.isdisjoint(given):
            continue
        chosen = _together(combination, speaking)
        if chosen:
            built = _build(combination, combination.category, combination.level, combination.says, rules)
            found.append((built, tuple(one.hit for one in chosen)))
    return found


def _together(combination: Combination, speaking: dict[str, list[Judged]]) -> list[Judged]:
    """Return one match per need within the combination's reach of the first, or nothing. No word meets two needs."""
    # Sorted, because needs are sets: what a finding points at must not change with the process.
    pools = [[one for name in sorted(need) for one in speaking.get(name, ())] for need in combination.needs]
    reach = {"sentence": 0, "near": 2, "text": 1_000}[combination.within]
    for first in pools[0]:
        chosen = [first]
        for pool in pools[1:]:
            near = [
                one
                for one in pool
                if abs(one.hit.sentence - first.hit.sentence) <= reach
                and not any(_same_words(one, own) for own in chosen)
            ]
            if not near:
                break
            chosen.append(min(near, key=lambda one: abs(one.hit.start - first.hit.start)))
        else:
            return chosen
    return []


def _same_words(one: Judged, other: Judged) -> bool:
    """Tell whether two matches stand on the same words, so that one saying would count as two signals."""
    return one.hit.start == other.hit.start and one.hit.end == other.hit.end


def _one_per_category(found: list[Placed], stream: Stream, views: TextViews) -> list[Finding]:
    """Return the strongest finding of each category, pointing at the words of all that are as strong."""
    by_category: dict[str, list[Placed]] = {}
    for placed in found:
        by_category.setdefault(placed[0].category, []).append(placed)
    return [_strongest(same, stream, views) for same in by_category.values()]


def _strongest(found: list[Placed], stream: Stream, views: TextViews) -> Finding:
    best, _ = max(found, key=lambda placed: (placed[0].level, placed[0].score))
    hits = {(hit.start, hit.end) for finding, own in found if finding.level == best.level for hit in own}
    spans: dict[Span, None] = {}
    for start, end in sorted(hits):
        spans[views.original_span("folded", *stream.folded_span(start, end))] = None
        if len(spans) == MAX_SPANS:
            break
    return replace(best, spans=tuple(sorted(spans)))


def _strongest_first(found: list[Finding]) -> list[Finding]:
    order = {category: place for place, category in enumerate(_ORDER)}
    return sorted(found, key=lambda finding: (-finding.level, order.get(finding.category, len(order))))


def _raised(sub: Submission, found: list[Finding]) -> list[Finding]:
    """Raise the strongest finding where the author's last days give it more weight. Never lower."""
    if not found or found[0].level not in (1, 2) or found[0].subject != "self":
        return found
    first = found[0]
    recent = [text for text in sub.author.recent if sub.now - text.posted_at <= HISTORY_WINDOW]
    worried = any(text.support_level >= 2 for text in recent)
    urgent = any(text.support_level == 3 and sub.now - text.posted_at <= EMERGENCY_WINDOW for text in recent)
    level = _with_history(first, worried=worried, urgent=urgent)
    if level == first.level:
        return found
    says = f"{first.explanation} Earlier posts of the last days give it more weight."
    return [replace(_at_level(first, level), explanation=says), *found[1:]]


def _with_history(first: Finding, *, worried: bool, urgent: bool) -> int:
    """Return the level a finding is worth after the author's last days: they are a second reader of broad words."""
    spoken = speaks_of(first)
    if spoken == MARKED_FROM and urgent and first.category in _DESPAIR:
        return spoken + 1
    if worried and first.level == 1 and first.category in _RAISED_BY_HISTORY:
        return first.level + 1
    return spoken if worried else first.level
