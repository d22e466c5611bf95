# ruff: noqa: E501 -- lists of words read better in long lines than cut in pieces
"""Ways to reach somebody elsewhere: e-mail, names on other platforms, links to profiles; and links in general."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from forum.moderation.phases.identity_numbers import Leak
from forum.moderation.phases.identity_words import Look, needed_words

_EMAIL = re.compile(r"(?<![\w.+-])[A-Za-z0-9][\w.+-]{0,63}@[A-Za-z0-9-]{1,40}(?:\.[A-Za-z0-9-]{2,20}){1,4}")
_PROVIDER = "g ?mail|googlemail|hotmail|outlook|yahoo|ymail|icloud|proton ?mail|proton|pm|live|aol|gmx|msn|zoho|tutanota|fastmail|btinternet|sky"
_EMAIL_SPELLED = re.compile(
    rf"(?<![\w.+-])[a-z0-9][\w.+-]{{0,40}}\s{{0,2}}(?:[\[({{<]\s?at\s?[\])}}>]|\bat\b|@)\s{{0,2}}(?:(?:{_PROVIDER})\s{{0,2}}"
    r"(?:[\[({<]\s?(?:dot|\.)\s?[\])}>]|\bdot\b|\.|,)\s{0,2}[a-z]{2,3}\b|[a-z0-9-]{2,30}\s{0,2}[\[({<]?\s?\bdot\b\s?[\])}>]?\s{0,2}"
    r"(?:com|net|org|co|uk|io|me|ie|ca|au|nz|info)\b)",
    re.IGNORECASE,
)
PLATFORM = (
    "snap ?chat|snap|sc|insta ?gram|insta|ig|kik|discord|tele ?gram|tg|whats ?app|signal|face ?book|fb|messenger|tik ?tok|wickr|threema|skype"
    "|linked ?in|only ?fans|viber|we ?chat|twitter|reddit|steam|tinder|grindr|session|imessage|facetime|zoom|google ?chat|hangouts"
)
_HANDLE = r"@?[\w][\w.#-]{2,30}"
_INVITED_ON = re.compile(
    rf"\b(?:add|find|follow|hmu|hit me up|message|msg|text|dm|pm|reach|contact|get|i am|i'm|im|look me up|search)(?: me| for me| us)?"
    rf"(?: up)? (?:on|over on|at|via) (?:my )?(?:{PLATFORM})(?: ?[:=@-]{{1,2}} ?| at | as | under | name | handle | user(?:name)? |,? it's |,? its | )"
    rf"({_HANDLE})",
    re.IGNORECASE,
)
_NAMED = re.compile(
    rf"\b(?:my |his |her |their |your )?(?:{PLATFORM})(?: (?:handle|name|user ?name|user|account|id|acc))?"
    rf" ?(?:is |are |[:=]{{1,2}} ?|- ?|@)(?:called )?({_HANDLE})",
    re.IGNORECASE,
)
_PLAIN_WORDS = frozenset(
    """full gone deleted private empty dead great good bad toxic better worse awful where what how why when just for and the but because
    public evil poison boring over down broken working fine cool fun hard easy not now always only so too very really making killing
    ruining triggering terrible horrible banned blocked bio dms please with mine there here this that pretty lovely been going""".split()
)
_URL = re.compile(
    r"\bhttps?://[^\s<>\"')\]]{1,300}|\bwww\.[^\s<>\"')\]]{1,300}"
    r"|(?<![\w@.-])(?:[a-z0-9-]{1,40}\.){1,3}(?:com|org|net|io|co|uk|me|gg|ly|info|xyz|online|shop|store|ru|to|link|app|ee|site|club|biz|onion|eu)\b"
    r"(?:/[^\s<>\"')\]]{0,300})?",
    re.IGNORECASE,
)
_PROFILE = re.compile(
    r"(?:facebook|fb|instagram|tiktok|twitter|x|snapchat|linkedin|onlyfans|linktr|threads|pinterest|venmo|paypal|reddit)\.(?:com|ee|me|net)/\S"
    r"|(?:^|//|www\.)(?:t|wa|telegram|m|signal|cash|kik|paypal)\.(?:me|app)/\S|discord\.(?:gg|com/(?:users|invite))|chat\.whatsapp\.com|signal\.group",
    re.IGNORECASE,
)
_HINT = re.compile(rf"@|\bdot\b|\.[a-z]|www|//|\b(?:{PLATFORM})\b", re.IGNORECASE)
# What the expressions above cannot do without. After the name of a platform "is" and "are" may follow without a blank.
_PLATFORMS = needed_words(PLATFORM)
_NAMED_PLATFORMS = frozenset(name + verb for name in _PLATFORMS for verb in ("", "is", "are"))
_AT, _MAILERS = frozenset({"at"}), needed_words(_PROVIDER) | {"dot"}
_DOTTED = re.compile(r"\.[a-z]", re.IGNORECASE)


def contacts_in(look: Look) -> Iterator[Leak]:
    """Yield e-mail addresses, platform names and links of the clean view."""
    at = "@" in look.text
    for match in look.found(_EMAIL, given=at):
        yield Leak("email_address", *match.span())
    spelled = (at or look.has(_AT)) and look.has(_MAILERS) and _is_hinted(look)
    for match in look.found(_EMAIL_SPELLED, given=spelled):
        yield Leak("email_address", *match.span())
    yield from _handles(look)
    yield from _links(look)


def _is_hinted(look: Look) -> bool:
    return _HINT.search(look.text) is not None


def _handles(look: Look) -> Iterator[Leak]:
    invited = look.found(_INVITED_ON, given=look.has(_PLATFORMS))
    named = look.found(_NAMED, given=look.has(_NAMED_PLATFORMS) and _is_hinted(look))
    for match in chain(invited, named):
        if _is_handle(match, look.text):
            yield Leak("social_handle", *match.span(1))


def _is_handle(match: re.Match[str], text: str) -> bool:
    """Tell a name from the next word of a sentence: by its signs, or by standing at the end."""
    name = match.group(1).rstrip(".-")
    if name.lower() in _PLAIN_WORDS:
        return False
    if re.search(r"[\d_#@]|\w\.\w", name) or text[match.start(1) - 1] == "@":
        return True
    rest = text[match.start(1) + len(name) :].lstrip(" .!?)\"'")
    return len(name) >= 4 and (not rest or rest[0] == "\n")


def _links(look: Look) -> Iterator[Leak]:
    linked = "://" in look.text or "www." in look.plain or _DOTTED.search(look.text) is not None
    for match in look.found(_URL, given=linked):
        yield Leak("profile_link" if _PROFILE.search(match.group()) else "link", *match.span())
