"""Contacts in calls for help, found before they are masked. Pure.

The test is cheap and says yes too often: analysis looks again in the same round, and what it does
not take for a call for help is destroyed then.
"""

import json
import re
import unicodedata
from collections.abc import Iterable
from functools import cache

from core.lexicon import load_lexicon, plight_words
from core.simplified import simplified
from core.vocabulary import ContactKind
from core.word_finder import WordFinder
from crawler.masking import found_by_masks
from crawler.records import Contact

MOST = 10
"""Contacts kept of one post; a list of hundreds is no call for help."""
MAX_VALUE = 100

_KINDS = {
    "[电话]": ContactKind.PHONE,
    "[账号]": ContactKind.ACCOUNT,
    "[门牌]": ContactKind.DOOR,
}
# Without one of these no mask for a number, an account or a door finds anything; looking for them
# is what most posts cost.
_DIGITS = re.compile(r"[0-9０-９]\D{0,4}[0-9０-９]\D{0,4}[0-9０-９]")
_NUMERALS = re.compile("[零〇○一二三四五六七八九十幺两壹贰叁肆伍陆柒捌玖]{3}")
_WORDS = (
    "单元",
    "信",
    "扣",
    "QQ",
    "qq",
    "ＱＱ",
    "X",
    "x",
    "加V",
    "加v",
    "加Q",
    "加q",
    "WeC",
    "wec",
)
_SAID = str.maketrans("零〇○一二三四五六七八九幺两壹贰叁肆伍陆柒捌玖", "00012345678912123456789")
_NO_DIGIT = re.compile(r"\D")
_ACCOUNT = re.compile(r"[a-z0-9_-]{5,}$")


# Classes of plight.toml that say who is in danger or from what; the others stand in any talk.
_OF_A_PLIGHT = ("kin", "weak", "trapped", "perch", "rising", "flames", "collapse", "body")


@cache
def _calls() -> WordFinder[None]:
    lexicon = load_lexicon()
    own = lexicon.extra.reading["help"]
    lists = [*lexicon.help_signs.values(), own["strong"], own["subject"], own["need"], own["door"]]
    lists += lexicon.extra.reading["needs"].values()
    lists += [plight_words()[name] for name in _OF_A_PLIGHT]
    return WordFinder(dict.fromkeys(word for words in lists for word in words))


def may_call_for_help(text: str) -> bool:
    """Return whether *text* holds any word that calls for help are made of."""
    return bool(_calls().longest(simplified(text)))


def tells_of_a_call(text: str) -> bool:
    """Return whether *text* may be a call for help with something in it that leads to somebody."""
    return _may_hold_contacts(text) and may_call_for_help(text)


def _may_hold_contacts(text: str) -> bool:
    if _DIGITS.search(text) or _NUMERALS.search(text):
        return True
    return any(word in text for word in _WORDS)


def contacts_of(text: str, public: frozenset[str] = frozenset()) -> tuple[Contact, ...]:
    """Return what leads to somebody in the normalised *text*, if it may be a call for help.

    Telephone numbers, WeChat and QQ accounts, and the door where they are said to be; once each,
    in order, at most ``MOST``. Numbers in *public* (digits only) are offices' and nobody's own.

    >>> [c.value for c in contacts_of("老人被困3栋2单元501室，打13800138000")]
    ['13800138000', '3栋2单元501室']
    """
    if not tells_of_a_call(text):
        return ()
    kept: dict[str, Contact] = {}
    for token, whole, own in found_by_masks(text):
        kind = _KINDS.get(token)
        if kind is not None and (mark := identity(kind, own)) not in public:
            kept.setdefault(mark, Contact(kind, whole[:MAX_VALUE]))
    in_order = [c for kind in ContactKind for c in kept.values() if c.kind is kind]
    return tuple(in_order[:MOST])


def identity(kind: ContactKind, value: str) -> str:
    """Return what is the same for every way to write a contact, to tell a second one from it.

    >>> identity(ContactKind.PHONE, "电话：一三八 0013-8000")
    '13800138000'
    """
    told = unicodedata.normalize("NFKC", value).casefold()
    if kind is ContactKind.PHONE:
        return _NO_DIGIT.sub("", told.translate(_SAID))
    if kind is ContactKind.ACCOUNT and (found := _ACCOUNT.search(told)):
        return found[0]
    return "".join(told.split())


def packed(contacts: Iterable[Contact]) -> bytes:
    """Return *contacts* as bytes to encrypt."""
    return json.dumps([[c.kind.value, c.value] for c in contacts], ensure_ascii=False).encode()


def unpacked(content: bytes) -> tuple[Contact, ...]:
    """Return the contacts of ``packed``."""
    return tuple(Contact(ContactKind(kind), value) for kind, value in json.loads(content))
