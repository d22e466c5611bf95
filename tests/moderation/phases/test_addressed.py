"""To whom a sentence speaks, whatever it says."""

from __future__ import annotations

import pytest

from forum.moderation.phases.addressed import addressed
from forum.moderation.phases.normalise import views_of
from forum.moderation.verdict import Place

NOWHERE = Place()


def speaks(text: str, place: Place = NOWHERE) -> bool:
    return bool(addressed(views_of(text), place))


@pytest.mark.parametrize(
    "text",
    [
        "You're the before picture that never got an after.",
        "you keep saying you want to die. spare us the speeches",
        "u look like what u smoke",
        "just end it and spare us the daily bulletin",
        "have another drink sunshine",
        "@gull_and_anchor stop pretending to cry",
        "lads, let's all downvote everything she writes",
        "Sit down, little girl.",
        "dying would suit some people",
        "Who let this clown back in?",
        "scum.",
        'He told me I was worthless. And you, "Dave", are no better.',
    ],
)
def test_it_speaks_to_somebody(text: str) -> None:
    assert speaks(text)


@pytest.mark.parametrize(
    "text",
    [
        "I was such an idiot last night and I know it",
        "he told me you are nothing without me, and I believed it",
        'My mum wrote "you are the ruin of this house" on my door',
        "> you are a waste of space",
        "Dear alcohol. You took my marriage and I hate it",
        "fuck you vodka, I have a nephew to meet",
        "my dad was a bully and I hope he rots where I left him",
    ],
)
def test_it_speaks_to_nobody_here(text: str) -> None:
    assert not speaks(text)


def test_a_handle_of_the_thread_is_somebody() -> None:
    text = "I have read what late_heron wrote and I have never been so bored in all my life, honestly never"
    assert speaks(text, Place(handles=frozenset({"late_heron"})))
    assert not speaks(text)


def test_the_post_replied_to_is_not_said_again() -> None:
    said = "you will never get better and everyone knows it"
    assert not speaks(said, Place(quoted=said))


def test_the_sentence_is_named() -> None:
    text = "I had a bad day. You never had a good one."
    views = views_of(text)
    assert [text[slice(*views.original_span("folded", *span))] for span in addressed(views, NOWHERE)] == [
        "You never had a good one"
    ]


@pytest.mark.alone
def test_eight_thousand_characters_of_you_take_no_time() -> None:
    from time import process_time

    started = process_time()
    speaks("you " * 2000)
    speaks('"' * 8000)
    speaks("@" * 8000)
    assert process_time() - started < 1.0
