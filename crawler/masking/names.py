"""Names of people in running text: by titles, by the words before and after them. Pure.

There is no list of names: a name is a surname, one or two characters that names are made of, and a
sign that somebody is meant; and it must not cut a word of the dictionary in two. ``names.toml``
holds the words.
"""

import itertools
import re
import tomllib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from typing import Any

_TOKEN = "[姓名]"  # noqa: S105  what stands in place of a name
_HIDDEN = "某xX×*＊"
_NO_HAN = r"[^\u4e00-\u9fff]|$"
_SEPARATOR = r"\s?(?:[:：]|是|为|叫)?\s?"

_BEGIN = re.compile(r"(?:^|[\s，。；：、！？,;:!?（(“\"「【\]—])(?=[\u4e00-\u9fff])")
_MORE = re.compile(r"(?:[、，,]\s?[和与及跟同]?|[和与及跟同])\s?(?=[\u4e00-\u9fff])")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_FOREIGN = re.compile(
    rf"[\u4e00-\u9fff]{{2,6}}[·•][\u4e00-\u9fff]{{2,6}}?(?={_NO_HAN}|反映|来电|说|称|的|在|家)"
)
_MOST_IN_A_RUN = 10
_SURE_TITLES = frozenset({"先生", "女士", "小姐", "阿姨", "大爷", "大妈", "师傅"})
# 王一 and 一家, 一直: then the number belongs to what follows.
_ONE = re.compile("一[家个直起定位名人样般些点共次度边楼层栋号单切旦律]")


class _Cue(IntEnum):
    """How surely a name follows."""

    NEAR = 0
    """交给, 和: anything may follow, so what comes next must show that it was a name."""
    WEAK = 1
    BEGINNING = 2
    """At the beginning of a clause; a word of telling must follow."""
    SURE = 3
    TOLD = 4
    """联系人：, with a colon or a verb that says so."""


@dataclass(frozen=True, slots=True)
class _Words:
    """The word list, and the patterns made of it."""

    given: frozenset[str]
    compound: frozenset[str]
    surnames: frozenset[str]
    rare: frozenset[str]
    sure_cues: frozenset[str]
    titles: re.Pattern[str]
    hidden: re.Pattern[str]
    """刘某某, and 姓刘的."""
    cued: re.Pattern[str]
    near: re.Pattern[str]
    after: re.Pattern[str]
    tells: re.Pattern[str]
    alone: re.Pattern[str]
    pair: re.Pattern[str]
    """Two characters that together are most likely a given name."""
    familiar: re.Pattern[str]


