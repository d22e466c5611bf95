"""House rules as a forum runs them: modes, own phrases, trials on older texts, falling back when people disagree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from forum.core.db import db
from forum.core.errors import BadInput, Conflict, Forbidden, NotFound
from forum.moderation import agreement, rule_trials, rulebook, subjects
from forum.moderation.decide import decide
from forum.moderation.models import AuditEntry, Case, CaseSignal, OwnRuleRow
from forum.moderation.phases.rules_own import folded_phrase
from forum.moderation.pipeline import screen
from forum.moderation.subjects import WrittenText
from forum.moderation.verdict import Finding, HouseRules, OwnRule, Submission
from tests.moderation.conftest import Cast

OFFER = "selling 20 xanax bars, £2 each, message me on telegram"


class Shelf:
    """Texts in memory, read in order of id as a feature's table is."""

    def __init__(self, texts: Sequence[WrittenText]) -> None:
        self.texts = texts

    def count(self, since: datetime) -> int:
        return len(self.texts)

    def read(self, since: datetime, after_id: int, limit: int) -> Sequence[WrittenText]:
        return [text for text in self.texts if text.target_id > after_id][:limit]


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    texts = [
        WrittenText("note", 1, "day nine, tea and a crossword"),
        WrittenText("note", 2, "try Bluebell  Tonic, it cured me", taken_down=True),
        WrittenText("note", 3, "BLUEBELL tónic is what I drank the night I wanted to die", support_level=2),
        WrittenText("note", 4, "bluebells in the wood, and a tonic water"),
    ]
    before = dict(subjects._sources)
    subjects._sources.clear()
    subjects.register_texts("note", Shelf(texts))
    yield Shelf(texts)
    subjects._sources.clear()
    subjects._sources.update(before)


def modes_of(text: str, house: HouseRules) -> set[tuple[str, str]]:
    verdict = screen(replace(Submission(text), house=house), None, deadline_seconds=0)
    return {(one.rule, one.mode) for one in verdict.findings if one.phase == "community_rules"}


# ── Modes ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_forum_s_own_mode_wins_over_the_shipped_one() -> None:
    shipped = {rule for rule, mode in modes_of(OFFER, HouseRules()) if mode == "hold"}
    assert shipped
    on_trial = HouseRules(modes=dict.fromkeys(shipped, "shadow"))
    assert {(rule, "shadow") for rule in shipped} <= modes_of(OFFER, on_trial)
    assert screen(replace(Submission(OFFER), house=on_trial), None, deadline_seconds=0).visibility == "live"
    assert modes_of(OFFER, HouseRules(modes=dict.fromkeys(shipped, "off"))).isdisjoint(shipped)


def test_no_mode_touches_the_crisis_check() -> None:
    everything_off = HouseRules(modes={rule.id: "off" for rule in rulebook.rules().rules})
    verdict = screen(Submission("i am going to kill myself tonight", house=everything_off), None, deadline_seconds=0)
    assert verdict.support_level == 3


def test_an_own_rule_is_on_trial_until_somebody_lets_it_speak() -> None:
    own = OwnRule("own_a", "It names a tonic that has hurt people here.", ("bluebell tonic",), "own.1")
    text = "try Blu3bell tonic"
    assert modes_of(text, HouseRules(own=(own,))) == {("own_a", "shadow")}
    held = screen(Submission(text, house=HouseRules({"own_a": "hold"}, (own,))), None, deadline_seconds=0)
    assert (held.visibility, held.lane, held.reason_code) == ("held", "T2", "own_rule")
    assert "it names a tonic that has hurt people here." in held.explanation


def test_an_own_rule_never_holds_back_somebody_in_danger() -> None:
    sub = Submission("x")
    found = [
        Finding("crisis", "ideation_active", level=2, category="ideation_active", subject="self"),
        Finding("community_rules", "own_rule", rule="own_a", mode="hold"),
    ]
    assert decide(sub, found).visibility == "limited"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("Bluebell  Tonic", "bluebell tonic"),
        ("send ~2 gift card*", "send ~2 gift card*"),
        ("Blüebell", "bluebell"),
    ],
)
def test_phrases_are_stored_as_texts_are_read(typed: str, stored: str) -> None:
    assert folded_phrase(typed) == stored


