"""What matters and questions are called in a brief: never the words of a single person. Pure.

A claim goes by its matter (柏舟桥：建筑道路损毁) and a question by its asking clause. What speaks
of people who came to harm is named without a figure: no unverified number stands in a report.
"""

import re

from analysis.families import Path, load_matters
from analysis.matters import matter_of
from core.lexicon import any_of, load_lexicon
from core.vocabulary import ConcernLevel

CASUALTY = "casualty"
HARM_ASKED = "有没有人员伤亡"
MOST = 24
"""Characters of a clause that stands for a text; a longer one is left out, never cut."""

SHORT = 8
"""A shorter asking clause takes the clause before it along, to say what it is about."""

_NOISE = re.compile(
    r"#[^#\n]{1,40}#|\[[^\]]{1,6}\]|@\S+|https?://\S+"
    r"|[^\w\s，。！？；：、,.!?;:%“”‘’（）()《》—-]"
)
_ENDS = re.compile(r"[，。！？；,!?;\s]+")
_ASKING = any_of(load_lexicon().question_signs["words"], ("哪", "是否", "有没", "真假"))
_TELLING = any_of(
    load_lexicon().hazard_assertions,
    *load_lexicon().problem_signs.values(),
    *load_lexicon().incident_words.values(),
)
_FILLER = any_of(("求证", "请问", "问一下", "求问", "想知道", "有知道的", "朋友们", "各位", "哎呀"))
_HARM = any_of(
    (
        "伤亡",
        "死人",
        "死了",
        "淹死",
        "烧死",
        "砸死",
        "遇难",
        "身亡",
        "受伤",
        "轻伤",
        "重伤",
        "伤员",
    ),
    ("失联", "失踪", "冲走", "遗体", "人没了", "口没了", "死亡"),
)


def is_harm(text: str, matter: str = "", concern: str | None = None) -> bool:
    """Return whether a text speaks of people who came to harm, as far as words tell."""
    return concern == CASUALTY or matter.startswith(CASUALTY) or bool(_HARM.search(text))


def is_danger(matter: str) -> bool:
    """Return whether the lexicon knows a matter as one that sends people fleeing or shopping."""
    known = matter_of(matter)
    return known is not None and known.path is Path.HAZARD and known.level >= ConcernLevel.C3


def claim_name(matter: str, text: str) -> str:
    """Return what a claim is called: its place and what is said of it, in the lexicon's words.

    *matter* is ``Matter.key``; a claim without one goes by the first clause of *text* that fits.

    >>> claim_name("dam_break@reservoir|望澄水库", "业主群都在传望澄水库塌了！")
    '望澄水库：水库堤防溃决'
    >>> claim_name("casualty@tunnel|建业路下穿通道#人=3", "一家三口都没了")
    '建业路下穿通道：人员伤亡'
    """
    known = matter_of(matter)
    if known is None or known.vague:
        return "一条涉及人员情况的说法" if is_harm(text) else clause(text)
    name = load_matters().families[known.family].name
    if known.family != CASUALTY:
        name += "".join(f"（{'、'.join(sorted(v))}{u}）" for u, v in known.numbers if u != "价")
    where = "" if known.anchor.name in name else f"{known.anchor.name}："
    return f"{where}{name}"


def question_name(text: str, concern: str | None = None) -> str:
    """Return what a question is called: the shortest clause that asks and still tells what.

    >>> question_name("#云岚#哎呀，白檀镇停电了，几点能来电，冰箱里的东西都要坏了??")
    '白檀镇停电了，几点能来电'
    """
    if is_harm(text, concern=concern):
        return HARM_ASKED
    parts = [part for part in _clauses(text) if _FILLER.sub("", part)]
    asking = [n for n, part in enumerate(parts) if _ASKING.search(part) and len(part) <= MOST]
    if not asking:
        return clause(text)
    first = asking[0]
    name = parts[first]
    if first and len(name) < SHORT and len(parts[first - 1]) + len(name) < MOST:
        name = f"{parts[first - 1]}，{name}"
    return name


def clause(text: str) -> str:
    """Return the clause of *text* that tells most, without decoration; 一条信息 when none fits."""
    fits = [part for part in _clauses(text) if 3 < len(part) <= MOST]
    return max(fits, key=lambda part: len(_TELLING.findall(part)), default="一条信息")


def _clauses(text: str) -> list[str]:
    plain = _NOISE.sub("", text)
    return [part.strip() for part in _ENDS.split(plain) if part.strip() and not part.isdigit()]
