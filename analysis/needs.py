"""What a call for help says is lacking. Pure."""

from functools import cache
from re import Pattern

from core.lexicon import any_of, load_lexicon
from core.simplified import simplified
from core.vocabulary import HelpNeed


@cache
def _patterns() -> tuple[tuple[HelpNeed, Pattern[str]], ...]:
    words = load_lexicon().extra.reading["needs"]
    return tuple((need, any_of(words[need])) for need in HelpNeed if need in words)


def needs_of(text: str) -> tuple[HelpNeed, ...]:
    """Return what *text* says is lacking, the most pressing first; ``OTHER`` where no word tells.

    >>> [need.label for need in needs_of("老人被困二楼，胰岛素也没了")]
    ['被困', '缺药']
    """
    plain = simplified(text)
    found = tuple(need for need, words in _patterns() if words.search(plain))
    return found or (HelpNeed.OTHER,)
