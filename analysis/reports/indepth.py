"""The in-depth report (舆情专报, D02) on one incident, for the county's leaders. Pure.

Facts, claims and questions stand apart; nothing says a cause, and no figure of people stands but a
confirmed one. It stays within three thousand characters by leaving out whole rows, which it counts.
"""

from dataclasses import dataclass

from analysis.reports.document import (
    Block,
    Cell,
    Chart,
    Column,
    ColumnKind,
    Document,
    Heading,
    Items,
    Link,
    Paragraph,
    Table,
    Tone,
)
from analysis.reports.measure import characters
from analysis.reports.outlook import outlook
from analysis.reports.picture import (
    BLANK,
    OPEN_CAUSE,
    Asked,
    Own,
    Picture,
    Said,
    Step,
    day_clock,
    day_hour,
    file_name,
    minutes,
    percent,
)
from analysis.reports.proportion import Shares, fair_share
from core.vocabulary import EvidenceKind

MOST_CHARACTERS = 3000


@dataclass(frozen=True, slots=True)
class _Sizes:
    """How many rows the lists have."""

    facts: int
    steps: int
    claims: int
    questions: int
    outcomes: int


_TRIES = (
    _Sizes(12, 14, 12, 8, 12),
    _Sizes(10, 12, 12, 8, 8),
    _Sizes(8, 10, 10, 6, 6),
    _Sizes(8, 8, 8, 5, 5),
    _Sizes(6, 7, 6, 4, 4),
    _Sizes(5, 6, 5, 4, 3),
    _Sizes(4, 5, 4, 3, 2),
)
"""From the fullest to the shortest: the first that is not too long is taken."""

NO_FACT = "截至本报告时，暂无责任单位确认信息。"


def document(picture: Picture) -> Document:
    """Return the report on *picture*, which charts the incident's whole life."""
    tries = [_blocks(picture, sizes) for sizes in _TRIES]
    fitting = [blocks for blocks in tries if characters(blocks) <= MOST_CHARACTERS]
    return Document(
        name=file_name("indepth", picture),
        office=picture.office,
        title=f"{'【演练】' if picture.drill else ''}关于{picture.name}网上关切情况的专报",
        subtitle=f"截至{day_hour(picture.at)}　事件状态：{picture.state}",
        blocks=tuple(fitting[0] if fitting else tries[-1]),
        made_at=picture.at,
        version=picture.version,
        head=(f"舆情专报　第{BLANK}期", f"编制：{BLANK}　核稿：{BLANK}"),
    )


def _blocks(picture: Picture, sizes: _Sizes) -> list[Block]:
    waiting = [asked for asked in picture.asked if asked.answered_at is None]
    critical = {concern.name for concern in picture.concerns if concern.critical}
    shown, shares = fair_share(waiting, lambda asked: asked.concern in critical, sizes.questions)
    return [
        Heading("摘要"),
        Paragraph((_summary(picture, waiting),)),
        *_facts(picture, sizes.facts),
        *_course(picture, sizes.steps),
        *_concerns(picture, shown, len(waiting), shares),
        *_claims(picture, sizes),
        *_answers(picture),
        *_outlook(picture, waiting),
        *_advice(picture, shown),
        *_method(picture),
    ]


def _summary(picture: Picture, waiting: list[Asked]) -> str:
    spread, open_claims = picture.spread, len(picture.open_claims)
    voices = sum(asked.voices for asked in picture.asked)
    answered = sum(asked.voices for asked in picture.asked if asked.answered_at)
    state = (
        f"仍有{open_claims}条说法待核实，应先核实再回应"
        if open_claims
        else f"已发现的{len(picture.said)}条说法均有结论，关切转向尚未答复的{len(waiting)}个问题"
        if waiting
        else "已发现的说法均有结论，归并的问题均已答复"
    )
    return (
        f"事件相关公开信息{spread.posts}条（另有同文{spread.copies}条），归并出问题"
        f"{len(picture.asked)}个、值得核实的说法{len(picture.said)}条。"
        f"按提问人次计，已答复{percent(answered, voices)}。{state}。{OPEN_CAUSE}。"
    )


def _facts(picture: Picture, most: int) -> list[Block]:
    head = Heading(f"一、已核实的事实（截至{day_hour(picture.at)}）")
    if not picture.facts:
        return [head, Paragraph((NO_FACT,), Tone.LEAD)]
    rows = tuple(
        (fact.name, fact.value, day_clock(fact.as_of), fact.by, "、".join(fact.evidence))
        for fact in picture.facts[:most]
    )
    columns = (
        Column("事项"),
        Column("数值或结论"),
        Column("截至", ColumnKind.TIME),
        Column("确认单位"),
        Column("证据号", ColumnKind.TIME),
    )
    more = max(0, len(picture.facts) - most)
    told: list[Block] = [head, Table("已核实的事实", columns, rows, more)]
    if not any(fact.casualty for fact in picture.facts):
        told.append(Paragraph(("人员伤亡情况尚无确认数字，正在核实。",)))
    return told