@pytest.mark.parametrize("typed", ["a", "~2 card", "card ~2", "(a+)+b", "x" * 90, "* *", "||"])
def test_expressions_and_tiny_phrases_are_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="A phrase is words"):
        folded_phrase(typed)


# ── Changing ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_new_rule_needs_a_finished_trial_of_this_form_before_it_speaks(
    cast: Cast, shelf: Shelf, now: datetime
) -> None:
    rule = rulebook.add_own(
        "It names a tonic that has hurt people here.", ["Bluebell Tonic", ""], actor=cast.lea, now=now
    )
    assert (rule.mode, rule.is_own, rule.phrases) == ("shadow", True, ("bluebell tonic",))
    with pytest.raises(Conflict):
        rulebook.set_mode(rule.id, "hold", actor=cast.lea, now=now)
    trial = rule_trials.start(rule.id, actor=cast.lea, now=now)
    assert (trial.state, trial.total) == ("running", 4)
    assert rule_trials.start(rule.id, actor=cast.lea, now=now).id == trial.id
    assert rule_trials.advance(now, seconds=5) == 4
    assert (trial.state, trial.done, trial.hits, trial.hits_taken_down, trial.hits_in_crisis) == ("done", 4, 2, 1, 1)
    assert trial.examples == [["note", 2], ["note", 3]]
    assert rulebook.set_mode(rule.id, "hold", actor=cast.lea, now=now).mode == "hold"
    assert rulebook.house_rules().modes[rule.id] == "hold"
    changed = rulebook.change_own(rule.id, rule.title, ["bluebell tea"], actor=cast.lea, now=now)
    assert (changed.mode, changed.version) == ("shadow", "own.2")
    with pytest.raises(Conflict):
        rulebook.set_mode(rule.id, "flag", actor=cast.lea, now=now)
    rulebook.remove_own(rule.id, actor=cast.lea, now=now)
    assert db.session.scalars(select(OwnRuleRow)).all() == []
    actions = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.seq)).all()
    assert actions == ["rule.added", "rule.trial", "rule.mode", "rule.changed", "rule.removed"]


