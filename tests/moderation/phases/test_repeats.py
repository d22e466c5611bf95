"""Copies: near-equal texts meet, short ones never do, and only waves are held."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from forum.moderation.phases.history import run as history
from forum.moderation.phases.normalise import views_of
from forum.moderation.phases.repeats import fingerprint, run
from forum.moderation.verdict import Author, RecentText, Submission

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
OFFER = "Cheap meds delivered anywhere, quality guaranteed, friendly service, write to bob_4711 or ring 07700 900123"


def submission(text: str, *ages: float, surface: str = "post", trust: int = 1, others: int = 0) -> Submission:
    """A text by somebody who posted the same `ages` seconds ago."""
    recent = tuple(RecentText(fingerprint(text), NOW - timedelta(seconds=age)) for age in ages)
    return Submission(
        text,
        surface,  # type: ignore[arg-type]
        author=Author(trust=trust, recent=recent),
        now=NOW,
        same_digest_authors=others,
    )


def found(sub: Submission) -> list[tuple[str, str]]:
    return [(finding.code, finding.mode) for finding in run(sub, views_of(sub.text))]


class TestFingerprint:
    def test_case_spacing_numbers_and_names_do_not_matter(self) -> None:
        other = "CHEAP  meds delivered anywhere!!! quality guaranteed, friendly service; write to jim_99 07700 900999"
        assert fingerprint(OFFER) == fingerprint(other) != ""

    def test_other_texts_differ(self) -> None:
        assert fingerprint(OFFER) != fingerprint(
            "Yesterday evening somebody brought flowers because seven months passed quietly"
        )

    def test_what_everybody_says_has_none(self) -> None:
        for text in ("", "thank you all so much", "day 30 today!", "good morning everyone", "🎉🎉🎉"):
            assert fingerprint(text) == ""


class TestAgain:
    def test_a_second_copy_is_a_slip(self) -> None:
        assert found(submission(OFFER, 60)) == [("same_text_again", "flag")]

    def test_a_third_copy_is_held(self) -> None:
        assert found(submission(OFFER, 60, 90)) == [("same_text_again", "hold")]

    def test_after_five_minutes_it_is_forgotten(self) -> None:
        assert found(submission(OFFER, 301)) == []

    def test_short_texts_never_count(self) -> None:
        assert found(submission("thank you all so much", 10, 20, 30)) == []


class TestManyAccounts:
    def test_the_third_account_is_held(self) -> None:
        assert found(submission(OFFER, others=1)) == []
        assert found(submission(OFFER, others=2)) == [("many_accounts", "hold")]

    def test_a_daily_pledge_is_not_a_wave(self) -> None:
        assert found(submission("IWNDWYT, have a good day", others=12)) == []


class TestFlood:
    AGES = tuple(range(5, 75, 10))  # seven texts in the last two minutes

    def test_the_eighth_text_in_two_minutes_is_noted(self) -> None:
        assert found(submission("short", *self.AGES)) == [("flood", "flag")]
        assert found(submission("short", *self.AGES[1:])) == []

    def test_new_members_are_held(self) -> None:
        assert found(submission("short", *self.AGES, trust=0)) == [("flood", "hold")]

    def test_a_live_room_talks_faster(self) -> None:
        assert found(submission("short", *self.AGES, surface="chat")) == []
        assert found(submission("short", *range(1, 15), surface="chat")) == [("flood", "flag")]


def test_history_is_context_and_never_a_signal() -> None:
    sub = Submission("hello", author=Author(accepted_posts=0, age_hours=1, removals_7d=3))
    findings = history(sub, views_of("hello"))
    assert [finding.code for finding in findings] == ["first_posts", "new_account", "recent_removals"]
    assert {finding.severity for finding in findings} == {"info"}
    assert history(Submission("hello"), views_of("hello")) == []