def _course(picture: Picture, most: int) -> list[Block]:
    spread = picture.spread
    channels = "，".join(
        f"{name}{n}条（{percent(n, spread.posts)}）" for name, n in spread.channels
    )
    places = "、".join(f"{name}（{n}条）" for name, n in spread.places[:5])
    rows = tuple((day_clock(s.at), s.what, str(s.hour)) for s in _turning(picture.steps, most))
    blocks: list[Block] = [
        Heading("二、传播过程"),
        Chart(
            title="事件相关信息每小时条数",
            points=spread.hourly,
            marks=tuple((o.published_at, o.kind) for o in picture.own if not o.relay)[:6],
        ),
        Table(
            "时间线",
            (
                Column("时刻", ColumnKind.TIME),
                Column("发生了什么"),
                Column("当时每小时条数", ColumnKind.NUMBER),
            ),
            rows,
            len(picture.steps) - len(rows),
        ),
    ]
    told = [f"渠道：{channels}。"] if channels else []
    told += [f"提及较多的地点：{places}。"] if places else []
    return [*blocks, *([Paragraph(("".join(told),))] if told else [])]


def _turning(steps: tuple[Step, ...], most: int) -> list[Step]:
    """Return the steps that matter most, of equal ones the busiest, in order of time."""
    kept = sorted(steps, key=lambda step: (-step.weight, -step.hour, step.at))[:most]
    return sorted(kept, key=lambda step: (step.at, step.what))


def _concerns(picture: Picture, shown: list[Asked], waiting: int, shares: Shares) -> list[Block]:
    whole = sum(concern.texts for concern in picture.concerns)
    rows: list[tuple[Cell, ...]] = [
        (
            concern.name,
            str(concern.texts),
            percent(concern.texts, whole),
            Link(concern.question, f"questions#{concern.question_id}") if concern.question else "—",
            f"{percent(concern.answered, concern.voices)}" if concern.voices else "—",
        )
        for concern in picture.concerns
    ]
    head = Heading("三、公众关切")
    table = Table(
        "关切分析",
        (
            Column("类别"),
            Column("条数", ColumnKind.NUMBER),
            Column("占比", ColumnKind.NUMBER),
            Column("代表问题"),
            Column("已答（按人次）", ColumnKind.NUMBER),
        ),
        tuple(rows),
    )
    blocks: list[Block] = [head, table] if rows else [head, Paragraph(("没有归类的关切。",))]
    if shown:
        blocks.append(Heading("尚未答复的主要问题", 2))
        lines: list[tuple[Cell, ...]] = [
            (
                Link(asked.name, f"questions#{asked.question_id}"),
                _who_asks(asked),
            )
            for asked in shown
        ]
        blocks.append(Items(tuple(lines), numbered=True))
        if waiting > len(shown):
            blocks.append(Paragraph((f"另有{waiting - len(shown)}个问题未列。",), Tone.NOTE))
    blocks.append(Paragraph((_proportion(shares),), Tone.NOTE))
    return blocks


def _who_asks(asked: Asked) -> str:
    first = day_clock(asked.first_asked)
    return f"（{asked.voices}人，{first}首次提出，{asked.concern or '其他'}）"


def _proportion(shares: Shares) -> str:
    """Say how much criticism there is and how much is shown."""
    if not shares.whole:
        return "报喜不报忧自查：没有未答问题，无需比较。"
    return (
        f"报喜不报忧自查：未答问题中追问原因、责任的{shares.critical}个，"
        f"占{percent(shares.critical, shares.whole)}；本报告列出的{shares.shown}个中"
        f"{shares.shown_critical}个，占{percent(shares.shown_critical, shares.shown)}。"
        + ("不低于实际占比。" if shares.fair else "低于实际占比，应补列。")
    )


def _claims(picture: Picture, sizes: _Sizes) -> list[Block]:
    head = Heading("四、待核实与已核实的说法")
    if not picture.said:
        return [head, Paragraph(("没有值得核实的说法。",))]
    rows: list[tuple[Cell, ...]] = [
        (
            Link(claim.name, f"claims/{claim.claim_id}"),
            day_clock(claim.first_seen),
            str(claim.posts),
            claim.verdict,
            day_clock(claim.answered_at) if claim.answered_at else "未公开答复",
        )
        for claim in picture.said[: sizes.claims]
    ]
    columns = (
        Column("说法"),
        Column("首见", ColumnKind.TIME),
        Column("条数", ColumnKind.NUMBER),
        Column("结论", ColumnKind.TIME),
        Column("公开答复", ColumnKind.TIME),
    )
    blocks: list[Block] = [
        head,
        Table("说法核查表", columns, tuple(rows), max(0, len(picture.said) - sizes.claims)),
    ]
    known = [claim for claim in picture.said if not claim.open]
    settled = known[: sizes.outcomes]
    if settled:
        blocks += [Heading("核查结果", 2), Items(tuple((_verdict(c),) for c in settled))]
        codes = sorted({code for claim in settled for code in claim.evidence})
        key = "；".join(f"{code} {EvidenceKind(code).label}" for code in codes)
        left = len(known) - len(settled)
        more = f"另有{left}条结论见说法页。" if left else ""
        blocks.append(Paragraph((f"{more}证据类别：{key}。",), Tone.NOTE))
    return blocks


