"""Finds what people ask, and puts the same question together whatever its words. Pure.

A question wants information. Checking formulas alone (真的假的, 求证) are enquiries about a claim
and no question; beside a real question (真的假的？几点停水) the question counts. 怎么回事 and 什么
情况 ask for information and count. Rhetorical clauses (这也太离谱了吧, 谁都, 难道…吗) do not.
"""

import re
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import log, sqrt

from analysis.anchors import Scene, scene_of
from analysis.gazetteer import place_mentions
from analysis.phrases import lists_in
from analysis.records import SegmentedPost, Signs
from core.lexicon import any_of, load_lexicon
from core.word_finder import WordFinder

MAX_QUESTIONS = 2_000
"""Questions kept open for joining; the one longest unasked leaves first."""
MAX_VOICES = 20_000
"""Voices told apart for one question; beyond them the count stands still."""
SAME_QUESTION = 0.5
"""Weighted share of content words that two questions must have in common; own gold, 0.4 to 0.6."""
SILENCE = timedelta(hours=48)
"""After so long without anybody asking, the same words are a new question."""
NEARBY = timedelta(hours=12)
"""How lately a question of a named place was asked that a post without a place still means."""
TYPICAL_OF = 60
"""Latest posts of a question among which its most typical wording is sought."""

_LISTS = load_lexicon().extra.reading["questions"]
_ASKED = load_lexicon().extra.reading["asked"]
_CLAUSE = re.compile(r"[^，,。！!？?；;~…\s]+[，,。！!？?；;~…\s]*")
_ASKING = any_of(_LISTS["asking"])
# Every way to ask below holds one of these; most clauses hold none.
_MAY_ASK = any_of(_LISTS["asking"], "？?吗么没不怎呢几")
_RHETORICAL = any_of(_LISTS["rhetorical"])
_FORMULA = re.compile(
    r"(?:这?(?:是|消息)?(?:真的?假的?|真的?还是假的?|真的?[吗么嘛]|真假|是真是假|假的[吗吧么])"
    r"|[求等蹲坐](?:官方|辟谣|证实|证|真相|真假|实锤|通报|官宣|准信|核实|回应)+"
    r"|靠谱[吗么不]|可信[吗么不]|属实[吗么不]|保真[吗么不]|(?:是不是|是)?谣言[吗吧么]?"
    r"|不[会是]吧|是不是真的?|有官方消息吗|不是真的吧)(?:啊|呀)?[？?！!。~]*"
)
# Found at once; every formula holds one of these.
_FORMULAIC = re.compile(r"[真假谣求等蹲坐]|靠谱|可信|属实|不[会是]吧|官方消息")
# Only when it is said of something: …着火是真的吗, …死了人，是不是真的.
_WHETHER = re.compile(
    r"(?:是真的?[吗么嘛]|是不是真的?|是真是假|真的?假的[？?]|真的[吗么嘛][？?]?$|属实[吗么])"
)
_SAYS_EVENT = re.compile(
    r"着火|起火|火灾|爆炸|泄漏|漏气|中毒|[垮塌溃漏炸]了?|死(?:了|亡|人)|伤亡|遇难|停[水电气课运]|封[路城校]"
    r"|疫情|确诊|感染|地震|撤离|决堤|呕吐|涨价"
)
# Particles and forms that ask at the end of a clause; a bare 吧 or 呢 closes statements as well.
_CLOSING = re.compile(
    r"(?:吗|(?<![什怎那这多要])么|[了过到来出完好](?:没有|没)|[喝走过用通开来停上吃住管有行好能打](?:得|了)?不"
    r"|(?<![就从要好也都并绝可])[没不]|怎么(?![也都说这那能可就])[\u4e00-\u9fff]{1,3}"
    r"|(?<![着才可还])呢(?=[？?]))[啊呀哦]?[？?！!。，,~…\s]*$"
)
_A_NOT_A = re.compile(r"([\u4e00-\u9fff])[不没]\1")
_SHORT_WHERE = re.compile(r"^[^还在正着才可]{2,6}呢[。~\s]*$")
_HOW_MANY = re.compile(
    r"(?<![好十百千上这那第])几(?:级|例|个人|号|楼|人|家|成)[^，。]{0,4}(?:[吗呢？?]|$)"
)
_STATED = re.compile(r"(?:公布|通报|说明|介绍|讲|解释|明确|研究|强调|告诉你)了?[^，。一]{0,4}$")
_NEVER = re.compile(r"难道(?!没有人知道)|何苦|谁说不是")
_MARK = re.compile(r"[？?]")
_TITLE = re.compile(r"^[【\[#《]")
_HANDLE = re.compile(r"@[^\s:：,，]{1,30}[:：]?|https?://\S+|\[[^\]]{1,8}\]|#[^#]{1,40}#")
_LETTERS = re.compile(r"[\w\u4e00-\u9fff]{2,}")
_WHY = re.compile(r"为什么|为啥|为何|原因|怎么会|怎么回事|咋回事|凭什么|怎么引起|怎么着")
_WHERE = re.compile(r"哪里|哪儿|在哪|去哪|到哪|往哪|哪个|哪家|哪条|哪些|何处")
_WHO = re.compile(r"谁|哪个部门|什么部门|找谁|归哪")
# Families whose answer depends on the very place or facility; the others hold for the whole area.
_BOUND = frozenset({"road_open", "bridge", "dam", "pump"})
# Families asked of one event: the school, the factory or the street tells two of them apart. What
# the whole area asks (停课, 来电, 停水, 公交) is one question over all towns.
_OF_EVENT = frozenset(
    {
        "casualty",
        "cause",
        "duty",
        "evacuate",
        "fire_out",
        "illness",
        "inquiry_result",
        "leak",
        "notice",
        "safe",
        "smell",
    }
)
_WORDS = "words"
"""First of ``QuestionState.asked`` for a question that no family of ``extra.toml`` fits."""
_TRUE = "true"
"""Facet of 着火是真的吗: whether it is so, and not how it goes on."""
# Families broad enough that the word itself is part of what is asked.
_BROAD = frozenset({"medical", "donate", "transit", "testing", "work"})
_ASIDE = frozenset({"cause", "duty", "complain_where"})
_OBJECTS = ("高速", "国道", "省道", "隧道", "大桥", "桥", "高架", "涵洞", "水库", "大坝", "堤")


