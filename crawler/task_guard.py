"""What may not be monitored: a task that asks for it is refused, with every reason. Pure.

A task is what an operator asks to gather: a source, or a list of keywords. It may not name a
private person, an account, an ID, telephone or plate number, or a subject that this product
leaves alone (``core/lexicon/guard.toml``). **Posts are never judged or filtered by these words**:
when a resident's flood complaint speaks of a petition, it is a flood complaint.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import accumulate, pairwise
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from core.directory import Directory
from core.lexicon import Names, Subject, any_of, load_guard, load_lexicon
from core.text import normalise
from crawler.sources import Source

_HAN = "\u4e00-\u9fff"
_KNOWN = "\ue000"
"""Stands for a word of the directory; of private use, so no text holds it (``core.text``)."""

# 张 伟, 上*访: single characters kept apart are read as one word.
_SPREAD = re.compile(rf"(?<![{_HAN}])(?:[{_HAN}][\s*._·-])+[{_HAN}](?![{_HAN}])")
_RUN = re.compile(rf"[{_HAN}]+")
_APART = re.compile(rf"[^{_HAN}\d·]+|的")
_COUNTING = frozenset("0123456789一二三四五六七八九十百千两几这那每多半数第某了")
"""What stands before a measure word: 一张图, 第3章."""
_ORDINARY_SIZES = (2, 3, 4, 5)
_GAP = r"[ \-－—–.·]{0,2}"
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_NUMBERS = (
    ("identity", re.compile(r"(?<!\d)(?:\d{6}[ -]?\d{8}[ -]?\d{3}[\dXx]|\d{15})(?![\dA-Za-z])")),
    ("phone", re.compile(rf"(?<!\d)(?:\+?86{_GAP})?1[3-9](?:{_GAP}\d){{9}}(?!\d)")),
    ("phone", re.compile(r"(?<!\d)[(（]?0\d{2,3}[)）]?[ \-－—–]?[2-8]\d{6,7}(?!\d)")),
    ("plate", re.compile(rf"[{_PROVINCES}][A-HJ-NP-Za-hj-np-z][ ·•.-]?[A-Za-z0-9]{{5,6}}(?![\w])")),
    ("email", re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")),
)
_MENTION = re.compile(rf"(?<![A-Za-z0-9._%+-])@\s?[^\s{_KNOWN}]")
# 买买提·艾力: a dot between two written names.
_DOTTED_NAME = re.compile(rf"[{_HAN}]{{2,6}}[·•‧・][{_HAN}]{{1,6}}")

# Where a path speaks of one account: /u/123, /user/abc, /people/x, /@x, /~x.
_PERSON_PATH = re.compile(
    "u|uid|users?|profiles?|people|space|authors?|members?|accounts?|blogger|homepage"
)
# What may follow and is no account: /people/index.html is a newspaper's section.
_NO_PERSON = re.compile(r"(?:index|list|login|register|news|article|about|search)\b")
_PERSON_KEY = re.compile(r"(?i)(?:.*(?:uid|userid|openid|screen_?name|username)|user|author|un|u)")
# Hosts whose first path segment is an account.
_ACCOUNT_HOSTS = ("weibo.com", "weibo.cn", "x.com", "twitter.com", "instagram.com", "facebook.com")
_NO_ACCOUNT = frozenset(["", "hot", "search", "weibo", "tv", "p", "ajax", "api", "newlogin", "s"])
_WEIBO_OF_ACCOUNT = re.compile(r"(?:1005|1076|2302|2304)\d+")


@dataclass(frozen=True, slots=True)
class Task:
    """What an operator asks to monitor; never logged and never stored when it is refused."""

    name: str = field(default="", repr=False)
    url: str = field(default="", repr=False)
    keywords: tuple[str, ...] = field(default=(), repr=False)
    note: str = field(default="", repr=False)


def task_of(source: Source, *, note: str = "") -> Task:
    """Return what listing *source* asks for."""
    return Task(name=source.name, url=source.url, keywords=source.keywords, note=note)


def known_words(directory: Directory) -> frozenset[str]:
    """Return what the operator's directory names: units, their accounts and numbers, places."""
    words = {account for unit in directory.units for account in (unit.name, *unit.accounts)}
    words |= {word for contact in directory.contacts for word in (contact.name, contact.phone)}
    words |= {name for place in directory.places for name in (place.name, *place.also)}
    return frozenset(words)


