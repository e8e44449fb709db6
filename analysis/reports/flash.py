"""The flash brief (舆情快报, D01): four hundred characters and a chart for the duty leader. Pure.

What is confirmed and what is said stand in separate paragraphs, and neither says a cause. Length
is kept by leaving whole items out, the least pressing first, and saying how many; no sentence is
ever cut.
"""

from collections.abc import Sequence
from datetime import datetime

from analysis.reports.document import (
    Block,
    Cell,
    Chart,
    Document,
    Link,
    Paragraph,
    Tone,
)
from analysis.reports.picture import (
    BLANK,
    Asked,
    Picture,
    Said,
    clock,
    day_clock,
    day_hour,
    file_name,
    listed,
    percent,
)

MOST_CHARACTERS = 400
FACTS, CLAIMS, QUESTIONS, PLACES = 3, 3, 3, 3
MARKS = 2
"""Claims that are marked in the chart, so that the brief stays on two pages."""
NO_FACT = "暂无责任单位确认信息"

Parts = tuple[Cell, ...]


def document(picture: Picture) -> Document:
    """Return the brief of *picture*."""
    marks = tuple((claim.first_seen, f"{claim.name}首见") for claim in picture.open_claims[:MARKS])
    blocks: list[Block] = [Paragraph(parts) for parts in _fitting(picture)]
    chart = Chart(title="相关信息每小时条数", points=picture.spread.hourly, marks=marks)
    return Document(
        name=file_name("flash", picture),
        office=picture.office,
        title=f"{'【演练】' if picture.drill else ''}{_title(picture)}",
        subtitle=f"{day_hour(picture.at)}",
        blocks=(*blocks, chart, Paragraph((_data_note(picture),), Tone.NOTE)),
        made_at=picture.at,
        version=picture.version,
        head=(f"舆情快报　第{BLANK}期", f"编制：{BLANK}　核稿：{BLANK}"),
    )


def length(picture: Picture) -> int:
    """Return the characters of the brief's body, blanks between words left out."""
    return _characters(_fitting(picture))


def _title(picture: Picture) -> str:
    waiting = "出现待核实说法" if picture.open_claims else "升温"
    return f"{picture.name}相关信息{waiting}"


def _fitting(picture: Picture) -> list[Parts]:
    """Return the fullest body that fits, leaving out one item after another."""
    facts, claims = min(FACTS, len(picture.facts)), min(CLAIMS, len(picture.open_claims))
    questions, places = min(QUESTIONS, len(_distinct(picture.asked))), PLACES
    while True:
        body = _body(picture, facts, claims, questions, places)
        if _characters(body) <= MOST_CHARACTERS or not (facts + claims + questions + places):
            return body
        # The second claim stays longest: what is said and unchecked is what the brief is for.
        if places > 1:
            places -= 1
        elif facts > 1:
            facts -= 1
        elif questions > 1:
            questions -= 1
        elif claims > 1:
            claims -= 1
        elif facts:
            facts -= 1
        elif questions:
            questions -= 1
        elif places:
            places -= 1
        else:
            claims -= 1


def _characters(body: list[Parts]) -> int:
    texts = [part if isinstance(part, str) else part.text for parts in body for part in parts]
    return sum(len("".join(text.split())) for text in texts)


def _body(picture: Picture, facts: int, claims: int, questions: int, places: int) -> list[Parts]:
    return [
        _facts(picture, facts),
        _claims(picture, claims),
        _spread(picture, places),
        _questions(picture, questions),
        _risk(picture),
        _advice(picture),
    ]


def _facts(picture: Picture, shown: int) -> Parts:
    told = [
        f"{fact.name}{'' if fact.value[:1].isdigit() else '：'}{fact.value}"
        f"（截至{day_clock(fact.as_of)}，{fact.by}）"
        for fact in picture.facts[:shown]
    ]
    head = "一、基本情况（已核实）："
    if not told:
        none = NO_FACT if not picture.facts else f"已确认{len(picture.facts)}项，见事实台账"
        return (f"{head}截至{day_clock(picture.at)}，{none}。原因正在调查。",)
    more = _more(len(picture.facts) - shown, "项")
    return (f"{head}{'；'.join(told)}。{more}原因正在调查。",)


