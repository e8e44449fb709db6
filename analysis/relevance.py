"""Whether a post can concern an incident, a service or a facility of the area. Pure.

In doubt it does: a post dropped here raises nothing and nobody sees it, so only plain adverts,
pastime, empty reposts and other places are dropped.
"""

import re

from analysis.records import Signs
from core.lexicon import any_of, load_lexicon

_LISTS = load_lexicon().extra.reading["relevance"]
_LINKS = re.compile(r"https?://\S+|\[链接\]|//@[^:：]{1,30}[:：]?|回复?@[^:：]{1,30}[:：]")
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")


_ADVERT, _CHATTER = any_of(_LISTS["advert"]), any_of(_LISTS["chatter"])
_SERVICE, _FEELING = any_of(_LISTS["service"]), any_of(_LISTS["feeling"])
_EMPTY = frozenset(_LISTS["empty"])


def is_relevant(signs: Signs, text: str) -> bool:
    """Tell whether *text* may concern the area; see the module for what is dropped.

    Thanks, worry and anger without any incident word stay in. A hazard, a failing facility or a
    place inside the area outweighs pastime words, but not an advert's.
    """
    if signs.outside or _is_empty(text):
        return False
    if _ADVERT.search(text) and not _is_weighty(signs):
        return False
    if _is_weighty(signs) or _hears(signs):
        return True
    if signs.incident_types and not _CHATTER.search(text):
        return True
    if _CHATTER.search(text):
        return False
    return (
        _anything(signs) or _SERVICE.search(text) is not None or _FEELING.search(text) is not None
    )


def is_advert(text: str) -> bool:
    """Tell whether words of an advert stand in *text*."""
    return _ADVERT.search(text) is not None


def is_chatter(text: str) -> bool:
    """Tell whether words of pastime stand in *text*."""
    return _CHATTER.search(text) is not None


def _is_empty(text: str) -> bool:
    """Tell of a text with nothing of its own: a bare repost, a link, emoji, punctuation."""
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