def refusals(asked: Task, *, known: Collection[str]) -> list[str]:
    """Return in Chinese why *asked* may not be monitored, every reason once; empty when it may.

    *known* are the words of the directory, which count for nothing wherever they stand. A reason
    tells the part of the task and the rule, never the words that were asked for.
    """
    named = _longest_first(frozenset(known))
    reasons = [f"{where}{why}" for where, text in _parts(asked) for why in _judge(text, named)]
    if _points_at_an_account(asked.url):
        reasons.append(f"网址{load_guard().reasons['address']}")
    return list(dict.fromkeys(reasons))


def _parts(asked: Task) -> Iterator[tuple[str, str]]:
    """Yield every text of the task with what it is called."""
    yield "名称", re.sub(r"[_.-]+", " ", asked.name)
    for number, keyword in enumerate(asked.keywords, 1):
        yield f"第 {number} 个关键词", keyword
    yield "备注", asked.note
    for text in _searched(asked.url):
        yield "网址", text


def _searched(url: str) -> Iterator[str]:
    """Yield what an address asks for in words; its numbers are mostly those of articles."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return
    for spelt in (*parts.path.split("/"), *re.split("[&=]", parts.query)):
        words = unquote(spelt.replace("+", " "))
        if "\ufffd" in words:  # no UTF-8: an older site
            words = unquote(spelt.replace("+", " "), encoding="gb18030", errors="replace")
        if _RUN.search(words):
            yield words


def _judge(text: str, named: Iterable[str]) -> Iterator[str]:
    guard, text = load_guard(), _plain(text)
    for word in named:
        text = text.replace(word, _KNOWN)
    for name, pattern in _NUMBERS:
        if pattern.search(text):
            yield guard.reasons[name]
    text = guard.ordinary.sub(_KNOWN, text)
    if _MENTION.search(text) or _holds(text, guard.accounts):
        yield guard.accounts.reason
    yield from (subject.reason for subject in guard.subjects if _holds(text, subject))
    if _DOTTED_NAME.search(text) or any(_names_a_person(part) for part in _APART.split(text)):
        yield guard.names.reason


@lru_cache(maxsize=4)
def _longest_first(known: frozenset[str]) -> tuple[str, ...]:
    words = {_plain(word) for word in known if len(word) > 1}
    return tuple(sorted(words, key=lambda word: (-len(word), word)))


def _plain(text: str) -> str:
    """Return *text* in one spelling: NFKC, simplified, without signs between characters."""
    text = normalise(unicodedata.normalize("NFKC", text))
    try:
        text.encode("gb2312")
    except UnicodeEncodeError:
        text = _to_simplified().convert(text)
    return _SPREAD.sub(lambda match: re.sub(rf"[^{_HAN}]", "", match[0]), text)


@cache
def _to_simplified() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")


# Subjects


def _holds(text: str, subject: Subject) -> bool:
    if text.strip() in subject.alone or any(re.search(p, text) for p in subject.patterns):
        return True
    if any(word in text and _as_a_word(text, word) for word in subject.words):
        return True
    return any(place in text for place in subject.places) and not _incident().search(text)


@cache
def _incident() -> re.Pattern[str]:
    return any_of(*load_lexicon().incident_words.values())


def _as_a_word(text: str, word: str) -> bool:
    """Whether *word* stands in *text* without cutting another word: 旅游行程 holds no 游行."""
    if word.isascii() or len(word) == 1:
        return True
    edges = _edges(_cut(text))
    inside = any(word in token for token in _cut(text))
    spans = (m.span() for m in re.finditer(re.escape(word), text))
    return inside or any(start in edges and end in edges for start, end in spans)


@cache
def _cutter() -> Any:
    """Return a segmenter that knows the refused words, so that it keeps them whole."""
    import rjieba

    cutter = rjieba.Jieba()
    subjects = (*load_guard().subjects, load_guard().accounts)
    for word in dict.fromkeys(w for s in subjects for w in (*s.words, *s.places)):
        if len(word) > 1 and not word.isascii() and list(cutter.cut(word, hmm=False)) != [word]:
            cutter.add_word(word, cutter.suggest_freq(word), "n")
    return cutter


def _cut(text: str) -> list[str]:
    return list(_cutter().cut(text, hmm=False))


def _edges(words: list[str]) -> frozenset[int]:
    return frozenset(accumulate(map(len, words), initial=0))


# Names of persons


@dataclass(frozen=True, slots=True)
class _Words:
    """A run of Chinese characters with its words, as the dictionary and as the model cut it."""

    text: str
    tags: dict[int, tuple[str, str]]
    """Start -> word and part of speech, unknown words guessed."""
    listed: dict[int, tuple[str, str]]
    """Start -> word and part of speech, of the dictionary alone."""
    edges: frozenset[int]
    """Where words begin and end, however they are cut."""


def _spans(tagged: list[tuple[str, str]]) -> dict[int, tuple[str, str]]:
    starts = accumulate((len(word) for word, _ in tagged), initial=0)
    return dict(zip(starts, tagged, strict=False))


def _words(run: str) -> _Words:
    cutter = _cutter()
    tags, listed = _spans(cutter.tag(run)), _spans(cutter.tag(run, hmm=False))
    return _Words(run, tags, listed, frozenset([*tags, *listed, len(run)]))


def _names_a_person(run: str) -> bool:
    """Whether a run of Chinese characters holds a surname with a given name or a title."""
    names = load_guard().names
    run = _name_alone(run, names)
    if len(run) < 2 or run in names.ordinary:
        return False
    words = _words(run)
    return _nicknamed(words, names) or any(
        _titled(words, start, surname, names)
        or any(_is_name(words, start, surname, length, names) for length in (2, 1))
        for start in sorted(words.tags)
        if (surname := _surname(run, start, names))
    )


def _name_alone(run: str, names: Names) -> str:
    """Return *run* without what is asked or said about a person: 寻找张三 becomes 张三."""
    for head in names.asking:
        if run.startswith(head) and len(run) - len(head) > 1:
            run = run.removeprefix(head)
    for tail in names.about:
        if run.endswith(tail) and len(run) - len(tail) > 1:
            run = run.removesuffix(tail)
    return run


def _surname(run: str, start: int, names: Names) -> str:
    """Return the surname that *run* may hold at *start*, or nothing."""
    if run[start : start + 2] in names.compound_surnames:
        return run[start : start + 2]
    one = run[start]
    if one in "张章段项" and run[max(start - 1, 0)] in _COUNTING:
        return ""
    anywhere = one in names.surnames or one in names.weak_surnames
    return one if anywhere or (start == 0 and one in names.word_surnames) else ""


def _nicknamed(words: _Words, names: Names) -> bool:
    """Whether somebody is called 老王 or 小李."""
    return any(
        len(word) == 2
        and word[0] in "老小阿"
        and word[1] in names.surnames
        and word not in names.ordinary
        and words.text[start + 2 : start + 3] not in names.place_ends
        for start, (word, _) in words.tags.items()
    )


def _titled(words: _Words, start: int, surname: str, names: Names) -> bool:
    after = start + len(surname)
    said = [title for title in names.titles if words.text.startswith(title, after)]
    whole = words.tags[start][0]
    return any(
        after + len(title) in words.edges and (after in words.edges or whole == surname + title)
        for title in said
    )


def _is_name(words: _Words, start: int, surname: str, length: int, names: Names) -> bool:
    first, end = start + len(surname), start + len(surname) + length
    given, rest = words.text[first:end], words.text[end:]
    if len(given) < length or end not in words.edges or names.never_given & set(given):
        return False
    if _is_a_word(words, start, surname, names) or _is_a_place(surname, given, rest, names):
        return False
    evidence = _Evidence(
        whole=start == 0 and not rest,
        usual=names.given.issuperset(given),
        plain=names.plain_given.issuperset(given),
        tagged=any(words.tags.get(at, ("", ""))[1].startswith("nr") for at in (start, first)),
        unknown=words.listed.get(start, ("", ""))[0] != surname + given,
        alone=words.listed.get(start, ("", ""))[0] == surname,
    )
    if len(surname) == 2:
        return evidence.whole or (evidence.usual and evidence.tagged)
    if surname in names.surnames:
        return _enough(evidence)
    if surname in names.word_surnames and not (evidence.whole and evidence.usual):
        return False
    return _plainly_enough(evidence, length)


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What speaks for surname and given name being a name."""

    whole: bool
    """Nothing else stands in the run."""
    usual: bool
    """Every character is usual in given names."""
    plain: bool
    """Every character is an everyday word too."""
    tagged: bool
    """The segmenter takes it for a name. Its dictionary does so with nearly every word that
    begins with a surname, so this alone says little."""
    unknown: bool
    """The dictionary does not hold the whole as one word."""
    alone: bool
    """The dictionary makes a word of the surname."""


