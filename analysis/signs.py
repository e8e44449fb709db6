"""Lexicon hits of a text: raw strings by Aho-Corasick, then traps and negation. Pure, linear.

Raw strings and not words, because jieba splits half of the lexicon (domain handbook, section 4).
The order is that section's: the longest match first, then negation, then uncertainty; an uncertain
hazard still names the hazard, since people must check it all the more.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from analysis.gazetteer import Gazetteer
from analysis.records import Signs
from core.lexicon import Cue, Lexicon, any_of
from core.word_finder import WordFinder

NEGATION_REACH = 6
"""Characters between a negator and what it denies; the handbook's four tokens, measured."""
TAKEN_BACK_REACH = 8
"""Characters between a hazard and the words that take it back: 溃坝的消息是假的."""

_HEARING = ("enquiry", "hearsay", "denial", "support")
_TRAPPED = frozenset({"hazards", "failures", "facilities", "incident", "urgency"})
_NEGATED = frozenset({"hazards", "failures"})
_CLAUSE_END = re.compile(r"[，,。！!？?；;：:、…~\s\[\]【】（）()“”\"#]")
_ASKS_BACK = re.compile(r"[吗吧么？?]|是不是")
# Enquiries that carry no word of the list (quality handbook, pitfall 8): doubt put as a question.
# Each pattern runs only where its trigger stands, which keeps the reader fast.
_ENQUIRIES = tuple(
    (trigger, re.compile(pattern))
    for trigger, pattern in (
        ("不是说", r"不是说[^。！!]{1,20}[吗嘛么?？]"),
        ("真", r"真的?[^，。！？!?的]{0,6}(?:[吗嘛]|(?<![什怎那这多])么)"),
        ("是真", r"是真的?[还或]"),
        ("是不是", r"是不是[^，。！!？?]{0,6}(?:真|[垮塌溃断炸漏死倒封停爆毒]|出事)"),
        (
            "有没有",
            r"有没有[^，。！!？?]{0,6}(?:[垮塌溃断炸漏死倒封爆毒图]|出事|证据|来源|出处|实锤)",
        ),
        ("到底", r"到底(?:是不是|有没有|[^，。！!]{0,8}(?:没有|没|吗|呢|？|\?))"),
        ("究竟", r"究竟(?:是不是|有没有|[^，。！!]{0,8}(?:没有|没|吗|呢|？|\?))"),
        ("吗", r"[垮塌溃断炸漏死倒封爆](?:了|坝|堤|人)?[^，。！!]{0,2}吗"),
        ("了没", r"[垮塌溃断炸漏死倒封停爆][^，。！!]{0,2}了没"),
        ("等", r"等[^，。！!]{0,4}(?:准信|准话|真相|官宣|官方|通报|说法|后续|辟谣)"),
        ("求", r"求[^，。！!]{0,3}(?:真相|官方|准信|证实|辟谣|核实|实锤|后续|出处|来源|图|视频)"),
        ("蹲", r"蹲[^，。！!]{0,3}(?:真相|官方|准信|证实|辟谣|核实|实锤|后续|通报)"),
        ("谁", r"谁(?:来|能|可以)[^，。！!]{0,3}(?:证实|证明|解释|说清|辟谣)"),
        ("事", r"[这那]事[^，。！!]{0,8}(?:[吗么嘛？?]|哪来)"),
        ("消息", r"[这那]个?消息[^，。！!]{0,8}(?:[吗么嘛？?]|哪来)"),
        ("视频", r"[这那]个?视频[^，。！!]{0,8}(?:[吗么嘛？?]|哪来)"),
        ("哪", r"哪[里儿]?(?:看到|听到|听来|来|传出来|得到)的"),
        ("不", r"(?:靠谱|属实|可信|可靠|准确|真实)[^，。！!]{0,3}不(?=$|[，。！!？?\s])"),
        ("知", r"不知道?(?:真假|是真是假|是不是真)"),
    )
)
# A cut of supply with its length is a hazard of its own: it empties shops (停水三天, 停电一周).
_LONG_CUT = re.compile(
    r"(?:[停断][水电气暖网供]|封[路城村校楼控])[^，。！!？?]{0,3}"
    r"(?:[一二两三四五六七八九十几半\d]+个?(?:天|周|星期|礼拜|月)|到月底|到年底)"
)


_Hit = tuple[int, int, str]
"""Start, end (exclusive) and word."""


