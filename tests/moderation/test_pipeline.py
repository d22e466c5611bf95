"""The pipeline: every phase runs, faults are written down and blame nobody, crisis comes first, late answers add."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from forum.moderation import pipeline
from forum.moderation.phases import (
    INLINE,
    SCORED,
    InlinePhase,
    ScoredPhase,
    crisis,
    crisis_lexicon,
    crisis_told,
    rules_files,
)
from forum.moderation.phases.normalise import views_of
from forum.moderation.pipeline import inline, problems, rescreen, screen
from forum.moderation.scoring.protocol import Reason, ScorerUnavailable
from forum.moderation.verdict import LABELS, Author, Finding, PhaseFailure, Place, Scores, Submission, Verdict

EMERGENCY = "i have the pills lined up on the table. not scared anymore"
BROAD = "my brother has blue lips and will not wake up"
CRUEL = "You really are something, you utter waste"


class Says:
    """A scorer that gives one answer, and remembers what it was asked."""

    def __init__(self, toxicity: float = 0.0, **more: float | None) -> None:
        labels = dict.fromkeys(LABELS, 0.0) | {"toxicity": toxicity, "insult": toxicity}
        detail = {"crisis_3": more["crisis_3"]} if more.get("crisis_3") is not None else {}
        self.answer = Scores("embedded", labels, labels, crisis=more.get("crisis"), version="m1", crisis_detail=detail)
        self.asked: list[tuple[str, float]] = []

    def score(self, text: str, *, deadline_seconds: float) -> Scores:
        self.asked.append((text, deadline_seconds))
        return self.answer


class Fails:
    """A scorer that raises."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def score(self, text: str, *, deadline_seconds: float) -> Scores:
        raise self.error


def verdict_of(text: str, scorer: pipeline.ScoresText | None = None, **author: object) -> Verdict:
    sub = Submission(text, author=Author(**author))  # type: ignore[arg-type]
    return screen(sub, scorer, deadline_seconds=1.0)


class TestOrder:
    def test_crisis_is_first_and_reads_nothing_but_the_text(self) -> None:
        assert INLINE[0].name == "crisis"
        assert INLINE[0].run is crisis.run

    def test_cruelty_is_judged_before_the_crisis_model_speaks(self) -> None:
        assert [phase.name for phase in SCORED] == ["toxicity", "semantic"]

    def test_every_phase_runs_on_every_text(self, monkeypatch: pytest.MonkeyPatch) -> None:
        ran: list[str] = []

        def noting(name: str) -> InlinePhase:
            return InlinePhase(name, lambda sub, views: ran.append(name) or [])  # type: ignore[func-returns-value]

        monkeypatch.setattr(pipeline, "INLINE", tuple(noting(phase.name) for phase in INLINE))
        verdict_of(EMERGENCY)
        assert ran == [phase.name for phase in INLINE]


