"""Numbers that lead to a person: telephones (in digits or in words), bank accounts, cards, national insurance.

Counts of days, prices, doses, dates and ages are numbers too, and this forum is full of them: a number has to be valid
in a real numbering plan, and stand as a telephone number would, before it counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, pairwise

import phonenumbers
from phonenumbers import PhoneNumberType

from forum.moderation.phases.identity_words import Look

REGIONS = ("GB", "US", "IE", "AU", "NZ", "ZA", "IN", "DE", "FR", "ES")
"""Numbering plans tried for a number without country code; US stands for Canada too."""

MAX_CANDIDATES = 60
"""A text with more is held for the first ones; looking each up in ten numbering plans takes its time."""

_DIGITISH = re.compile(r"(?<![\w£$€.,:/])(?:\+|\(|00)?[\dOolI](?:[ \t.\-–()/·•_*⃣]{0,3}[\dOolI]){6,18}(?![\w%])")
_FIVE_DIGITS = re.compile(r"\d(?:[ \t.\-–()/·•_*⃣OolI]{0,72}\d){4}")
"""No telephone number has fewer. Begins with a digit, which a search can leap to; the expression above cannot."""
_WORDY = re.compile(
    r"\b(?:oh|zero|nought|naught|one|two|three|four|five|six|seven|eight|nine|double|triple|treble|hundred|o|\d{1,4})\b",
    re.IGNORECASE,
)
_CALL = re.compile(
    r"\b(?:call|ring|phone|text|txt|number|num|cell|mobile|mob|whats ?app|tel|reach|dial|digits|landline|contact)\b",
    re.IGNORECASE,
)
_UNIT_AFTER = re.compile(
    r"\s{0,2}(?:mg|mcg|ug|ml|g|kg|lbs?|days?|weeks?|months?|years?|hours?|hrs?|mins?|minutes?|seconds?|steps?|calories|kcal|"
    r"units?|pounds|quid|dollars|euros?|bucks|miles|km|points|times|people|members)\b",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"\d{4}[-/. ]\d{1,2}[-/. ]\d{1,2}|\d{1,2}[-/. ]\d{1,2}[-/. ](?:19|20)\d\d|(?:\d{1,2}[-/.]){2}\d\d(?!\d)"
)
_YEARS = re.compile(r"(?:(?:19|20)\d\d[ \-–/]+){1,4}(?:19|20)\d\d")
_CARD = re.compile(r"(?<![\w.])[3-6]\d{3}(?:[ \-]?\d){9,15}(?![\w])")
_IBAN = re.compile(r"[A-Z](?<=\b[A-Z])[A-Z]\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_SSN = re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])")
_NINO = re.compile(r"\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b")
_LOOKALIKE = str.maketrans({"O": "0", "o": "0", "l": "1", "I": "1"})
_PERSONAL = frozenset(
    {
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
        PhoneNumberType.PERSONAL_NUMBER,
        PhoneNumberType.VOIP,
        PhoneNumberType.PAGER,
    }
)
_FREE = frozenset({PhoneNumberType.TOLL_FREE, PhoneNumberType.UAN})
_VALUES = {
    **{word: str(digit) for digit, word in enumerate("zero one two three four five six seven eight nine".split())},
    "oh": "0",
    "o": "0",
    "nought": "0",
    "naught": "0",
    "hundred": "00",
}
_TIMES = {"double": 2, "triple": 3, "treble": 3}
_SPOKEN = frozenset(_VALUES.keys() | _TIMES.keys())
_MIN_SPOKEN = 3
"""So many words there must be; digits alone are looked for as digits."""


@dataclass(frozen=True, slots=True)
class Leak:
    """A stretch of the clean view that identifies somebody, or leads somewhere."""

    code: str
    start: int
    end: int


def numbers_in(look: Look, allowed: frozenset[str]) -> list[Leak]:
    """Return the identifying numbers of a text. `allowed` holds the digits of published helplines."""
    text = look.text
    if not look.digits:
        return list(_spelled_out(look, allowed))
    accounts = [
        *_matches("card_number", look.found(_CARD, given=look.digits >= 13), is_card),
        *_matches("iban", look.found(_IBAN, given=look.digits >= 2), is_iban),
        *_matches("national_number", look.found(_SSN, given=look.digits >= 9)),
        *_matches("national_number", look.found(_NINO, given=look.digits >= 6)),
    ]
    taken = [(leak.start, leak.end) for leak in accounts]
    phones = [leak for leak in _in_digits(text, allowed) if not _overlaps(leak, taken)]
    taken += [(leak.start, leak.end) for leak in phones]
    return [*accounts, *phones, *(leak for leak in _spelled_out(look, allowed) if not _overlaps(leak, taken))]


def _overlaps(leak: Leak, taken: Iterable[tuple[int, int]]) -> bool:
    return any(leak.start < end and start < leak.end for start, end in taken)


def _matches(
    code: str, found: Iterable[re.Match[str]], check: Callable[[str], bool] = lambda _: True
) -> Iterator[Leak]:
    return (Leak(code, *match.span()) for match in found if check(match.group()))


def is_card(raw: str) -> bool:
    """Tell whether 13–19 digits pass the Luhn check."""
    digits = [int(char) for char in raw if char.isdigit()]
    if not 13 <= len(digits) <= 19 or len(set(digits)) < 2:
        return False
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def is_iban(raw: str) -> bool:
    """Tell whether an account number passes the ISO 13616 check (remainder 1 modulo 97)."""
    compact = raw.replace(" ", "")
    if not 15 <= len(compact) <= 34:
        return False
    turned = compact[4:] + compact[:4]
    return int("".join(str(int(char, 36)) for char in turned)) % 97 == 1


def _in_digits(text: str, allowed: frozenset[str]) -> Iterator[Leak]:
    if not _FIVE_DIGITS.search(text):
        return
    for match in islice(_DIGITISH.finditer(text), MAX_CANDIDATES):
        raw = match.group()
        if _DATE.search(raw) or _YEARS.fullmatch(raw.strip()) or _UNIT_AFTER.match(text, match.end()):
            continue
        digits = raw.translate(_LOOKALIKE)
        if sum(char.isdigit() for char in raw) < 5:
            continue
        if code := phone_code(digits, allowed, invited=_is_invited(text, match.start())):
            yield Leak(code, *match.span())


def _is_invited(text: str, start: int) -> bool:
    """Tell whether the words before a number announce a telephone number."""
    return bool(_CALL.search(text, max(0, start - 60), start))


def phone_code(raw: str, allowed: frozenset[str], *, invited: bool) -> str:
    """Return `phone_number`, `public_number` (toll-free and the like), or "" for anything else."""
    digits = "".join(char for char in raw if char.isdigit())
    if not 7 <= len(digits) <= 15 or _is_allowed(digits, allowed) or len(set(digits)) == 1 or _is_counting(digits):
        return ""
    international = (
        "+" + digits if raw.lstrip("( ").startswith("+") else "+" + digits[2:] if raw.startswith("00") else ""
    )
    kinds = set(_kinds(international or digits, (None,) if international else REGIONS))
    if not international and _FREE.intersection(_kinds(digits, ("GB", "US"))):
        return "public_number"
    if kinds & _PERSONAL and (international or invited or _stands_like_a_number(raw, digits)):
        return "phone_number"
    if not kinds and invited and len(digits) >= 9:
        return "phone_number"  # announced as one: invented or foreign numbers are not better to publish
    return "public_number" if kinds and (invited or digits.startswith(("0800", "1800", "800"))) else ""


def _kinds(digits: str, regions: Iterable[str | None]) -> Iterator[int]:
    for region in regions:
        try:
            number = phonenumbers.parse(digits, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            yield phonenumbers.number_type(number)


def _stands_like_a_number(raw: str, digits: str) -> bool:
    """Without any word about calling, only a national form counts: 0 in front, or ten digits grouped as in America."""
    if len(digits) < 10:
        return False
    groups = [len(group) for group in re.split(r"\D+", raw) if group]
    return digits.startswith("0") or groups in ([3, 3, 4], [1, 3, 3, 4]) or (len(groups) == 1 and len(digits) == 10)


def _is_allowed(digits: str, allowed: frozenset[str]) -> bool:
    """Tell whether the digits are a published helpline's, with or without trunk prefix and country code."""
    if digits in allowed:
        return True
    bare = digits.lstrip("0")
    return any(
        len(known) >= 7 and (digits.endswith(known.lstrip("0")) or (len(bare) >= 7 and known.endswith(bare)))
        for known in allowed
    )