def _verdict(claim: Said) -> str:
    evidence = f"（{'、'.join(claim.evidence)}）" if claim.evidence else ""
    return f"{claim.name}：{claim.verdict}{evidence}。{claim.outcome}。"


def _answers(picture: Picture) -> list[Block]:
    voices = sum(asked.voices for asked in picture.asked)
    answered = sum(asked.voices for asked in picture.asked if asked.answered_at)
    lines: list[tuple[Cell, ...]] = [
        (_first(picture),),
        (f"问题答复率：按提问人次{percent(answered, voices)}（{answered}/{voices}）。",),
        (_corrections(picture),),
    ]
    blocks: list[Block] = [Heading("五、回应情况"), Items(tuple(lines))]
    if picture.promised:
        kept = [p for p in picture.promised if p.kept_at and not p.late(picture.at)]
        rows: tuple[tuple[Cell, ...], ...] = tuple(
            (
                f"《{promise.title}》",
                day_clock(promise.due),
                day_clock(promise.kept_at) if promise.kept_at else "—",
                _kept(promise.late(picture.at), kept=promise.kept_at is not None),
            )
            for promise in picture.promised
        )
        blocks.append(Paragraph((f"承诺再次通报{len(rows)}项，按时{len(kept)}项：",)))
        columns = (
            Column("作出承诺的文稿"),
            Column("承诺时刻", ColumnKind.TIME),
            Column("兑现时刻", ColumnKind.TIME),
            Column("结果", ColumnKind.TIME),
        )
        blocks.append(Table("承诺兑现", columns, rows))
    return blocks


def _kept(late: int, *, kept: bool) -> str:
    if kept:
        return f"迟{late}分钟" if late else "按时"
    return f"逾期{late}分钟" if late else "未到期"


def _first(picture: Picture) -> str:
    first = next((own for own in picture.own if not own.relay), None)
    if first is None:
        return "首发：尚未发布。"
    took = ""
    if picture.confirmed_at is not None:
        start = picture.confirmed_at
        took = f"，自{day_clock(start)}起用时{minutes(start, first.published_at)}分钟"
    return f"首发：《{first.title}》，{day_clock(first.published_at)}{took}。"


def _corrections(picture: Picture) -> str:
    found: list[Own] = [own for own in picture.own if own.correction]
    times = [minutes(own.corrects, own.published_at) for own in found if own.corrects]
    mean = f"，距原文平均{round(sum(times) / len(times))}分钟" if times else ""
    relays = sum(own.relay for own in picture.own)
    return f"发布{len(picture.own)}篇，其中转发预警{relays}篇；更正{len(found)}次{mean}。"


def _outlook(picture: Picture, waiting: list[Asked]) -> list[Block]:
    return [Heading("六、研判"), *(Paragraph((line,)) for line in outlook(picture, waiting))]


def _advice(picture: Picture, shown: list[Asked]) -> list[Block]:
    rows: list[tuple[Cell, ...]] = [_to_check(claim) for claim in picture.open_claims[:4]]
    rows += [
        (f"答复“{asked.name}”", BLANK, day_clock(asked.due) if asked.due else BLANK)
        for asked in shown[:4]
    ]
    head = Heading("七、建议")
    if not rows:
        return [head, Paragraph(("没有待核实说法和未答问题，按承诺继续通报。",))]
    columns = (Column("事项"), Column("牵头单位"), Column("时限", ColumnKind.TIME))
    note = Paragraph((f"单位按目录职责推荐，标{BLANK}的由编制人指定。",), Tone.NOTE)
    return [head, Table("建议", columns, tuple(rows)), note]


def _to_check(claim: Said) -> tuple[Cell, ...]:
    due = day_clock(claim.due) if claim.due else BLANK
    return (f"核实“{claim.name}”并反馈依据", claim.unit or BLANK, due)


def _method(picture: Picture) -> list[Block]:
    spread = picture.spread
    whole = spread.posts + spread.copies
    names = "、".join(name for name, _ in spread.channels) or "无"
    since = f"{day_clock(spread.hourly[0][0])}至" if spread.hourly else "截至"
    lost = "；".join(picture.unseen) or "近24小时所列来源都看到了"
    data = (
        f"来源：{names}；时段：{since}{day_clock(picture.at)}；"
        f"同文去重{percent(spread.copies, whole)}（{spread.copies}/{whole}）；没有看到的：{lost}。"
    )
    method = (
        f"说法和问题由程序归并、词表命名，结论由两人审定；抽样核验准确率：{BLANK}。"
        "条数是公开信息的数量，不代表全体居民。"
    )
    return [Heading("数据与方法"), Paragraph((data,)), Paragraph((method,))]