def is_question(text: str, signs: Signs) -> bool:
    """Tell whether *text* asks for information, marked or not; see the module for what is none."""
    if _is_told(text, signs):
        return False
    return bool(_asking_clauses(text)) or _asks_whether(text, signs)


def _asks_whether(text: str, signs: Signs) -> bool:
    """Tell of 厂里着火是真的吗: a concrete event put in question; 真的假的 alone is an enquiry."""
    match = _WHETHER.search(text)
    if match is None:
        return False
    event = text[: match.start()]
    named = any(word in event for word in (*signs.hazards, *signs.failures))
    return named or _SAYS_EVENT.search(event) is not None


def _is_told(text: str, signs: Signs) -> bool:
    """Tell of an official answer or guide that only repeats a question in its title."""
    if "questions.reported" in lists_in(text):
        return not _MARK.search(text[-4:])
    return _TITLE.match(text) is not None and len(text) > 80 and not signs.enquiry


def _asking_clauses(text: str) -> list[str]:
    clauses = filter(_MAY_ASK.search, _CLAUSE.findall(_HANDLE.sub(" ", text)))
    return [c for part in clauses for own in _without_formulas(part) if _asks(c := own.strip())]


def _without_formulas(clause: str) -> list[str]:
    """Return what is left of *clause*; a formula ends with its clause, and parts what it joins."""
    if not _FORMULAIC.search(clause):
        return [clause]
    return _CLAUSE.findall(_FORMULA.sub("，", clause))


def _asks(clause: str) -> bool:
    if not _MAY_ASK.search(clause) or not _LETTERS.search(clause) or _NEVER.search(clause):
        return False
    if _RHETORICAL.search(clause):
        clause = _RHETORICAL.sub("", clause).strip("？?！!。 ")
        if len(clause) < 4:
            return False
        return _asks_by_word(clause)
    return _MARK.search(clause) is not None or _asks_by_word(clause)


def _asks_by_word(clause: str) -> bool:
    word = _ASKING.search(clause)
    if word and not _STATED.search(clause[: word.start()]):
        return True
    if match := _A_NOT_A.search(clause):
        return match.group() not in ("好不好", "对不对", "行不行", "天不天")
    return any(p.search(clause) for p in (_CLOSING, _SHORT_WHERE, _HOW_MANY))


def _families() -> WordFinder[tuple[str, tuple[str, ...]]]:
    of_word: dict[str, list[str]] = defaultdict(list)
    for name, words in _ASKED.items():
        for word in words:
            of_word[word].append(name)
    return WordFinder({word: (word, tuple(names)) for word, names in of_word.items()})


