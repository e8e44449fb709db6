"""Whether a post asks for help for somebody; every hit goes to a person. Pure.

Recall comes first: an unanswered call costs a life, a false hit costs a glance. Single words such
as 老人 tell nothing (195 of 206 hits false, domain handbook, section 4), so a strong phrase is
wanted, or somebody in need together with what is lacking.
"""

import re

from analysis.records import Signs
from core.lexicon import any_of, load_lexicon

_LEXICON = load_lexicon()
_LISTS = _LEXICON.extra.reading["help"]


_STRONG = any_of(_LEXICON.help_signs["strong"], _LISTS["strong"])
_SUBJECT = any_of(_LEXICON.help_signs["subject"], _LISTS["subject"])
_NEED = any_of(_LEXICON.help_signs["need"], _LISTS["need"])
_UNLIKE = any_of(_LISTS["unlike"])
_OVER = any_of(_LISTS["over"])
_OFFICIAL = any_of(_LISTS["official"])
_OFFER = any_of(_LISTS["offer"])
_TOLD = any_of(_LISTS["told"])
_PHONE = re.compile(r"(?<!\d)(?:1\d{10}|0\d{2,3}-?\d{7,8})(?!\d)|\[电话\]|\*{4}")


def is_help(text: str, signs: Signs) -> bool:
    """Tell whether *text* asks for help in an emergency.

    A joke, an advert, an official guide, an offer and a rescue already done are none.
    """
    if signs.outside or _UNLIKE.search(text) or _OFFICIAL.search(text):
        return False
    if _OVER.search(text) or _OFFER.search(text):
        return False
    if _STRONG.search(text):
        return True
    if _NEED.search(text) is None or _TOLD.search(text):
        return False
    return _SUBJECT.search(text) is not None or _PHONE.search(text) is not None