def test_a_trial_stopped_in_the_middle_goes_on_where_it_was(
    cast: Cast, shelf: Shelf, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = rulebook.add_own("It names a tonic that hurts.", ["bluebell tonic"], actor=cast.lea, now=now)
    trial = rule_trials.start(rule.id, actor=cast.lea, now=now)
    monkeypatch.setattr(rule_trials, "BATCH", 1)
    read = [rule_trials.advance(now, seconds=1e-9) for _ in range(6)]
    assert read == [1, 1, 1, 1, 0, 0]
    assert (trial.state, trial.done, trial.hits) == ("done", 4, 2)


def test_a_trial_of_an_older_month_is_not_enough(cast: Cast, shelf: Shelf, now: datetime) -> None:
    rule = rulebook.add_own("It names a tonic that hurts.", ["bluebell tonic"], actor=cast.lea, now=now)
    rule_trials.start(rule.id, actor=cast.lea, now=now)
    rule_trials.advance(now, seconds=5)
    with pytest.raises(Conflict):
        rulebook.set_mode(rule.id, "flag", actor=cast.lea, now=now + timedelta(days=31))


def test_only_leads_change_rules_and_guarding_rules_hold_or_are_silent(cast: Cast, now: datetime) -> None:
    guarding = next(rule for rule in rulebook.list_rules() if rule.severity == "max")
    with pytest.raises(Forbidden):
        rulebook.set_mode(guarding.id, "shadow", actor=cast.mo, now=now)
    with pytest.raises(Forbidden):
        rule_trials.start(guarding.id, actor=cast.mo, now=now)
    with pytest.raises(BadInput):
        rulebook.set_mode(guarding.id, "flag", actor=cast.lea, now=now)
    with pytest.raises(NotFound):
        rulebook.set_mode("nothing", "off", actor=cast.lea, now=now)
    with pytest.raises(BadInput):
        rulebook.add_own("short", ["bluebell"], actor=cast.lea, now=now)


# ── Falling back ────────────────────────────────────────────────────────────────────────────────────────────────


def reviewed(cast: Cast, rule: str, outcomes: Sequence[str], at: datetime) -> None:
    """Store closed cases whose signal this rule wrote."""
    author = cast.member(f"Salt Marsh {at:%d%H}")
    for number, outcome in enumerate(outcomes):
        target = cast.note(author, "x")
        case = Case(
            target_type="note",
            target_id=target.id,
            author_id=author.id,
            lane=2,
            lane_reason="x",
            state="resolved",
            outcome=outcome,
            opened_at=at,
            queued_at=at,
            effective_at=at,
            due_first_at=at,
            due_resolve_at=at,
            resolved_at=at + timedelta(minutes=number),
            resolved_by_id=cast.mo.staff_id,
        )
        db.session.add(case)
        db.session.flush()
        db.session.add(
            CaseSignal(
                case_id=case.id,
                source="detector",
                detector="community_rules",
                label="x",
                mode="hold",
                matched_rule_ids=[rule],
                fingerprint=f"{rule}{number}{at}",
                created_at=at,
            )
        )
    db.session.flush()


@pytest.fixture
def holding() -> str:
    return next(rule.id for rule in rulebook.rules().rules if rule.mode == "hold" and rule.severity == "high")


def test_a_rule_people_rarely_agree_with_goes_back_on_trial_and_says_so(
    cast: Cast, holding: str, now: datetime
) -> None:
    reviewed(cast, holding, ["hidden"] * 14 + ["no_violation"] * 35, now)
    assert agreement.fall_back(now) == []  # forty-nine are not fifty
    reviewed(cast, holding, ["no_violation"], now + timedelta(hours=2))
    assert agreement.fall_back(now + timedelta(hours=3)) == [holding]
    rule = rulebook.get_listed(holding)
    assert (rule.mode, rule.fell_back, rule.agreed, rule.reviewed) == ("shadow", True, 14, 50)
    assert [one.id for one in rulebook.fallen_back(now)] == [holding]
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "rule.fell_back")).one()
    assert (entry.rule_ref, entry.from_state, entry.to_state) == (holding, "hold", "shadow")
    assert (entry.reason_code, entry.automated_decision) == ("agreed_14_of_50", True)
    assert agreement.fall_back(now + timedelta(hours=4)) == []


def test_only_the_newest_fifty_count_and_thirty_per_cent_are_enough(cast: Cast, holding: str, now: datetime) -> None:
    reviewed(cast, holding, ["no_violation"] * 60, now)
    reviewed(cast, holding, ["hidden"] * 15 + ["no_violation"] * 35 + ["duplicate"] * 5, now + timedelta(days=1))
    found = agreement.agreement()[holding]
    assert (found.agreed, found.reviewed, found.share) == (15, 50, 0.30)
    assert agreement.fall_back(now + timedelta(days=2)) == []


def test_a_rule_that_guards_children_goes_on_holding_and_is_named(cast: Cast, now: datetime) -> None:
    guarding = next(rule.id for rule in rulebook.rules().rules if rule.code == "minor_sexual")
    reviewed(cast, guarding, ["no_violation"] * 50, now)
    assert agreement.fall_back(now + timedelta(hours=1)) == [guarding]
    rule = rulebook.get_listed(guarding)
    assert (rule.mode, rule.fell_back) == ("hold", True)
    assert db.session.scalars(select(AuditEntry.action)).all() == ["rule.doubted"]
    assert agreement.fall_back(now + timedelta(hours=2)) == []