_FAMILIES = _families()
_RANK = {name: rank for rank, name in enumerate(_ASKED)}


def asked_thing(text: str, signs: Signs) -> tuple[str, ...]:
    """Return what *text* asks for, as a key that paraphrases share; empty when no family fits.

    The key holds the family (停课, 来电, 能走, ...), whether it asks why, where or who, and for
    roads, bridges, dams and pumps which one.
    """
    clauses = _asking_clauses(text)
    for part in (*clauses, text):
        found = _found_families(part)
        if found:
            key = _key(part, text, signs, found)
            return key if clauses else (key[0], _TRUE, *key[2:])
    return ()


def _found_families(part: str) -> dict[str, tuple[int, int, str]]:
    found: dict[str, tuple[int, int, str]] = {}
    for _, _, (word, names) in _FAMILIES.every(part):
        for name in names:
            longest, total, best = found.get(name, (0, 0, ""))
            best = word if len(word) > longest else best
            found[name] = (max(longest, len(word)), total + len(word), best)
    return found


def _key(
    part: str, text: str, signs: Signs, found: Mapping[str, tuple[int, int, str]]
) -> tuple[str, ...]:
    topics = [n for n in found if n not in _ASIDE]
    if not topics and _ASIDE & found.keys():
        topics = [n for n in _found_families(text) if n not in _ASIDE]
    topic = max(topics or found, key=lambda n: (*found.get(n, (0, 0, ""))[:2], -_RANK[n]))
    key = [topic, _facet(part, topic)]
    key += sorted(_ASIDE & found.keys() - {topic})[:1]
    if topic in _BOUND:
        key.append(_object(text, signs))
    elif topic in _BROAD:
        key.append(found[topic][2] if topic in found else "")
    return tuple(key)


def _facet(part: str, topic: str) -> str:
    if _WHY.search(part):
        return "why"
    if topic != "road_open" and _WHERE.search(part):
        return "where"
    return "who" if _WHO.search(part) else ""


def _object(text: str, signs: Signs) -> str:
    """Return the place, or else the kind of facility, that the question is about."""
    bound = [p.name for p in signs.places if p.kind not in ("town", "county", "village", "estate")]
    names = bound or [m for m in place_mentions(text) if m.endswith(_OBJECTS)]
    if names:
        return names[0]
    return next((o for o in _OBJECTS if o in text), "")


@dataclass(frozen=True, slots=True)
class QuestionState:
    """One question as the book knows it."""

    key: int
    text: str = field(repr=False)
    """The wording most typical of the latest posts, the earliest among equals."""
    first_asked: datetime
    last_asked: datetime
    posts: int
    voices: int
    """Distinct voices; exact up to ``MAX_VOICES``."""
    concern: str | None
    asked: tuple[str, ...] = ()
    """What is asked, as ``asked_thing`` gives it, or ``words`` and the pairs it is known by."""
    places: frozenset[str] = frozenset()
    """What it was asked of, as ``analysis.anchors.Scene`` writes it; empty while nobody said."""
    heard: frozenset[str] = field(default=frozenset(), repr=False)
    """The voices themselves where known, so that a loaded book counts nobody twice."""


