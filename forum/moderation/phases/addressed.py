# ruff: noqa: E501 -- lists of words read better in long lines than cut in pieces
"""Which sentences speak to somebody here, whatever they say. The cruelty model weighs the words; this asks: to whom?

`targets` looks for a hostile word and asks whose it is. Cruelty without a hostile word has none, so here the question is
put to every sentence: a "you", a handle, an order, a name called, the people of the room. What somebody only repeats,
writes to a substance or says of themselves speaks to nobody.
"""

from __future__ import annotations

import re

from forum.moderation.phases.normalise import TextViews, views_of
from forum.moderation.phases.rules_match import readable
from forum.moderation.phases.targets import is_letter_to_substance, is_to_substance, without_quotes
from forum.moderation.verdict import Place, Span

_YOU = re.compile(r"\b(?:you|your|yours|yourself|yourselves|u|ur|urself|ya|ye|yer|yous|yall|thou|thee|thy)\b")
_SAID = re.compile(
    r"\b(?:said|says|saying|told|tells|telling|called|calls|calling|yelled|yelling|screamed|screaming|shouted|shouting|texted|messaged"
    r"|dmed|wrote|posted|commented|whispers?|whispered|spat|sneered|joked|threatened|asked|reckons?|sprayed|painted|muttered)\b"
)
_BY_AUTHOR_OR_READER = re.compile(r"\b(?:i|you|we)(?: \w+){0,2} ?$")
_ORDER = re.compile(
    r"^(?:\W|@?\w+[,:] |so |just |please |oh |ok |lol |and |now |well |honestly |seriously |then |aw+ |ha+ ){0,3}(?:do not |never |go |come )?(?:go|get|shut|stop|fuck|piss|sod|crawl|drop|eat|rot|burn"
    r"|kill|hang|die|choke|stfu|gtfo|kys|grow|leave|cry|quit|do|enjoy|drink|use|take|have|keep|try|imagine|look|stay|vanish|smoke|hurry|sit|stand|throw|log|lie|lock"
    r"|pick|pack|run|jump|swallow|end|put|save|spare|sing|cut|slit|give|ask|tell|talk|say|speak|wake|remember|think|dry|block|call|bring|delete|relapse|overdose|od"
    r"|disappear|unalive|off|touch|wipe|sort|bore|bog|jog|make|let|place|hide|find|come|back|show|pretend|wait|watch|be|tick|yawn|skip|roll|place|hands|lads|guys|everyone|everybody|folks)\b"
)
_ROOM = re.compile(
    r"\b(?:lads|guys|everyone|everybody|folks|all in favour|hands up|this (?:one|guy|woman|man|lot|clown|idiot|forum|group|chat|thread|post|girl|lad|bloke)|the new (?:girl|guy|lad|one|woman)|here (?:comes|she|he|they)|look who"
    r"|in here|on here|our group|this (?:\w+ )?(?:woman|man|mother|father|mum|dad))\b"
)
_CALLED = re.compile(
    r"(?:^|, ?)(?:love|mate|pal|sweetie|sweetheart|darling|dear|hun|hon|honey|princess|petal|sunshine|champ|babe|pet|hen|lady|sir|madam|bro|girl|boy|son|buddy|coward|loser|scum|junkie|drunk|clown|snitch)\W*$"
)
_OWN = re.compile(r"\b(?:i|me|my|myself|mine|we|us|our|ourselves)\b")
_FRAGMENT_WORDS = 14


def addressed(views: TextViews, place: Place) -> tuple[Span, ...]:
    """Return the sentences of the folded view that speak to somebody here; empty when none does. Linear time."""
    text = without_quotes(readable(views.folded))
    if is_letter_to_substance(text):
        return ()
    quoted = views_of(place.quoted).folded if place.quoted else ""
    return tuple(span for span in views.sentences if _speaks(text[span[0] : span[1]], place, quoted))


def _speaks(sentence: str, place: Place, quoted: str) -> bool:
    if not sentence.strip() or (len(sentence) > 15 and sentence in quoted) or is_to_substance(sentence):
        return False
    if _names(sentence, place):
        return True
    you = _YOU.search(sentence)
    if you is not None:
        return not _is_told(sentence, you.start())
    return bool(_ORDER.search(sentence) or _ROOM.search(sentence) or _CALLED.search(sentence)) or _is_bare(sentence)


def _names(sentence: str, place: Place) -> bool:
    known = any(handle.lower() in sentence for handle in (*place.handles, place.reply_to_handle) if handle)
    return known or re.search(r"(?<!\w)@[a-z]\w", sentence) is not None


def _is_told(sentence: str, before: int) -> bool:
    """Tell whether the first "you" stands in what a third person said: "he told me you are worthless"."""
    said = _SAID.search(sentence, 0, before)
    return said is not None and not _BY_AUTHOR_OR_READER.search(sentence, 0, said.start())


def _is_bare(sentence: str) -> bool:
    """Tell whether a short sentence has no person at all in it ("scum.", "another day one"): a reply to what was read."""
    return len(sentence.split()) <= _FRAGMENT_WORDS and not _OWN.search(sentence)