def _is_counting(digits: str) -> bool:
    """Tell whether somebody only counts ("one two three four five six seven")."""
    steps = {int(b) - int(a) for a, b in pairwise(digits)}
    return steps in ({1}, {-1}, {1, -9}) and len(digits) <= 12


def _spelled_out(look: Look, allowed: frozenset[str]) -> Iterator[Leak]:
    """Find runs such as "oh seven seven double-oh nine…", digits and words mixed."""
    text = look.text
    run: list[re.Match[str]] = []
    for match in look.found(_WORDY, given=_are_spoken(look)):
        if run and not _joins(text[run[-1].end() : match.start()]):
            yield from _spelled_leak(text, run, allowed)
            run = []
        run.append(match)
    if run:
        yield from _spelled_leak(text, run, allowed)


def _are_spoken(look: Look) -> bool:
    """Tell whether there are number words enough for a telephone number."""
    return sum(look.listed.count(word) for word in _SPOKEN & look.words) >= _MIN_SPOKEN


def _joins(between: str) -> bool:
    return len(between) <= 4 and not between.strip(" ,.-–/_*\t")


def _spelled_leak(text: str, run: list[re.Match[str]], allowed: frozenset[str]) -> Iterator[Leak]:
    if sum(match.group().isalpha() for match in run) < _MIN_SPOKEN:
        return
    digits = _read(match.group().lower() for match in run)
    invited = _is_invited(text, run[0].start())
    if len(digits) >= 7 and phone_code(digits, allowed, invited=invited or len(digits) >= 9) == "phone_number":
        yield Leak("phone_number", run[0].start(), run[-1].end())


def _read(words: Iterable[str]) -> str:
    digits, times = "", 1
    for word in words:
        if word in _TIMES:
            times = _TIMES[word]
            continue
        digits += (_VALUES.get(word) or word) * times
        times = 1
    return digits
