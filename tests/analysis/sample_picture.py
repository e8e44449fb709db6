"""Pictures of an incident for the tests of the briefs: one plain, and any number at random."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from analysis.reports.document import (
    Box,
    Chart,
    Document,
    Figures,
    Heading,
    Items,
    Multiples,
    Paragraph,
    Table,
)
from analysis.reports.picture import (
    Asked,
    Calls,
    Concern,
    Confirmed,
    Own,
    Picture,
    Promised,
    Said,
    Spread,
    Step,
)

AT = datetime(2031, 6, 17, 14, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
PLACES = ("望澄水库", "东禾泵站", "柏舟桥", "全县", "大垄村", "禾丰农贸市场")
MATTERS = ("水库堤防溃决", "设施停运", "停水", "安置点满员", "没有接到通知", "价格异常")
FIELDS = ("转移人数", "停水户数", "水位", "排涝设备", "到场人员")
CONCERNS = ("原因", "责任与监管", "生活影响", "求助", "伤亡", "预警与避险")
UNITS = ("澄川县水利局", "澄川县防汛抗旱指挥部", "澄川供水公司", "")


def any_picture(seed: int) -> Picture:
    """A picture with every list of any length and figures that rarely meet by chance."""
    random = Random(seed)  # noqa: S311  a test needs no secret

    def number() -> int:
        return random.choice((random.randint(0, 9), random.randint(100, 9_999_999)))

    def moment() -> datetime:
        return AT - timedelta(minutes=random.randint(0, 2000))

    def maybe(value: datetime) -> datetime | None:
        return value if random.random() < 0.6 else None

    facts = tuple(
        Confirmed(
            fact_id=f"F{n:06d}",
            name=f"{random.choice(PLACES)}{random.choice(FIELDS)}",
            value=f"{number()}人",
            as_of=moment(),
            by=random.choice(UNITS[:3]),
            evidence=(f"E{n:06d}",),
        )
        for n in range(random.randint(0, 16))
    )
    said = tuple(
        Said(
            claim_id=f"C{n:06d}",
            name=f"{random.choice(PLACES)}：{random.choice(MATTERS)}",
            first_seen=moment(),
            noticed_at=moment(),
            posts=number(),
            voices=number(),
            verdict="核实中" if n % 2 else "部分属实",
            outcome="" if n % 2 else "一处属实，其余不实",
            evidence=() if n % 2 else ("E2", "E3"),
            judged_at=None if n % 2 else moment(),
            answered_at=maybe(moment()),
            level=random.choice(("C1", "C2", "C3", "C4")),
            danger=random.random() < 0.5,
            unit=random.choice(UNITS),
            due=maybe(AT + HOUR),
            answer_due=maybe(moment()),
        )
        for n in range(random.randint(0, 15))
    )
    asked = tuple(
        Asked(
            question_id=f"Q{n:06d}",
            name=f"{random.choice(PLACES)}怎么样了",
            voices=number(),
            concern=random.choice(CONCERNS),
            first_asked=moment(),
            answered_at=maybe(moment()),
            due=AT + 2 * HOUR,
        )
        for n in range(random.randint(0, 30))
    )
    own = tuple(
        Own(
            statement_id=f"S{n:06d}",
            title="情况通报",
            kind="更正说明" if n % 3 == 2 else "情况通报（续发）",
            published_at=moment(),
            correction=n % 3 == 2,
            relay=n % 4 == 1,
            corrects=maybe(AT - 40 * HOUR),
        )
        for n in range(random.randint(0, 8))
    )
    points = tuple((AT - HOUR * n, number()) for n in range(random.randint(0, 24), 0, -1))
    return Picture(
        at=AT,
        office="澄川县人民政府新闻办公室",
        version="0.1.0",
        drill=False,
        incident_id="rain-2031",
        name="“6·17”澄川暴雨",
        kind="rain_flood",
        kind_name="暴雨洪涝",
        state="处置中",
        opened_at=AT - 30 * HOUR,
        confirmed_at=maybe(AT - 3 * HOUR),
        facts=facts,
        said=said,
        asked=asked,
        own=own,
        promised=tuple(
            Promised("情况通报", moment() + HOUR, maybe(moment()))
            for _ in range(random.randint(0, 5))
        ),
        spread=Spread(
            hour=number(),
            usual=random.choice((None, 83.5, 40.0)),
            usual_hours=random.randint(6, 24),
            asking=number(),
            channels=tuple((name, number()) for name in ("微博", "论坛贴吧", "热线工单")),
            places=tuple((place, number()) for place in PLACES[: random.randint(0, 6)]),
            hourly=points,
            recent=number(),
            earlier=random.choice((None, number())),
            posts=number(),
            copies=number(),
        ),
        steps=tuple(
            Step(moment(), "首次出现：停水", number(), random.randint(1, 3))
            for _ in range(random.randint(0, 30))
        ),
        concerns=tuple(
            Concern(name, number(), "几点来电", f"Q{n:06d}", 3, number() + 3, critical=n < 2)
            for n, name in enumerate(CONCERNS[: random.randint(0, 6)])
        ),
        calls=Calls(number(), number(), number(), None),
        first_due=maybe(AT + HOUR),
        unseen=random.choice(((), ("来源“县论坛”无法连接",))),
    )


def plain_picture(**changes: object) -> Picture:
    """The same picture each time, with *changes*."""
    return replace(any_picture(20310617), **changes)  # type: ignore[arg-type]


def text_of(document: Document) -> str:
    """Everything that a reader sees but the data of charts, a line a block."""
    lines = [document.title, document.subtitle, *document.head]
    for block in document.blocks:
        match block:
            case Heading():
                lines.append(block.text)
            case Paragraph():
                lines.append(_joined(block.parts))
            case Items():
                lines += map(_joined, block.lines)
            case Box():
                lines += [block.title, *map(_joined, block.lines)]
            case Figures():
                lines += [f"{f.name} {_joined((f.value,))} {f.note}" for f in block.figures]
            case Table():
                lines += [block.caption, *(c.name for c in block.columns)]
                lines += ["　".join(_joined((cell,)) for cell in row) for row in block.rows]
            case Chart() | Multiples():
                lines.append(block.title)
    return "\n".join(lines)


def _joined(cells: object) -> str:
    return "".join(c if isinstance(c, str) else c.text for c in cells)  # type: ignore[attr-defined]