def _claims(picture: Picture, shown: int) -> Parts:
    waiting = picture.open_claims
    if not waiting:
        return ("二、网上在说什么（未核实）：暂无待核实说法。",)
    parts: list[Cell] = [f"二、网上在说什么（未核实）：主要说法{len(waiting)}条："]
    for n, claim in enumerate(waiting[:shown]):
        parts += ["①②③④⑤"[n], Link(claim.name, f"claims/{claim.claim_id}")]
        end = "。" if n == shown - 1 else "；"
        parts.append(f"（{claim.posts}条，{clock(claim.first_seen)}首见，{claim.verdict}）{end}")
    if more := _more(len(waiting) - shown, "条"):
        parts.append(more)
    return tuple(parts)


def _spread(picture: Picture, shown: int) -> Parts:
    spread = picture.spread
    usual = ""
    if spread.usual:
        usual = (
            f"，为前{spread.usual_hours}小时中位数（{spread.usual:g}条）"
            f"的{spread.hour / spread.usual:.1f}倍"
        )
    channels = "、".join(f"{name}{percent(n, spread.posts)}" for name, n in spread.channels[:3])
    where = "、".join(name for name, _ in spread.places[:shown])
    told = [f"近1小时{spread.hour}条{usual}"]
    if channels:
        told.append(f"渠道{channels}")
    if where:
        told.append(f"涉及{where}")
    told.append(f"求证类占{percent(spread.asking, spread.hour)}")
    return (f"三、传播态势：{'；'.join(told)}。",)


def _questions(picture: Picture, shown: int) -> Parts:
    if not picture.asked:
        return ("四、群众最关心的问题：暂未归并出问题。",)
    parts: list[Cell] = ["四、群众最关心的问题："]
    for n, asked in enumerate(_distinct(picture.asked)[:shown]):
        parts += ["①②③④⑤"[n], Link(asked.name, f"questions#{asked.question_id}")]
        end = "。" if n == shown - 1 else "；"
        parts.append(f"（{asked.voices}人，{_answered(asked)}）{end}")
    waiting = [a for a in picture.asked if a.answered_at is None]
    parts.append(f"未答共{len(waiting)}个。")
    return tuple(parts)


def _distinct(asked: Sequence[Asked]) -> list[Asked]:
    """Leave out questions that are called as a greater one: the answer is the same."""
    return list({one.name: one for one in reversed(asked)}.values())[::-1]


def _answered(asked: Asked) -> str:
    return "未答" if asked.answered_at is None else "已答"


def _risk(picture: Picture) -> Parts:
    waiting = picture.open_claims
    if not waiting:
        return ("五、可能影响：暂无待核实说法。",)
    level = max(claim.level for claim in waiting)
    pressing = {"C4": "高", "C3": "中"}.get(level, "低")
    known = any(claim.danger for claim in waiting)
    what = "如信以为真，可能影响避险或引发抢购" if known else "词表未列危害，由值班领导判断"
    return (f"五、可能影响：{what}；紧迫程度：{pressing}。",)


def _advice(picture: Picture) -> Parts:
    told, at = [], picture.at
    if picture.open_claims:
        told.append(_check(picture.open_claims[0]))
    if picture.first_due is not None:
        told.append(f"首发应于{_due(picture.first_due, at)}，由{BLANK}署名")
    elif picture.open_claims and (due := picture.open_claims[0].answer_due):
        told.append(f"该说法应于{_due(due, at)}对外说明，由{BLANK}署名")
    calls = picture.calls
    told.append(f"求助{calls.received}件，已转办{calls.handed_over}件")
    return (f"六、建议：{listed(told)}。",)


def _due(due: datetime, at: datetime) -> str:
    return f"{clock(due)}前" + ("（已超时）" if due < at else "")


def _check(claim: Said) -> str:
    unit = claim.unit or f"{BLANK}（责任单位）"
    by = f"，请于{clock(claim.due)}前反馈" if claim.due else ""
    return f"由{unit}核实“{claim.name}”{by}"


def _more(left: int, unit: str) -> str:
    return f"另有{left}{unit}未列。" if left > 0 else ""


def _data_note(picture: Picture) -> str:
    spread = picture.spread
    names = "、".join(name for name, _ in spread.channels) or "无"
    lost = "；".join(picture.unseen) or "无"
    return (
        f"数据说明：来源{names}；样本{spread.posts}条（另有同文{spread.copies}条）；"
        f"没有看到的：{lost}。"
    )
