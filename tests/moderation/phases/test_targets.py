"""At whom? Sentence by sentence: a member, a group, oneself, a substance, somebody told about, or nobody."""

from __future__ import annotations

import pytest

from forum.moderation.phases.normalise import views_of
from forum.moderation.phases.targets import aims_of, is_at_others, is_at_self
from forum.moderation.verdict import Place

HERE = Place(handles=frozenset({"late_heron", "corner_shop"}), reply_to_handle="late_heron")
NOWHERE = Place()

KINDS = [
    ("you are such an idiot", "member"),
    ("i hate you, you pathetic junkie", "member"),
    ("nobody wants you here", "member"),
    ("just go die already", "member"),
    ("late_heron is a fraud", "member"),
    ("hope they take your kids off you, scum", "member"),
    ("you make me sick", "member"),
    ("only an idiot like you would say that", "member"),
    ("you are not an alcoholic, you are just a selfish bitch", "member"),
    ("immigrants are scum", "group"),
    ("typical faggots ruining it", "group"),
    ("you people are a bunch of losers", "member"),
    ("i am such a fucking idiot", "self"),
    ("i hate myself", "self"),
    ("my stupid brain wants a drink", "self"),
    ("he is an asshole", "third_party"),
    ("she called him a liar in court", "reported"),
    ("the police are useless", "institution"),
    ("fuck you alcohol", "substance"),
    ("screw you, cravings, you liar", "substance"),
    ("i hate this disease", "substance"),
    ("he told me to go die", "reported"),
    ("my ex said you are a worthless junkie", "reported"),
    ("like i said, you are a moron", "member"),
    ('"you are a worthless junkie"... fourteen years of that', "reported"),
    ("> you are a moron", "reported"),
    ("you are not an idiot", "supportive"),
    ("do not call yourself a failure", "supportive"),
    ("you absolute fucking legend", "supportive"),
    ("we love every one of you idiots", "supportive"),
    ("coffee is on", "none"),
    ("what a stupid mess", "none"),
]


@pytest.mark.parametrize(("text", "kind"), KINDS)
def test_whom_a_sentence_is_aimed_at(text: str, kind: str) -> None:
    place = Place(handles=HERE.handles)
    assert kind in [aim.kind for aim in aims_of(views_of(text), place)]


ATTACKS = [
    "you are a joke. i am telling you as a friend",
    "i am having a bad day. shut up, you moron",
    "you killed him, you were supposed to be his friend, you disgusting person",
]
NO_ATTACKS = [
    "i am an idiot. thank you all for listening",
    "my boss is a moron. how are you all today",
    "he screamed that i am a worthless mother. you were so kind yesterday",
    "fuck you vodka. you lot are lovely",
    "dear wine, you were a liar. you made me hate myself. we are done",
    "i feel pathetic. you are all so far ahead of me",
]


@pytest.mark.parametrize("text", ATTACKS)
def test_one_sentence_at_somebody_is_enough(text: str) -> None:
    assert is_at_others(aims_of(views_of(text), NOWHERE))


@pytest.mark.parametrize("text", NO_ATTACKS)
def test_a_kind_you_beside_hard_words_elsewhere_is_no_attack(text: str) -> None:
    assert not is_at_others(aims_of(views_of(text), NOWHERE))


def test_quoting_the_post_one_answers_is_not_saying_it() -> None:
    said = "you are a pathetic junkie and always will be"
    place = Place(quoted=said)
    aims = aims_of(views_of(said + "\nwho talks like that"), place)
    assert aims[0].kind == "reported"
    assert not is_at_others(aims)


def test_a_short_reply_of_one_name_is_for_whom_it_answers() -> None:
    assert is_at_others(aims_of(views_of("absolute clown"), HERE))
    assert not is_at_others(aims_of(views_of("absolute clown"), NOWHERE))


def test_self_insult_is_noticed() -> None:
    assert is_at_self(aims_of(views_of("i am a worthless piece of shit"), NOWHERE))
    assert not is_at_self(aims_of(views_of("you are a worthless piece of shit"), NOWHERE))


def test_a_text_of_nothing_but_quotation_is_read() -> None:
    assert is_at_others(aims_of(views_of('"you are a moron"'), NOWHERE))


def test_sentences_point_into_the_folded_text() -> None:
    views = views_of("hi there. you're an idiot")
    second = aims_of(views, NOWHERE)[1]
    assert views.folded[slice(*second.sentence)] == "you are an idiot"