class _Open:
    """A question that posts can still join."""

    def __init__(self, state: QuestionState) -> None:
        self.key, self.text = state.key, state.text
        self.first_asked, self.last_asked = state.first_asked, state.last_asked
        self.posts, self.unheard = state.posts, max(0, state.voices - len(state.heard))
        self.heard = set(state.heard)
        self.concerns: Counter[str] = Counter()
        self.kept_concern, self.unread = state.concern, state.posts
        self.recent: deque[tuple[str, frozenset[str]]] = deque()
        self.shared: Counter[str] = Counter()
        self.scene = Scene.read(state.places)
        self.asked, self.words = state.asked, frozenset[str]()
        if self.asked[:1] == (_WORDS,):
            self.asked, self.words = (), frozenset(self.asked[1:])

    def add(self, post: SegmentedPost, concern: str | None) -> None:
        self.first_asked = min(self.first_asked, post.published_at)
        self.last_asked = max(self.last_asked, post.published_at)
        self.posts += 1
        if len(self.heard) < MAX_VOICES:
            self.heard.add(post.voice)
        if concern:
            self.concerns[concern] += 1
        self.word(post.text)

    def recall(self, post: SegmentedPost, concern: str | None) -> None:
        """Take back a post of before a restart, which the state has counted already."""
        if post.voice not in self.heard and len(self.heard) < MAX_VOICES:
            self.heard.add(post.voice)
            self.unheard = max(0, self.unheard - 1)
        self.unread = max(0, self.unread - 1)
        if concern:
            self.concerns[concern] += 1
        self.word(post.text)

    def word(self, text: str) -> None:
        """Let *text* be one of the latest wordings; the oldest of too many leaves."""
        pairs = _pairs(text)
        self.recent.append((text, pairs))
        self.shared.update(pairs)
        if len(self.recent) > TYPICAL_OF:
            self.shared.subtract(self.recent.popleft()[1])

    def typical(self) -> str:
        """Return the wording that shares most with the others of the latest posts."""
        best, most = self.text, -1.0
        for text, pairs in self.recent:
            alike = sum(self.shared[pair] - 1 for pair in pairs) / sqrt(len(pairs) or 1)
            if alike > most:
                best, most = text, alike
        return best

    def state(self) -> QuestionState:
        # Ties go to the concern seen first, so equal input gives equal output.
        kept = self.kept_concern if self.unread else None
        seen = (Counter({kept: self.unread}) if kept else Counter()) + self.concerns
        concern = max(seen, key=lambda c: seen[c]) if seen else None
        return QuestionState(
            key=self.key,
            text=self.typical(),
            first_asked=self.first_asked,
            last_asked=self.last_asked,
            posts=self.posts,
            voices=self.unheard + len(self.heard),
            concern=concern,
            asked=self.asked or (_WORDS, *sorted(self.words)),
            places=self.scene.written(),
            heard=frozenset(self.heard),
        )


