"""Whether a post can concern an incident, a service or a facility of the area. Pure.

In doubt it does: a post dropped here raises nothing and nobody sees it, so only plain adverts,
pastime, empty reposts and other places are dropped.
"""

import re

from analysis.phrases import lists_in
from analysis.records import Signs
from core.lexicon import load_lexicon

_LISTS = load_lexicon().extra.reading["relevance"]
_LINKS = re.compile(r"https?://\S+|\[链接\]|//@[^:：]{1,30}[:：]?|回复?@[^:：]{1,30}[:：]")
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")


_EMPTY = frozenset(_LISTS["empty"])
# Most texts mark nothing and reach beyond the longest of these: one look at each end tells.
_MARKS = ("http", "[链接]", "@")
_LETTER = re.compile(r"[^\W_]")
_LONGEST_EMPTY = max(map(len, _EMPTY))


def is_relevant(signs: Signs, text: str) -> bool:
    """Tell whether *text* may concern the area; see the module for what is dropped.

    Thanks, worry and anger without any incident word stay in. A hazard, a failing facility or a
    place inside the area outweighs pastime words, but not an advert's.
    """
    if signs.outside or _is_empty(text):
        return False
    held = lists_in(text)
    if "relevance.advert" in held and not _is_weighty(signs):
        return False
    if _is_weighty(signs) or _hears(signs):
        return True
    if signs.incident_types and "relevance.chatter" not in held:
        return True
    if "relevance.chatter" in held:
        return False
    return _anything(signs) or "relevance.service" in held or "relevance.feeling" in held


def is_advert(text: str) -> bool:
    """Tell whether words of an advert stand in *text*."""
    return "relevance.advert" in lists_in(text)


def is_chatter(text: str) -> bool:
    """Tell whether words of pastime stand in *text*."""
    return "relevance.chatter" in lists_in(text)


def _is_empty(text: str) -> bool:
    """Tell of a text with nothing of its own: a bare repost, a link, emoji, punctuation."""
    if not any(mark in text for mark in _MARKS):
        first = _LETTER.search(text)
        if first is not None and _LETTER.search(text, first.start() + _LONGEST_EMPTY):
            return False
    own = _EDGES.sub("", _LINKS.sub("", text))
    return not own or own in _EMPTY


def _is_weighty(signs: Signs) -> bool:
    """Tell of a danger, or of something that fails at a known kind of facility or place."""
    return bool(signs.hazards) or bool(signs.failures and (signs.facilities or signs.places))


def _hears(signs: Signs) -> bool:
    return bool(signs.places and (signs.incident_types or signs.enquiry or signs.failures))


def _anything(signs: Signs) -> bool:
    return any(
        (
            signs.enquiry,
            signs.hearsay,
            signs.denial,
            signs.support,
            signs.urgency,
            signs.strong_emotion,
            signs.failures,
            signs.facilities,
            signs.places,
            signs.incident_types,
        )
    )
