"""Which concern a post is about: one category of the taxonomy, or none. Pure."""

import re
from collections import defaultdict

import ahocorasick

from analysis.records import Signs
from core.lexicon import load_lexicon

ORDER = (
    "help",
    "casualty",
    "warning",
    "price_supply",
    "accountability",
    "cause",
    "recovery",
    "rescue",
    "rumor_check",
    "service",
    "daily_life",
    "gratitude",
)
"""Which category goes first where the words weigh the same: lives, danger, then the rest.

Casualty and help stand before daily life, since one person in need weighs more than a closed road.
"""

# A life in danger beside a closed road is about the life, whatever the lengths of the words.
_LIVES = ("help", "casualty")

_ANYBODY = "有没有人"
_HARMED = re.compile(
    r"员?(?:在里面|还在|[受重轻]?伤|伤亡|死|亡|遇难|遇险|被|困|埋|失|没|出事|掉|落水|淹|冲走|送医|中毒|感染)"
)

_Weighed = dict[str, tuple[int, int]]


def _automaton() -> ahocorasick.Automaton:
    of_word: dict[str, list[str]] = defaultdict(list)
    for concern, words in load_lexicon().concern_words.items():
        for word in words:
            of_word[word].append(concern)
    for concern, words in load_lexicon().extra.reading["concerns"].items():
        for word in words:
            if concern not in of_word[word]:
                of_word[word].append(concern)
    matcher = ahocorasick.Automaton()
    for word, concerns in of_word.items():
        matcher.add_word(word, (len(word), tuple(concerns)))
    matcher.make_automaton()
    return matcher


_MATCHER = _automaton()


def _only_asks_around(text: str, start: int, end: int) -> bool:
    """Tell of 有没有人说一下, which asks whoever knows, beside 有没有人受伤, which fears."""
    return text[start:end] == _ANYBODY and _HARMED.match(text, end) is None


def concern_of(text: str, signs: Signs) -> str | None:
    """Return the id of the concern category *text* is about, or None when no word tells.

    The longest word wins, then the category with more characters matched, then ``ORDER``; daily
    life gives way to help and casualty. An enquiry without any other concern is ``rumor_check``.
    """
    weighed: _Weighed = {}
    last = 0
    hits = sorted((e + 1 - n, -n, concerns) for e, (n, concerns) in _MATCHER.iter(text))
    for start, minus_length, concerns in hits:
        if start < last or _only_asks_around(text, start, start - minus_length):
            continue
        last = start - minus_length
        for concern in concerns:
            longest, total = weighed.get(concern, (0, 0))
            weighed[concern] = (max(longest, -minus_length), total - minus_length)
    if not weighed:
        return "rumor_check" if signs.enquiry else None
    if any(c in weighed for c in _LIVES):
        weighed.pop("daily_life", None)
    return max(weighed, key=lambda c: (*weighed[c], -ORDER.index(c)))