class SignReader:
    """Reads signs; build once, then about 30 microseconds for a short post."""

    def __init__(self, lexicon: Lexicon, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._types: dict[str, tuple[str, ...]] = _words_to_types(lexicon)
        layers = _layers(lexicon, self._types)
        self._heard_as, self._negators = layers["hearing"], layers["negation"]
        self._finder = _finder(layers)
        self._needs = _needs(lexicon.extra.trap_needs)
        self._fiction = any_of(c for cue in lexicon.extra.trap_contexts for c in cue.cues)
        self._real = any_of(lexicon.extra.trap_real)
        self._breaks = lexicon.extra.negation["breaks"]
        self._after = any_of(lexicon.extra.negation["after"])

    def read(self, text: str) -> Signs:
        """Return the signs of *text*, which must be normalised; each tuple in order, once each."""
        layers = self._hits(text)
        found = self._gazetteer.find(text)
        places = tuple({p.name: p for p, _, _ in found if not p.outside}.values()) if found else ()
        if layers and not places and self._is_fiction(text):
            layers = {name: hits for name, hits in layers.items() if name not in _TRAPPED}
        hearing = layers.get("hearing", ())
        negators = [h for h in layers.get("negation", ()) if self._negators[h[2]]]
        hazards = self._standing(text, layers.get("hazards", ()), negators)
        return Signs(
            enquiry=self._heard("enquiry", hearing) or _enquiry(text),
            hearsay=self._heard("hearsay", hearing),
            denial=self._heard("denial", hearing),
            support=self._heard("support", hearing),
            urgency=_words(layers.get("urgency", ())),
            strong_emotion=_words(layers.get("strong_emotion", ())),
            hazards=_with_long_cuts(text, hazards),
            failures=_words(self._standing(text, layers.get("failures", ()), negators)),
            facilities=_words(layers.get("facilities", ())),
            places=places,
            outside=self._gazetteer.is_outside(text, found),
            incident_types=self._incident_types(layers.get("incident", ())),
        )

    def _hits(self, text: str) -> dict[str, list[_Hit]]:
        """Return the hits of each layer, left to right, the longest first, without overlap."""
        raw: dict[str, list[tuple[int, int, str]]] = {}
        needy = False
        for start, end, (word, layers) in self._finder.every(text):
            needy = needy or word in self._needs
            for layer in layers:
                raw.setdefault(layer, []).append((start, start - end, word))
        traps = raw.pop("trap", None)
        found = {layer: _longest(hits) for layer, hits in raw.items()}
        if traps is not None:
            spans = sorted((start, start - length, word) for start, length, word in traps)
            found = _trapped(found, lambda hits: _uncovered(hits, spans))
        return _trapped(found, lambda hits: self._needed(text, hits)) if needy else found

    def _needed(self, text: str, hits: list[_Hit]) -> list[_Hit]:
        words = {word for _, _, word in hits}
        stands = {w: n.search(text) is not None for w in words if (n := self._needs.get(w))}
        return [h for h in hits if stands.get(h[2], True)]

    def _is_fiction(self, text: str) -> bool:
        return self._fiction.search(text) is not None and self._real.search(text) is None

    def _heard(self, group: str, hits: Iterable[_Hit]) -> tuple[str, ...]:
        heard = [w for _, _, w in hits if self._heard_as[w] == group]
        return tuple(dict.fromkeys(heard)) if heard else ()

    def _standing(self, text: str, hits: Iterable[_Hit], negators: list[_Hit]) -> list[_Hit]:
        """Return the hits that nothing denies; both lists run left to right, so this is linear."""
        kept, near = [], 0
        for hit in hits:
            while near < len(negators) and negators[near][1] < hit[0] - NEGATION_REACH:
                near += 1
            denied = any(
                n[1] <= hit[0] and self._reaches(text, n, hit[0])
                for n in negators[near : near + NEGATION_REACH + 2]
            )
            if not denied and not self._taken_back(text, hit[1]):
                kept.append(hit)
        return kept

    def _reaches(self, text: str, negator: _Hit, start: int) -> bool:
        gap = text[negator[1] : start]
        if gap and (_CLAUSE_END.search(gap) or any(b in gap for b in self._breaks)):
            return False
        # A-not-A asks and denies nothing: 断没断, 停不停.
        before = text[negator[0] - 1] if negator[0] else ""
        return before == "" or before != text[negator[1]]

    def _taken_back(self, text: str, end: int) -> bool:
        window = text[end : end + TAKEN_BACK_REACH]
        match = self._after.search(window)
        if match is None or _CLAUSE_END.search(window[: match.start()]):
            return False
        tail = text[end : end + match.end() + TAKEN_BACK_REACH]
        return _ASKS_BACK.search(tail) is None

    def _incident_types(self, hits: Iterable[_Hit]) -> tuple[str, ...]:
        if not hits:
            return ()
        counts = Counter(t for _, _, word in hits for t in self._types[word])
        return tuple(name for name, _ in counts.most_common())


def _enquiry(text: str) -> tuple[str, ...]:
    for trigger, pattern in _ENQUIRIES:
        if trigger in text and (match := pattern.search(text)):
            return (match.group(),)
    return ()


def _words_to_types(lexicon: Lexicon) -> dict[str, tuple[str, ...]]:
    types: dict[str, list[str]] = {}
    for source in (lexicon.incident_words, lexicon.extra.incidents):
        for name, words in source.items():
            for word in words:
                if name not in types.setdefault(word, []):
                    types[word].append(name)
    return {word: tuple(names) for word, names in types.items()}


def _layers(lexicon: Lexicon, types: Mapping[str, object]) -> dict[str, dict[str, str]]:
    """Return layer -> word -> group; inside a layer the longest match wins over its neighbours."""
    heard, problems, extra = lexicon.hearing_signs, lexicon.problem_signs, lexicon.extra.signs
    hearing = {w: name for name in _HEARING for w in (*heard[name], *extra[name])}
    layers = {
        "hearing": hearing,
        "urgency": dict.fromkeys((*heard["urgency"], *extra["urgency"]), "urgency"),
        "strong_emotion": dict.fromkeys((*heard["strong_emotion"], *extra["strong_emotion"]), ""),
        "hazards": dict.fromkeys((*lexicon.hazard_assertions, *extra["hazards"]), ""),
        "failures": dict.fromkeys((*problems["failure"], *extra["failures"]), ""),
        "facilities": dict.fromkeys((*problems["facility"], *extra["facilities"]), ""),
        "incident": dict.fromkeys(types, ""),
        "trap": dict.fromkeys(lexicon.extra.traps, ""),
    }
    negators = dict.fromkeys((*lexicon.negation_words, *lexicon.extra.negation["more"]), "denies")
    unlike = [w for name in ("failures", "hazards") for w in layers[name] if len(w) > 2]
    unlike += [w for w, group in hearing.items() if group in ("enquiry", "hearsay")]
    unlike += [*lexicon.help_signs["need"], *lexicon.extra.negation["unlike"]]
    layers["negation"] = negators | dict.fromkeys(unlike, "")
    return layers


def _finder(layers: Mapping[str, Mapping[str, str]]) -> WordFinder[tuple[str, tuple[str, ...]]]:
    of_word: dict[str, list[str]] = {}
    for layer, words in layers.items():
        for word in words:
            of_word.setdefault(word, []).append(layer)
    return WordFinder({word: (word, tuple(names)) for word, names in of_word.items()})


def _needs(cues: Iterable[Cue]) -> dict[str, re.Pattern[str]]:
    return {word: any_of(cue.cues) for cue in cues for word in cue.words}


def _longest(hits: list[tuple[int, int, str]]) -> list[_Hit]:
    """Return hits from left to right, the longest at each start, none overlapping the one before.

    A longer match that begins inside a shorter one yields to it, as reading goes left to right.
    """
    if len(hits) > 1:
        hits.sort()
    kept: list[_Hit] = []
    last = 0
    for start, minus_length, word in hits:
        if start >= last:
            last = start - minus_length
            kept.append((start, last, word))
    return kept


def _trapped(
    found: dict[str, list[_Hit]], keep: Callable[[list[_Hit]], list[_Hit]]
) -> dict[str, list[_Hit]]:
    """Apply *keep* to every layer whose hits a trap can undo."""
    return {name: keep(hits) if name in _TRAPPED else hits for name, hits in found.items()}


def _uncovered(hits: list[_Hit], traps: list[_Hit]) -> list[_Hit]:
    """Drop the hits that lie inside a trap; one sweep over both lists."""
    kept, reach, at = [], 0, 0
    for hit in hits:
        while at < len(traps) and traps[at][0] <= hit[0]:
            reach = max(reach, traps[at][1])
            at += 1
        if hit[1] > reach:
            kept.append(hit)
    return kept


def _words(hits: Sequence[_Hit]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([word for _, _, word in hits])) if hits else ()


def _with_long_cuts(text: str, hazards: list[_Hit]) -> tuple[str, ...]:
    words = _words(hazards)
    if not any(c in text for c in "停断封"):
        return words
    cuts = [m.group() for m in _LONG_CUT.finditer(text)]
    return tuple(dict.fromkeys((*words, *cuts))) if cuts else words
