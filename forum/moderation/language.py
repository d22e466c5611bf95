"""Guess which language a text is in, to see whether rules made for English judge other languages unfairly.

Kept with a decision, shown only in numbers of ten and more; nothing else depends on it. Small words tell European
languages apart, letters the others; a text that says too little is "und" (undetermined).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

from forum.moderation.subjects import has_subject, subject_of

if TYPE_CHECKING:
    from forum.moderation.models import Case

UNKNOWN = "und"
LEAST_WORDS = 3
"""So many small words of one language, and more than of any other, make a guess."""
READ_CHARS = 2000
_WORDS = re.compile(r"[^\W\d_]+")
_SMALL = {
    "en": "the and i to of a it is that was for my have not but you with be this me so just they what at he she we",
    "es": "el la de que y los las un una por con para no es está pero más como me mi yo muy hay esto cuando todo",
    "fr": "le la les de des et je ne pas que qui un une est dans pour mais avec sur moi mon ma ça j c n plus tout",
    "de": "der die das und ich nicht ist es ein eine zu mit auf aber mir mich habe bin wie so den dem auch noch wenn",
    "it": "il lo la che di e non un una per con sono è ma mi mio mia più anche come questo quando ho gli della",
    "pt": "o a os as de que e não um uma para com é mas eu me meu minha muito por isso mais como quando do da",
    "nl": "de het een en ik niet is van dat te op met maar mij mijn ook voor zijn heb ben wat als nog hij ze",
    "pl": "i nie się w na że to jest z do jak ale mi mnie co już tak po mam jestem czy dla przez tylko",
}
_BY_WORD: dict[str, list[str]] = {}
for _code, _text in _SMALL.items():
    for _word in _text.split():
        _BY_WORD.setdefault(_word, []).append(_code)
_SCRIPTS = {
    "CYRILLIC": "und-Cyrl", "ARABIC": "und-Arab", "HEBREW": "und-Hebr", "GREEK": "el", "DEVANAGARI": "und-Deva",
    "CJK": "und-Hani", "HIRAGANA": "ja", "KATAKANA": "ja", "HANGUL": "ko", "THAI": "th",
}  # fmt: skip


def guess(text: str) -> str:
    """Return a BCP 47 code of at most eight characters."""
    words = [word.casefold() for word in _WORDS.findall(text[:READ_CHARS])]
    script = _script_of("".join(words))
    if script:
        return script
    seen = Counter(code for word in words for code in _BY_WORD.get(word, ()))
    ranked = seen.most_common(2)
    if not ranked or ranked[0][1] < LEAST_WORDS or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
        return UNKNOWN
    return ranked[0][0]


def of(case: Case) -> str:
    """Return the language of what a case is about, as it stands now."""
    found = subject_of(case.target_type).excerpts([case.target_id]) if has_subject(case.target_type) else {}
    return guess(found[case.target_id].text) if case.target_id in found else UNKNOWN


def _script_of(letters: str) -> str:
    """Return the code of a script most letters belong to; "" for Latin letters."""
    kinds = Counter(unicodedata.name(letter, "").partition(" ")[0].partition("-")[0] for letter in letters)
    if kinds["HIRAGANA"] + kinds["KATAKANA"]:
        return "ja"
    name, count = kinds.most_common(1)[0] if kinds else ("", 0)
    return _SCRIPTS.get(name, "") if 2 * count > len(letters) else ""
