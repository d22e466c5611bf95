"""Cruelty: what rules see without a model, what models add, and what neither may touch."""

from __future__ import annotations

import pytest

from forum.moderation.phases.normalise import views_of
from forum.moderation.phases.toxicity import run
from forum.moderation.verdict import LABELS, Finding, Place, Scores, Submission

OFF = Scores(scorer="off", labels={})
HERE = Place(handles=frozenset({"late_heron"}), reply_to_handle="late_heron")


def embedded(toxicity: float, crisis: float | None = None, **labels: float) -> Scores:
    values = dict.fromkeys(LABELS, 0.0) | {"toxicity": toxicity, "insult": toxicity} | labels
    return Scores(scorer="embedded", labels=values, embedded=values, crisis=crisis, version="m1")


def detoxify(toxicity: float, beside: float | None = None, **labels: float) -> Scores:
    values = dict.fromkeys(LABELS, 0.0) | {"toxicity": toxicity, "insult": toxicity} | labels
    other = None if beside is None else dict.fromkeys(LABELS, 0.0) | {"toxicity": beside, "insult": beside}
    return Scores(scorer="detoxify", labels=values, embedded=other, version="d1")


def found(text: str, scores: Scores = OFF, place: Place = HERE) -> dict[tuple[str, str], Finding]:
    sub = Submission(text, place=place)
    return {(finding.code, finding.rule): finding for finding in run(sub, views_of(text), scores, ())}


def codes(text: str, scores: Scores = OFF, place: Place = HERE) -> set[str]:
    return {code for code, _ in found(text, scores, place)}


INCITEMENT = [
    "go die, nobody wants you here, late_heron",
    "kys",
    "just kill yourself already, nobody on here likes you",
    "K1ll y0urself",
    "do us all a favour and overdose",
    "i hope your next hit kills you",
    "you should have been aborted",
    "k y s loser",
]
NO_INCITEMENT = [
    "he told me to go die and i still hear it",
    "please don't kill yourself. ring somebody",
    "someone in my dms told me to kys",
    "the voices say kill yourself and i am scared",
    "i want to die",
    "cut yourself some slack",
    'she wrote "kill yourself" under my photo',
]


@pytest.mark.parametrize("text", INCITEMENT)
def test_incitement_is_held_at_top_severity_without_any_model(text: str) -> None:
    findings = [one for one in found(text).values() if one.code == "toxic_incitement"]
    assert findings
    assert (findings[0].severity, findings[0].mode, findings[0].subject) == ("max", "hold", "other")


@pytest.mark.parametrize("text", NO_INCITEMENT)
def test_telling_about_incitement_and_warding_it_off_is_not_incitement(text: str) -> None:
    assert "toxic_incitement" not in codes(text)


def test_threats_need_somebody_threatened() -> None:
    assert "threat_words" in codes("i know where you live and i will smash your face in")
    assert "threat_words" not in codes("my sponsor is going to kill me when he hears")
    assert "threat_words" not in codes("i could kill for a coffee")


def test_a_member_named_and_called_something() -> None:
    assert ("targeted_abuse", "abuse_by_handle") in found("late_heron is just a pathetic fraud")
    assert ("targeted_abuse", "abuse_by_handle") not in found("late_heron is a star")


def test_kind_sentences_excuse_insults_but_not_incitement() -> None:
    assert "targeted_abuse" not in codes("love you, you are such an idiot, proud of you")
    assert "toxic_incitement" in codes("thanks for nothing, go die")


class TestModels:
    def test_at_a_person_it_is_abuse_with_the_score(self) -> None:
        finding = found("you really are something, you know that", embedded(0.91))[("abuse", "embedded")]
        assert (finding.score, finding.subject, finding.version) == (0.91, "other", "m1")

    def test_at_oneself_it_is_only_noted(self) -> None:
        finding = found("i am a worthless piece of shit", embedded(0.97))[("self_insult", "embedded")]
        assert (finding.subject, finding.severity) == ("self", "info")

    def test_at_nobody_it_names_nobody(self) -> None:
        assert found("what an ugly stupid mess", embedded(0.9), Place())[("abuse", "embedded")].subject == "none"

    def test_swearing_is_swearing(self) -> None:
        found_here = found("holy shit what a fucking day", embedded(0.9, insult=0.1))
        assert found_here[("profanity", "embedded")].severity == "info"

    def test_low_scores_are_not_recorded(self) -> None:
        assert codes("you never said that", embedded(0.39)) == set()

    def test_a_threat_score_counts_only_at_another(self) -> None:
        scores = embedded(0.9, threat=0.9)
        assert ("threat", "embedded") in found("you wait, you piece of dirt", scores)
        assert ("threat", "embedded") not in found("i will destroy myself, i am a failure", scores)

    def test_both_models_are_reported_side_by_side(self) -> None:
        both = found("you utter waste", detoxify(0.7, beside=0.45))
        assert both[("abuse", "detoxify")].score == 0.7
        assert both[("abuse", "embedded")].score == 0.45
        assert ("insult", "detoxify") not in both

    def test_detoxify_alone_reports_its_labels(self) -> None:
        alone = found("you utter waste", detoxify(0.95, identity_attack=0.5))
        assert {("insult", "detoxify"), ("identity_attack", "detoxify")} <= alone.keys()
        assert ("severe_toxicity", "detoxify") not in alone

    def test_an_embedded_scorer_may_speak_through_the_labels_only(self) -> None:
        labels = dict.fromkeys(LABELS, 0.9)
        assert ("abuse", "embedded") in found("you again, you clown", Scores(scorer="embedded", labels=labels))


class TestDistress:
    def test_own_pain_beside_cruelty_is_said(self) -> None:
        assert "own_pain" in codes("fuck you all and your advice, i hate myself, i am such a failure", embedded(0.9))

    def test_a_crisis_score_counts_with_a_first_person(self) -> None:
        assert "own_pain" in codes("shut the fuck up, leave me alone", embedded(0.9, crisis=0.8))

    def test_a_crisis_score_of_incitement_does_not(self) -> None:
        assert "own_pain" not in codes("just kill yourself already", embedded(0.99, crisis=0.9))

    def test_pain_without_cruelty_is_none_of_this_phase(self) -> None:
        assert codes("i hate myself and i can't cope", embedded(0.1, crisis=0.9)) == set()


def test_spans_show_the_sentence() -> None:
    text = "Morning all. You're a pathetic liar"
    finding = found(text, embedded(0.95))[("abuse", "embedded")]
    assert [text[start:end] for start, end in finding.spans] == ["You're a pathetic liar"]