def _enough(evidence: _Evidence) -> bool:
    """Whether a surname that is hardly ever anything else begins a name."""
    if evidence.whole:
        return evidence.usual or evidence.unknown
    return evidence.usual and evidence.tagged


def _plainly_enough(evidence: _Evidence, length: int) -> bool:
    """Whether a surname that is an everyday word too begins a name."""
    whole_and_new = evidence.whole and evidence.unknown
    if not evidence.usual:
        return whole_and_new and evidence.tagged
    if length == 2:
        return evidence.tagged or (evidence.whole and evidence.alone and not evidence.plain)
    return whole_and_new or (not evidence.plain and (evidence.whole or evidence.tagged))


def _is_a_word(words: _Words, start: int, surname: str, names: Names) -> bool:
    """Whether an everyday word begins where the surname does: 高温天, 安置费."""
    if any(words.text[start : start + size] in names.ordinary for size in _ORDINARY_SIZES):
        return True
    both = (words.listed.get(start, ("", "")), words.tags.get(start, ("", "")))
    return any(len(word) > 1 and word != surname and not tag.startswith("nr") for word, tag in both)


def _is_a_place(surname: str, given: str, rest: str, names: Names) -> bool:
    if rest.startswith(names.place_words) or rest[:1] in names.place_ends:
        return True
    if given == "家" or given[-1] in names.place_ends:
        return True
    # 陆家嘴, 曾厝垵, 尹家冲: a family's place, unless the last character is usual in names.
    if given[0] in "家厝各" and given[-1] not in names.given - names.place_or_given:
        return True
    return surname in names.weak_surnames and given[-1] in names.place_or_given


# Addresses


def _points_at_an_account(url: str) -> bool:
    """Whether an address shows what one account writes, as the listed platforms spell it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
    path = [unquote(segment).casefold() for segment in parts.path.split("/") if segment]
    query = parse_qsl(parts.query)
    return (
        _account_in_path(path)
        or (host in _ACCOUNT_HOSTS and path[:1] != [] and path[0] not in _NO_ACCOUNT)
        or host == "space.bilibili.com"
        or any(_account_in_query(key, value) for key, value in query)
    )


def _account_in_path(path: list[str]) -> bool:
    if any(segment[:1] in {"@", "~"} for segment in path):
        return True
    return any(_PERSON_PATH.fullmatch(a) and not _NO_PERSON.match(b) for a, b in pairwise(path))


def _account_in_query(key: str, value: str) -> bool:
    if key.casefold() == "containerid":
        return _WEIBO_OF_ACCOUNT.match(value) is not None
    if key.casefold() in {"type", "mod"}:
        return value.casefold() in {"uid", "user", "space"}
    return bool(value) and _PERSON_KEY.fullmatch(key) is not None