def _either(words: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


@cache
def _words() -> _Words:
    text = (files("crawler.masking") / "names.toml").read_text(encoding="utf-8")
    raw: dict[str, str] = tomllib.loads(text)["names"]
    words = {name: tuple(listed.split()) for name, listed in raw.items()}
    signs = {name: "".join(listed) for name, listed in words.items()}
    return _Words(
        given=frozenset(signs["given"]),
        compound=frozenset(words["compound"]),
        surnames=frozenset(signs["surnames"]),
        rare=frozenset(signs["rare"]),
        sure_cues=frozenset(words["sure_cues"]),
        titles=_titles(words, signs),
        hidden=_hidden(signs),
        cued=re.compile(
            rf"(?:{_either((*words['sure_cues'], *words['cues']))})(?P<told>{_SEPARATOR})"
        ),
        near=re.compile(_either(words["near"])),
        after=re.compile(rf"[^\u4e00-\u9fffA-Za-z]|$|{_either(words['after'])}"),
        tells=_tells(words),
        alone=re.compile(rf"(?=([{signs['surnames']}]{_pair(signs)})(?![{signs['places']}]))"),
        pair=re.compile(_pair(signs)),
        familiar=re.compile(
            rf"(?:[老小][{signs['familiar']}][头汉婆子]?|[{signs['familiar']}][{signs['kin']}])"
            rf"(?={_NO_HAN}|开|{_either(words['after_familiar'])})"
        ),
    )


def _titles(words: dict[str, tuple[str, ...]], signs: dict[str, str]) -> re.Pattern[str]:
    posts = _either(words["posts"])
    boss = rf"总(?={_NO_HAN}|{_either(words['after_boss'])})"
    return re.compile(
        rf"(?P<title>{_either(words['titles'])})|(?:副?(?:{posts}))(?![{signs['not_posts']}])|{boss}"
    )


def _hidden(signs: dict[str, str]) -> re.Pattern[str]:
    return re.compile(
        rf"[{signs['surnames']}][{_HIDDEN}]{{1,2}}"
        rf"|姓(?P<surname>[{signs['surnames']}])(?={_NO_HAN}|的|先|女|[家叔伯])"
    )


def _tells(words: dict[str, tuple[str, ...]]) -> re.Pattern[str]:
    numbers = r"\[(?:电话|证件号|号码|银行卡|账号)\]"
    about = r"男|女|电话|手机|身份证|联系|\d{2}岁"
    return re.compile(
        rf"(?:{_either(words['tells_when'])})?(?P<verb>{_either(words['tells'])})"
        rf"|{_either(words['tells_of'])}|[,，、（(\s]{{1,2}}(?:{about})|[\s:：，,（(]{{0,2}}{numbers}"
    )


def _pair(signs: dict[str, str]) -> str:
    ends = rf"(?!.[{signs['places']}])(?=.?[{signs['telling']}])"
    return rf"(?:{ends}[{signs['given']}]{{2}}|[{signs['first']}][{signs['second']}])"


@cache
def _dictionary() -> Any:
    import rjieba

    return rjieba.Jieba()


@lru_cache(maxsize=20_000)
def _is_name_in_dictionary(word: str) -> bool:
    return any(tag.startswith("nr") for _, tag in _dictionary().tag(word, False))  # noqa: FBT003


class _Text:
    """A text, with what may be names in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.words = _words()

    @cached_property
    def _edges(self) -> list[int]:
        """The places between words of the dictionary, with both ends of the text, in order."""
        words = _dictionary().cut(self.text, False)  # noqa: FBT003  its own argument
        return [0, *itertools.accumulate(map(len, words))]

    def _is_edge(self, at: int) -> bool:
        return self._edges[bisect_left(self._edges, at)] == at

    def _word_end(self, begin: int) -> int:
        """Return where the word that begins at *begin* ends."""
        return self._edges[bisect_right(self._edges, begin)]

    def stands(self, begin: int, end: int, *, titled: bool = False) -> bool:
        """Return whether no word of the dictionary reaches over either edge.

        With *titled* one may begin with the name and go on: 王老师 is in the dictionary.
        """
        if not self._is_edge(begin):
            return False
        return self._is_edge(end) or (titled and self._word_end(begin) > end)

    def _is_ordinary_word(self, begin: int, end: int) -> bool:
        return end - begin > 1 and not _is_name_in_dictionary(self.text[begin:end])

    def is_ordinary(self, begin: int, end: int) -> bool:
        """Return whether an ordinary word stands there, or a first part is one: 高兴地.

        程志强 begins with a word too, but ends as names do.
        """
        word_end = self._word_end(begin)
        if word_end > end or not self._is_ordinary_word(begin, word_end):
            return False
        found = self.words.alone.match(self.text, begin) if word_end < end else None
        return found is None or found.end(1) != end

    def _begins_ordinary(self, at: int) -> bool:
        return self._is_edge(at) and self._is_ordinary_word(at, self._word_end(at))

    def length_at(self, at: int, cue: _Cue) -> int:
        """Return how many characters from *at* on are a name, 0 for none.

        The longer of two readings is taken if a word follows that may follow a name, else the
        first that can be one at all; a surname that is oftener a word needs that word behind it.
        """
        words, text = self.words, self.text
        first = 2 if text[at : at + 2] in words.compound else 1
        common = first == 2 or text[at : at + 1] in words.surnames
        if not common and text[at : at + 1] not in words.rare:
            found = _FOREIGN.match(text, at)
            return len(found[0]) if found else 0
        common = common or words.pair.match(text, at + 1) is not None
        possible = 0
        for length in (first + 2, first + 1):
            if not self._can_be(at, first, length, cue):
                continue
            certain = cue > _Cue.WEAK or (common and cue is _Cue.WEAK)
            if self._followed(at + length, certain=certain):
                return length
            possible = possible or (length if certain else 0)
        return possible

    def _can_be(self, at: int, first: int, length: int, cue: _Cue) -> bool:
        """Return whether what stands at *at* is made like a name, and no word says otherwise."""
        given = self.text[at + first : at + length]
        if len(given) < length - first or _ONE.match(self.text, at + length - 1):
            return False
        if not all(c in self.words.given for c in given) and not all(c in _HIDDEN for c in given):
            return False
        return cue is _Cue.TOLD or self._is_no_word(at, first, length, cue)

    def _is_no_word(self, at: int, first: int, length: int, cue: _Cue) -> bool:
        if not self.stands(at, at + length):
            return False
        if cue is _Cue.NEAR and length == 2 and self._word_end(at) == at + length:
            return False  # 荣耀 is somebody's name and much else
        common = self.text[at] in self.words.surnames or first == 2
        if not common and self._begins_ordinary(at + 1):
            return False  # 于明天
        # At a beginning what follows decides; but 居民反映 is nobody called 居.
        return (cue is _Cue.BEGINNING and common) or not self.is_ordinary(at, at + length)

    def _followed(self, at: int, *, certain: bool) -> bool:
        """Return whether what stands at *at* may follow a name; one character may be chance."""
        word = self.words.after.match(self.text, at)
        return word is not None and (certain or len(word[0]) != 1 or not _HAN.match(word[0]))

    def run_at(self, at: int, cue: _Cue) -> list[tuple[int, int]]:
        """Return begin and end of the names that stand from *at* on, one beside the other."""
        run: list[tuple[int, int]] = []
        while len(run) < _MOST_IN_A_RUN and (length := self.length_at(at, cue)):
            run.append((at, at + length))
            more = _MORE.match(self.text, at + length)
            if more is None:
                break
            at = more.end()
        return run

    def behind_cues(self) -> Iterator[tuple[int, int]]:
        """Yield the names behind words for persons."""
        for found in self.words.cued.finditer(self.text):
            if self.text[found.start() - 1 : found.start()] != "@":  # @用户 is a masked handle
                yield from self.run_at(found.end(), self._kind(found))

    def behind_others(self) -> Iterator[tuple[int, int]]:
        """Yield the names behind words that anything may follow."""
        for found in self.words.near.finditer(self.text):
            yield from self.run_at(found.end(), _Cue.NEAR)

    def _kind(self, found: re.Match[str]) -> _Cue:
        cue = self.text[found.start() : found.start("told")]
        if found["told"].strip() or cue.endswith("叫"):
            return _Cue.TOLD
        return _Cue.SURE if cue in self.words.sure_cues else _Cue.WEAK

    def titled(self) -> Iterator[tuple[int, int]]:
        """Yield the names with a title behind them, or a post, which is not part of it."""
        for found in self.words.titles.finditer(self.text):
            for length in (4, 3, 2, 1):
                begin = found.start() - length
                if begin >= 0 and self._is_titled(begin, found.start(), found["title"]):
                    yield begin, found.end() if found["title"] else found.start()
                    break

    def _is_titled(self, begin: int, end: int, title: str | None) -> bool:
        """Return whether a name stands before a title; of 保安齐大爷 that is 齐, not 安齐."""
        first = 2 if self.text[begin : begin + 2] in self.words.compound else 1
        surname, given = self.text[begin : begin + first], self.text[begin + first : end]
        common = first == 2 or surname in self.words.surnames
        if not common and not (title in _SURE_TITLES and surname in self.words.rare and not given):
            return False
        fits = len(given) <= 2 and (
            all(c in self.words.given for c in given) or given.rstrip(_HIDDEN) == ""
        )
        ordinary = end - begin > 1 and self.is_ordinary(begin, end)
        return fits and not ordinary and self.stands(begin, end, titled=True)

    def hidden(self) -> Iterator[tuple[int, int]]:
        """Yield what is half hidden already: 刘某某, 姓刘的."""
        for found in self.words.hidden.finditer(self.text):
            begin = found.start("surname") if found["surname"] else found.start()
            if self._is_edge(begin):
                yield begin, found.end()

    def at_beginnings(self) -> Iterator[tuple[int, int]]:
        """Yield the names with which a clause begins that goes on with a word of telling."""
        for found in _BEGIN.finditer(self.text):
            run = self.run_at(found.end(), _Cue.BEGINNING)
            told = self.words.tells.match(self.text, run[-1][1]) if run else None
            # 夏雨来电 is somebody, 安全系数 is not.
            if told and (told["verb"] or not any(self.is_ordinary(*name) for name in run)):
                yield from run

    def alone(self) -> Iterator[tuple[int, int]]:
        """Yield what nothing announces and can hardly be anything but a name."""
        for found in self.words.alone.finditer(self.text):
            begin, end = found.span(1)
            if self.stands(begin, end) and not self.is_ordinary(begin, end):
                ordinary = self._begins_ordinary(begin + 1)
                if not ordinary or (begin == 0 and self._followed(end, certain=False)):
                    yield begin, end

    def familiar(self) -> Iterator[tuple[int, int]]:
        """Yield 老王 and 小李."""
        return (found.span() for found in self.words.familiar.finditer(self.text))


def mask_names(text: str) -> str:
    """Return *text* with [姓名] in place of what names somebody."""
    read = _Text(text)
    found = (
        *read.titled(),
        *read.hidden(),
        *read.behind_cues(),
        *read.behind_others(),
        *read.at_beginnings(),
        *read.alone(),
        *read.familiar(),
    )
    return _masked(text, found)


def _masked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """Return *text* with a token in place of each span; of two that overlap, the longer stays."""
    parts, at = [], 0
    for begin, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if begin >= at:
            parts += [text[at:begin], _TOKEN]
            at = end
        elif end > at:
            at = end
    return "".join([*parts, text[at:]])
