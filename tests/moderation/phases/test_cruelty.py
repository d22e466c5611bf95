"""What the cruelty model may do: hold what speaks to somebody, ask people, and speak against word rules."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from forum.moderation.phases import cruelty, toxicity
from forum.moderation.phases.cruelty import LinesMissing, lines, read_lines
from forum.moderation.phases.normalise import views_of
from forum.moderation.pipeline import screen
from forum.moderation.verdict import LABELS, Author, Finding, Scores, Submission, Verdict

TO_SOMEBODY = "Your family escaped, they didn't leave."
OF_A_THIRD = "My sister's ex is a bully and I hope he reads this somewhere and feels it."
FOND = "I was half dead and you stubborn sods kept saving me a seat"
MEMBER = Author(trust=1, accepted_posts=10)


def scores(probability: float | None, toxic: float = 0.0, crisis: float | None = None) -> Scores:
    labels = dict.fromkeys(LABELS, 0.0) | {"toxicity": toxic, "insult": toxic}
    return Scores("embedded", labels, embedded=labels, crisis=crisis, version="m1", cruelty=probability)


class Says:
    """A scorer that always answers the same."""

    def __init__(self, answer: Scores) -> None:
        self.answer = answer

    def score(self, text: str, *, deadline_seconds: float) -> Scores:
        return self.answer


def found(text: str, answer: Scores) -> list[Finding]:
    sub = Submission(text, author=MEMBER)
    return cruelty.run(sub, views_of(text), answer)


def verdict(text: str, answer: Scores) -> Verdict:
    result = screen(Submission(text, author=MEMBER), Says(answer), deadline_seconds=1)
    assert result.failures == ()
    return result


HOLD, REVIEW, AGREE, EXCUSE = lines().hold, lines().review, lines().agree, lines().excuse


def test_the_lines_stand_in_order() -> None:
    assert 0 < EXCUSE < AGREE < REVIEW < HOLD < 1


class TestFinding:
    def test_over_the_hold_line_and_to_somebody_it_may_hold(self) -> None:
        (one,) = found(TO_SOMEBODY, scores(HOLD))
        assert (one.code, one.mode, one.subject, one.threshold) == ("cruelty", "hold", "other", HOLD)
        assert (one.score, one.version, one.rule) == (HOLD, lines().version, "cruelty")
        assert [TO_SOMEBODY[start:end] for start, end in one.spans] == [TO_SOMEBODY.rstrip(".")]
        assert one.explanation.endswith(".")

    def test_to_nobody_here_it_only_asks_people(self) -> None:
        (one,) = found(OF_A_THIRD, scores(0.999))
        assert (one.mode, one.subject, one.spans) == ("flag", "none", ())

    def test_between_the_lines_it_asks_people(self) -> None:
        (one,) = found(TO_SOMEBODY, scores(REVIEW))
        assert (one.mode, one.threshold) == ("flag", REVIEW)

    def test_below_it_says_nothing(self) -> None:
        assert found(TO_SOMEBODY, scores((AGREE + REVIEW) / 2)) == []

    def test_nearly_certain_of_nothing_it_doubts(self) -> None:
        (one,) = found(TO_SOMEBODY, scores(EXCUSE))
        assert (one.code, one.severity, one.threshold) == ("not_cruel", "info", EXCUSE)

    def test_without_the_model_it_is_silent(self) -> None:
        assert found(TO_SOMEBODY, scores(None)) == []

    def test_a_doubt_of_nothing_is_not_recorded(self) -> None:
        assert toxicity.run(Submission("good morning all"), views_of("good morning all"), scores(0.0), ()) == []


class TestVerdict:
    def test_contempt_without_a_hard_word_is_held(self) -> None:
        result = verdict(TO_SOMEBODY, scores(HOLD))
        assert (result.visibility, result.lane, result.reason_code) == ("held", "T2", "abuse")

    def test_unsure_it_stays_up_and_people_look(self) -> None:
        result = verdict(TO_SOMEBODY, scores(REVIEW))
        assert (result.visibility, result.lane) == ("live", "T3")

    def test_of_somebody_elsewhere_it_stays_up_and_people_look(self) -> None:
        result = verdict(OF_A_THIRD, scores(0.999))
        assert (result.visibility, result.lane) == ("live", "T3")

    def test_pain_of_the_author_keeps_it_up(self) -> None:
        result = verdict("You all make me sick. I hate myself and I can't cope.", scores(0.999))
        assert result.visibility == "live"
        assert result.lane in ("T1", "T2")

    def test_a_rule_it_doubts_pauses_nothing(self) -> None:
        assert verdict(FOND, scores(None)).visibility == "held"
        result = verdict(FOND, scores(EXCUSE))
        assert (result.visibility, result.lane) == ("live", "T3")

    def test_labels_it_doubts_pause_nothing(self) -> None:
        assert verdict("you again, in here", scores(None, toxic=0.9)).visibility == "held"
        assert verdict("you again, in here", scores(EXCUSE, toxic=0.9)).visibility == "live"

    def test_labels_alone_it_half_doubts_pause_nothing_but_rules_do(self) -> None:
        half = (AGREE + EXCUSE) / 2
        result = verdict("you again, in here", scores(half, toxic=0.9))
        assert (result.visibility, result.lane) == ("live", "T3")
        assert verdict(FOND, scores(half)).visibility == "held"

    def test_a_threat_it_doubts_pauses_nothing(self) -> None:
        text = "I'll be waiting outside the clinic with your coat"
        assert verdict(text, scores(None)).reason_code == "threat"
        assert verdict(text, scores(EXCUSE)).visibility == "live"

    def test_telling_somebody_to_die_is_never_excused(self) -> None:
        result = verdict("kys, nobody would mind", scores(0.0))
        assert (result.visibility, result.lane, result.reason_code) == ("held", "T1", "incitement")


@pytest.mark.parametrize("text", ["", "not json", "{}", json.dumps({"thresholds": {"hold": "?"}, "version": "1"})])
def test_a_manifest_without_lines_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(LinesMissing):
        read_lines(tmp_path / "manifest.json")


def test_a_missing_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LinesMissing):
        read_lines(tmp_path / "manifest.json")