class QuestionBook:
    """Puts questions together online, in the order given; the same posts give the same book."""

    def __init__(self) -> None:
        self._open: OrderedDict[int, _Open] = OrderedDict()
        self._by_asked: dict[tuple[str, ...], set[int]] = defaultdict(set)
        self._by_word: dict[str, set[int]] = defaultdict(set)
        self._seen_in: Counter[str] = Counter()
        self._texts = 0
        self._next = 1
        self._changed: set[int] = set()
        self._left: list[QuestionState] = []

    def assign(self, post: SegmentedPost, signs: Signs, concern: str | None) -> int | None:
        """Return the key of the question that *post*, a question, asks; None when it says nothing.

        Posts come in order of publication. What is asked decides first; where no family of
        ``extra.toml`` fits, the content words do, weighed by how rare they have been so far.
        """
        asked, words = asked_thing(post.text, signs), _bigrams(post.text)
        if not asked and not words:
            return None
        self._learn(words)
        bound = not asked or asked[0] in _OF_EVENT or _TRUE in asked
        scene = scene_of(post.text, signs) if bound else Scene()
        key = self._same(asked, scene, post) if asked else self._nearest(words, scene, post)
        if key is None:
            key = self._start(post, asked or (_WORDS, *sorted(words)), scene)
        entry = self._open[key]
        entry.add(post, concern)
        entry.scene = entry.scene.widened(scene)
        self._open.move_to_end(key)
        self._changed.add(key)
        return key

    def recall(self, post: SegmentedPost, signs: Signs, concern: str | None, key: int) -> None:
        """Take back a post of before a restart that asked question *key*; counts nothing twice.

        Call it after ``load``, for every remembered question post in the order of the first run,
        those of questions not loaded too: how rare words are is learned from all of them.
        """
        asked, words = asked_thing(post.text, signs), _bigrams(post.text)
        if not asked and not words:
            return
        self._learn(words)
        entry = self._open.get(key)
        if entry is None:
            return
        entry.recall(post, concern)
        self._open.move_to_end(key)

    def changed(self) -> list[QuestionState]:
        """Return the questions that changed since the last call, by key."""
        states = [*self._left, *(self._open[k].state() for k in self._changed)]
        self._changed.clear()
        self._left = []
        return sorted(states, key=lambda s: s.key)

    def load(self, states: Iterable[QuestionState], *, newest: int = 0) -> None:
        """Take up questions of an earlier run; call before the first ``assign``.

        *newest* is the highest key ever given, for it may belong to a question left out.
        """
        self._next = max(self._next, newest + 1)
        for state in sorted(states, key=lambda s: (s.last_asked, s.key)):
            self._file(_Open(state if state.asked else replace(state, asked=_asked_by(state.text))))
            self._next = max(self._next, state.key + 1)

    def _start(self, post: SegmentedPost, asked: tuple[str, ...], scene: Scene) -> int:
        moment = post.published_at
        entry = _Open(
            QuestionState(
                self._next,
                post.text,
                moment,
                moment,
                0,
                0,
                None,
                asked=asked,
                places=scene.written(),
            )
        )
        self._next += 1
        self._file(entry)
        return entry.key

    def _file(self, entry: _Open) -> None:
        self._open[entry.key] = entry
        if entry.asked:
            self._by_asked[entry.asked].add(entry.key)
        for word in entry.words:
            self._by_word[word].add(entry.key)
        while len(self._open) > MAX_QUESTIONS:
            self._close(next(iter(self._open)))

    def _close(self, key: int) -> None:
        entry = self._open.pop(key)
        if key in self._changed:
            self._changed.discard(key)
            self._left.append(entry.state())
        if entry.asked:
            self._by_asked[entry.asked].discard(key)
            if not self._by_asked[entry.asked]:
                del self._by_asked[entry.asked]
        for word in entry.words:
            self._by_word[word].discard(key)
            if not self._by_word[word]:
                del self._by_word[word]

    def _learn(self, words: frozenset[str]) -> None:
        self._texts += 1
        self._seen_in.update(words)
        if len(self._seen_in) > 50_000:
            self._seen_in = Counter({w: n for w, n in self._seen_in.items() if n > 1})

    def _weight(self, word: str) -> float:
        return log(1 + (self._texts + 1) / (self._seen_in[word] + 0.5))

    def _same(self, asked: tuple[str, ...], scene: Scene, post: SegmentedPost) -> int | None:
        """Return the question of the same thing and scene; among equals the one last asked."""
        best: tuple[int, datetime, int] | None = None
        for key in self._by_asked.get(asked, ()):
            grade = self._grade(self._open[key], scene, post)
            if grade and (best is None or (grade, self._open[key].last_asked, key) > best):
                best = (grade, self._open[key].last_asked, key)
        return None if best is None else best[2]

    def _grade(self, entry: _Open, scene: Scene, post: SegmentedPost) -> int:
        """Return 0 when *entry* is another question or silent for too long, else 1 or 2."""
        silent = post.published_at - entry.last_asked
        if silent > SILENCE:
            return 0
        grade = scene.agrees(entry.scene)
        return 0 if grade == 1 and silent > NEARBY else grade

    def _nearest(self, words: frozenset[str], scene: Scene, post: SegmentedPost) -> int | None:
        shared: Counter[int] = Counter()
        for word in sorted(words):
            for key in self._by_word.get(word, ()):
                shared[key] += 1
        best, best_score = None, SAME_QUESTION
        for key, _ in sorted(sorted(shared.items(), key=lambda kn: (-kn[1], kn[0]))[:30]):
            entry = self._open[key]
            if not self._grade(entry, scene, post):
                continue
            score = self._alike(words, entry.words)
            if score > best_score:
                best, best_score = key, score
        return best

    def _alike(self, ours: frozenset[str], theirs: frozenset[str]) -> float:
        both = sum(map(self._weight, sorted(ours & theirs)))
        return both / sum(map(self._weight, sorted(ours | theirs)))


_LETTER = re.compile(r"[\w\u4e00-\u9fff]")
_EMPTY_WORDS = frozenset(_LISTS["empty"])


def _pairs(text: str) -> frozenset[str]:
    """Return the character pairs of *text*, asking words too, by which wordings are compared."""
    form = "".join(_LETTER.findall(_HANDLE.sub(" ", text)))
    return frozenset(form[i : i + 2] for i in range(len(form) - 1))


def _bigrams(text: str) -> frozenset[str]:
    """Return the character pairs that carry meaning, asking words left out.

    Pairs and not words: a stored question has its text but not its words, and 恢复供热 must meet
    供热恢复.
    """
    runs = re.findall(r"[\u4e00-\u9fff]+|[A-Za-z0-9]+", _ASKING.sub("\n", _HANDLE.sub(" ", text)))
    pairs = {run[i : i + 2] for run in runs for i in range(max(1, len(run) - 1))}
    return frozenset(p for p in pairs if len(p) > 1 and p not in _EMPTY_WORDS)


def _asked_by(text: str) -> tuple[str, ...]:
    """Return the key of a question by one of its wordings alone."""
    return asked_thing(text, Signs()) or (_WORDS, *sorted(_bigrams(text)))