class TestCrisis:
    @pytest.mark.parametrize("scorer", [None, Says(), Fails(ScorerUnavailable("dead")), Fails(RuntimeError("boom"))])
    def test_help_never_depends_on_the_scorer(self, scorer: pipeline.ScoresText | None) -> None:
        verdict = verdict_of(EMERGENCY, scorer)
        assert (verdict.visibility, verdict.support_level, verdict.lane) == ("live", 3, "T0")
        assert verdict.categories[0] == "plan_intent_means"

    @pytest.mark.parametrize("scorer", [None, Says(), Fails(ScorerUnavailable("dead")), Fails(RuntimeError("boom"))])
    def test_broad_words_of_an_emergency_call_people_where_no_model_read_them(
        self, scorer: pipeline.ScoresText | None
    ) -> None:
        verdict = verdict_of(BROAD, scorer)
        assert (verdict.visibility, verdict.support_level, verdict.lane) == ("live", 3, "T0")
        assert verdict.categories[0] == "overdose_now"

    def test_broad_words_call_people_unless_the_model_is_calm_and_show_the_card_even_then(self) -> None:
        assert verdict_of(BROAD, Says(crisis=0.2, crisis_3=0.2)).support_level == 3
        assert verdict_of(BROAD, Says(crisis=0.0, crisis_3=0.0)).support_level == 2

    def test_words_that_stand_in_every_lesson_show_the_card_when_the_model_agrees(self) -> None:
        lesson = "she stopped her benzos and is confused and hallucinating"
        assert verdict_of(lesson, None).support_level == 3
        assert verdict_of(lesson, Says(crisis=0.9, crisis_3=0.9)).support_level == 3
        assert verdict_of(lesson, Says(crisis=0.9, crisis_3=0.0)).support_level == 2
        assert verdict_of(lesson, Says(crisis=0.0, crisis_3=0.0)).support_level == 1

    def test_broad_words_count_in_full_in_a_text_no_model_will_read(self) -> None:
        found = pipeline.inline(Submission(BROAD))
        assert max(finding.level for finding in found.findings) == 2
        assert max(finding.level for finding in found.unread) == 3

    def test_broad_words_call_people_where_the_phase_of_the_model_breaks(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(*_: object) -> list[Finding]:
            raise ValueError

        rest = tuple(phase for phase in SCORED if phase.name != "semantic")
        monkeypatch.setattr(pipeline, "SCORED", (*rest, ScoredPhase("semantic", broken)))
        assert verdict_of(BROAD, Says(crisis=0.0, crisis_3=0.0)).support_level == 3

    @pytest.mark.parametrize(
        "author", [{"is_staff": True, "trust": 3}, {"trust": 0, "accepted_posts": 0}, {"removals_7d": 9}]
    )
    def test_nobody_is_exempt_and_nobody_is_silenced(self, author: dict[str, object]) -> None:
        verdict = verdict_of(EMERGENCY, None, **author)
        assert (verdict.visibility, verdict.support_level, verdict.lane) == ("live", 3, "T0")

    @pytest.mark.parametrize("surface", ["post", "title", "chat", "conversation", "profile", "check_in", "report"])
    def test_every_surface_is_read(self, surface: str) -> None:
        verdict = screen(Submission(EMERGENCY, surface), None, deadline_seconds=1)  # type: ignore[arg-type]
        assert verdict.support_level == 3

    def test_other_phases_failing_do_not_take_it_away(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(*_: object) -> list[Finding]:
            raise ValueError(EMERGENCY)

        rest = tuple(InlinePhase(phase.name, broken) for phase in INLINE[1:])
        monkeypatch.setattr(pipeline, "INLINE", (INLINE[0], *rest))
        monkeypatch.setattr(pipeline, "SCORED", tuple(ScoredPhase(phase.name, broken) for phase in SCORED))
        verdict = verdict_of(EMERGENCY)
        assert verdict.support_level == 3
        assert verdict.scan_state == "pending"
        assert {failure.phase for failure in verdict.failures} == {p.name for p in (*INLINE[1:], *SCORED)}


class TestFaults:
    def test_a_fault_is_named_by_its_class_and_never_quotes_the_text(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(sub: Submission, _: object) -> list[Finding]:
            raise KeyError(sub.text)

        monkeypatch.setattr(pipeline, "INLINE", (InlinePhase("repeats", broken),))
        verdict = verdict_of("my secret words")
        assert verdict.failures == (PhaseFailure("repeats", "KeyError"),)
        assert "secret" not in repr(verdict)

    def test_a_fault_is_no_guilt(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(*_: object) -> list[Finding]:
            raise OSError

        monkeypatch.setattr(pipeline, "INLINE", tuple(InlinePhase(phase.name, broken) for phase in INLINE))
        verdict = verdict_of("good morning", Fails(ScorerUnavailable("dead")), trust=0, accepted_posts=5)
        assert (verdict.visibility, verdict.lane, verdict.findings) == ("live", None, ())
        assert verdict.scan_state == "pending"

    def test_a_missing_lexicon_is_a_failure_and_makes_the_pipeline_unready(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(crisis, "lexicon", lambda: crisis_lexicon.load(tmp_path))
        verdict = verdict_of(EMERGENCY)
        assert PhaseFailure("crisis", "LexiconError") in verdict.failures
        assert verdict.scan_state == "pending"
        assert [sentence for sentence in problems() if "crisis" in sentence]

    def test_missing_rules_are_failures_of_the_phases_that_need_them(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        rules = "forum.moderation.phases.community_rules.active_rules"
        monkeypatch.setattr(rules, lambda _phase, _house: rules_files.load(tmp_path))
        assert PhaseFailure("community_rules", "RulesError") in verdict_of("hello").failures
        assert problems() == ("The community_rules check fails: RulesError.",)

    def test_a_broken_normaliser_still_leaves_a_verdict(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(_: str) -> object:
            raise RecursionError

        monkeypatch.setattr(pipeline, "views_of", broken)
        verdict = verdict_of("I am going to kill myself tonight")
        assert PhaseFailure("normalise", "RecursionError") in verdict.failures
        assert verdict.visibility == "live"

    def test_it_is_ready_as_shipped(self) -> None:
        assert problems() == ()


class TestScorer:
    def test_scores_reach_the_decision(self) -> None:
        verdict = verdict_of(CRUEL, Says(0.95))
        assert (verdict.visibility, verdict.reason_code, verdict.scorer, verdict.scan_state) == (
            "held",
            "abuse",
            "embedded",
            "done",
        )

    def test_it_is_asked_for_the_whole_text_within_the_deadline(self) -> None:
        scorer = Says()
        screen(Submission("hello"), scorer, deadline_seconds=0.6)
        assert scorer.asked == [("hello", 0.6)]

    @pytest.mark.parametrize("reason", ["late", "dead", "busy", "loading", "garbage", "failed"])
    def test_without_an_answer_the_text_goes_on_and_is_looked_at_again(self, reason: Reason) -> None:
        verdict = verdict_of(CRUEL, Fails(ScorerUnavailable(reason)))
        assert (verdict.visibility, verdict.scorer, verdict.scan_state) == ("live", "off", "pending")
        assert verdict.failures == (PhaseFailure("scorer", f"ScorerUnavailable:{reason}"),)

    @pytest.mark.parametrize("scorer", [None, Fails(ScorerUnavailable("off"))])
    def test_a_forum_without_models_by_choice_waits_for_nothing(self, scorer: pipeline.ScoresText | None) -> None:
        verdict = verdict_of("good morning", scorer)
        assert (verdict.scan_state, verdict.failures, verdict.scorer) == ("done", (), "off")

    def test_any_other_error_is_written_down_by_name(self) -> None:
        assert verdict_of("hi", Fails(BrokenPipeError("x"))).failures == (PhaseFailure("scorer", "BrokenPipeError"),)

    @pytest.mark.parametrize(
        "labels",
        [{"toxicity": float("nan")}, {"toxicity": 1.5}, {"toxicity": -0.1}, {"unheard_of": 0.5}, {"toxicity": "high"}],
    )
    def test_garbage_judges_nobody(self, labels: dict[str, float]) -> None:
        scorer = Says()
        scorer.answer = replace(scorer.answer, labels=labels)
        verdict = verdict_of(CRUEL, scorer)
        assert verdict.visibility == "live"
        assert verdict.scan_state == "pending"
        assert verdict.failures[0].phase == "scorer"

    def test_blank_texts_are_not_sent(self) -> None:
        scorer = Says()
        verdict = screen(Submission(" \n "), scorer, deadline_seconds=1)
        assert (scorer.asked, verdict.visibility, verdict.scan_state) == ([], "live", "done")


class TestRescreen:
    SUB = Submission(CRUEL)

    def test_a_late_hit_is_added(self) -> None:
        before = screen(self.SUB, Fails(ScorerUnavailable("late")), deadline_seconds=1)
        after = rescreen(self.SUB, Says(0.95), before=before)
        assert (before.visibility, after.visibility, after.lane, after.scan_state) == ("live", "held", "T2", "done")

    def test_a_late_all_clear_releases_nothing(self) -> None:
        before = replace(screen(self.SUB, None, deadline_seconds=1), visibility="held", lane="T2", reason_code="abuse")
        after = rescreen(self.SUB, Says(0.0), before=before)
        assert (after.visibility, after.lane, after.reason_code) == ("held", "T2", "abuse")

    def test_without_an_earlier_verdict_it_is_a_verdict(self) -> None:
        assert rescreen(self.SUB, Says(0.95)).visibility == "held"


class TestTheFirstRealThings:
    """Sentences this forum was built around."""

    HERE = Place(handles=frozenset({"late_heron"}), reply_to_handle="late_heron")

    def test_go_die_is_held_with_a_reason_and_the_scorer_off(self) -> None:
        verdict = screen(
            Submission("go die, nobody wants you here, late_heron", place=self.HERE), None, deadline_seconds=1
        )
        assert (verdict.visibility, verdict.lane, verdict.reason_code) == ("held", "T1", "incitement")
        assert verdict.explanation

    def test_swearing_at_oneself_opens_no_case(self) -> None:
        verdict = verdict_of("I'm such a f***ing idiot, 3 days clean", Says(0.97))
        assert (verdict.visibility, verdict.lane) == ("live", None)

    def test_a_canary_number_is_held_with_a_masked_offer(self) -> None:
        verdict = verdict_of("lonely tonight, ring me on 07700 900123")
        assert (verdict.visibility, verdict.lane) == ("held", "T2")
        assert verdict.masked_text == "lonely tonight, ring me on [removed]"

    def test_in_crisis_the_number_is_covered_and_the_post_is_live(self) -> None:
        verdict = verdict_of("i want to die. ring me on 07700 900123")
        assert (verdict.visibility, verdict.lane) == ("live", "T1")
        assert verdict.masked_text == "i want to die. ring me on [removed]"

    def test_a_first_post_is_shown_and_welcomed(self) -> None:
        verdict = verdict_of("hello everyone, day one", None, trust=0, accepted_posts=0)
        assert (verdict.visibility, verdict.lane) == ("live", "T3")


ADVERSARIAL = {
    "digits": "1 ",
    "phones": "07700 ",
    "number words": "one two ",
    "at signs": "a@",
    "dots": "a.",
    "dashes": "a-",
    "streets": "12 elm ",
    "accounts": "GB12 ",
    "platforms": "insta ",
    "links": "www.a",
    "quotes": "\"a '",
    "drugs": "selling coke dm me ",
    "you are": "you are such a ",
    "you": "you ",
    "fuck": "fuck ",
    "i want": "i want to ",
    "masks": "f*c* k1l* ",
    "one word": "x",
    "brackets": "([{",
    "lines": "> a\n",
    "blanks": " ",
    "emoji": "❄",
    "marks": "e\u0301",
    "surrogates": "\ud800",
}


@pytest.mark.alone
@pytest.mark.parametrize("piece", ADVERSARIAL.values(), ids=ADVERSARIAL.keys())
def test_eight_thousand_characters_of_anything_take_linear_time(piece: str) -> None:
    whole = (piece * 8000)[:8000]
    here = TestTheFirstRealThings.HERE
    sub, half = Submission(whole, place=here), Submission(whole[:4000], place=here)
    assert problems() == ()  # everything loaded
    took, half_took = 9.0, 9.0
    for _ in range(5):  # in turn, so that a slow moment of the machine meets both
        took, half_took = min(took, _seconds(sub)), min(half_took, _seconds(half))
    assert took < 0.75
    # Twice the text may take twice the time, with room for noise; quadratic growth would take four times.
    assert took < 0.1 or took < 3.2 * half_took


def _seconds(sub: Submission) -> float:
    """Return the seconds of this thread: what else the machine does is not the text's doing."""
    started = time.thread_time()
    screen(sub, None, deadline_seconds=1)
    return time.thread_time() - started


def test_numbers_of_told_danger_that_are_missing_are_a_problem_said_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crisis_told, "FOLDER", tmp_path)
    crisis_told.reader.cache_clear()
    found = problems()
    monkeypatch.undo()
    crisis_told.reader.cache_clear()
    assert len(found) == 1
    assert found[0].startswith("Told danger is not told apart, so more cards are shown: ")
    assert problems() == ()


def test_longer_texts_are_cut_not_refused() -> None:
    assert inline(Submission("a " * 10_000)).views.original == "a " * 4_000


def test_views_are_those_of_the_text() -> None:
    assert inline(Submission("Héllo")).views == views_of("Héllo")
