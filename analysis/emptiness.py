"""Texts with nothing of their own: only mentions, emoticons, links, or a character or two. Pure.

Whoever sends such a text passes something on or is there; it neither claims, asks nor denies, so
no model is asked about it, neither when it is trained nor when it scores.
"""

import re
from functools import cache

from core.lexicon import load_lexicon
from core.text import matching_form

SHORT = 2
"""Letters, or different letters, up to which a text says something by a word of the lexicon only:
停水 does, 好的 and 哈哈哈哈 do not."""
LONG = 400
"""Characters of a text that are looked at; what begins so says something or never will."""

_NOT_OWN = re.compile(
    r"https?://\S+|\[链接\]|//@[^:：\s]{1,30}[:：]?|回复?@[^:：\s]{1,30}[:：]"
    r"|@[\w\-·]{1,30}|\[[^\]\s]{1,6}\]"
)
_RUN = re.compile(r"[\u4e00-\u9fff]{9,}")
"""Longer than what stands in an emoticon's brackets, and than 回复 before a mention."""
_EMPTY = frozenset(load_lexicon().extra.reading["relevance"]["empty"])
_PLENTY = max(SHORT, *map(len, _EMPTY))
"""A text with more different letters than these, of its own, says something."""


def says_nothing(text: str) -> bool:
    """Tell whether nothing is left of *text* without mentions, links, emoticons and stock words.

    >>> [says_nothing(t) for t in ("@用户 @用户", "转发微博", "[怒][怒]", "😂", "停水了？")]
    [True, True, True, True, False]
    """
    if _plainly_says(text):
        return False
    form = matching_form(_NOT_OWN.sub(" ", text[:LONG]))
    if not form or form in _EMPTY:
        return True
    if len(form) > SHORT and len(set(form)) > SHORT:
        return False
    return not any(form[at : at + SHORT] in _telling() for at in range(min(len(form), LONG)))


def _plainly_says(text: str) -> bool:
    """Tell of a run of ideographs that no mention, link or emoticon can be part of; most have one.

    It spares most texts the patterns; what it does not tell is still open.
    """
    run = _RUN.search(text[:LONG].partition("@")[0].partition("http")[0])
    return run is not None and len(set(run.group())) > _PLENTY + len("回复")


@cache
def _telling() -> frozenset[str]:
    """Return the lexicon's words of two letters that tell of something."""
    lexicon = load_lexicon()
    lists = [
        *lexicon.hearing_signs.values(),
        *lexicon.help_signs.values(),
        *lexicon.problem_signs.values(),
        *lexicon.incident_words.values(),
        lexicon.hazard_assertions,
    ]
    return frozenset(w for words in lists for w in words if len(w) == SHORT)
