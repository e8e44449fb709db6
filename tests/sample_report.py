"""A report that holds every block, as a busy day would fill it. Fictional."""

from datetime import UTC, datetime, timedelta

from analysis.reports.document import (
    Box,
    Chart,
    Column,
    ColumnKind,
    Document,
    Figure,
    Figures,
    Heading,
    Items,
    Link,
    Multiples,
    Paragraph,
    Table,
    Tone,
)

START = datetime(2031, 6, 16, 16, 0, tzinfo=UTC)
"""Midnight of 17 June in Beijing."""
HOUR = timedelta(hours=1)
COUNTS = (
    4,
    2,
    1,
    1,
    2,
    3,
    6,
    9,
    12,
    11,
    14,
    12,
    15,
    18,
    26,
    31,
    44,
    62,
    88,
    131,
    176,
    158,
    140,
    97,
)
MISSING = (3, 4)
N, T = ColumnKind.NUMBER, ColumnKind.TIME

POINTS = tuple((START + n * HOUR, c) for n, c in enumerate(COUNTS) if n not in MISSING)
USUAL = tuple(4 + 8 * (n > 6) + (n % 5) * 1.5 for n in range(24) if n not in MISSING)


def emotion(part: float) -> tuple[tuple[datetime, int], ...]:
    return tuple((at, round(count * part)) for at, count in POINTS)


BLOCKS = (
    Box(
        "没有看到什么",
        (
            ("有 2 个小时没有任何来源正常：6月17日 03:00—05:00。",),
            ("来源“澄川贴吧”从 6月17日 19:40 起拒绝访问（HTTP 403）。",),
            ("热线工单（今日没有导入文件）。",),
            ("按关键词略过 311 条，没能读入 4 条。",),
        ),
    ),
    Heading("今日一览"),
    Figures(
        (
            Figure("公开信息", Link("1,063", "posts?day=2031-06-17"), "7日中位 212，+401%"),
            Figure("提问", Link("348", "questions?day=2031-06-17"), "7日中位 40，+770%"),
            Figure("求助", Link("37", "help"), "转办 31，办结 22"),
            Figure("待核实说法", Link("6", "claims?status=checking"), "历史不足，暂无中位数"),
            Figure("发布", Link("3", "statements"), "首发用时 47 分钟"),
            Figure("更正", "0"),
            Figure("未答问题", Link("14", "questions?status=unanswered"), "昨日 3"),
        )
    ),
    Paragraph(
        (
            "今天的关切集中在东禾街道停水和水库安全；说法“水库溃坝了”",
            "仍在核实，见",
            Link("说法页", "claims/C000003"),
            "。",
        ),
        Tone.LEAD,
    ),
    Heading("全天走势"),
    Chart(
        "每小时相关信息条数",
        POINTS,
        expected=USUAL,
        marks=(
            (START + 16.3 * HOUR, "升温：相关信息总量"),
            (START + 19.1 * HOUR, "集中关切：东禾泵站停运"),
            (START + 19.8 * HOUR, "发布：《关于东禾街道临时停水的情况通报》"),
            (START + 20.1 * HOUR, "升温：恐惧"),
        ),
        missing=tuple(START + n * HOUR for n in MISSING),
    ),
    Multiples(
        "情绪的变化（各图同一刻度）",
        (("恐惧", emotion(0.3)), ("愤怒", emotion(0.15)), ("悲伤", emotion(0.04))),
    ),
    Heading("还没有答复的问题"),
    Paragraph(("按提问人数、增长和可能的危害排序。",), Tone.NOTE),
    Table(
        "还没有答复的问题",
        (
            Column("问题"),
            Column("提问人数", N),
            Column("条数", N),
            Column("首次提出", T),
            Column("关切"),
            Column("编号", T),
        ),
        (
            (
                "水库到底有没有溃坝？下游的村子要不要转移？",
                "121",
                "143",
                "6月17日 18:05",
                "人员安全",
                Link("Q000012", "questions/Q000012"),
            ),
            (
                "东禾街道什么时候恢复供水？",
                "88",
                "97",
                "6月17日 19:22",
                "生活影响",
                Link("Q000015", "questions/Q000015"),
            ),
            (
                "明天学校停不停课？",
                "51",
                "52",
                "6月17日 20:40",
                "生活影响",
                Link("Q000019", "questions/Q000019"),
            ),
        ),
        more=11,
    ),
    Heading("待核实说法"),
    Paragraph(("待核实不等于不实；结论以责任单位的证据为准。",), Tone.NOTE),
    Table(
        "待核实说法与列入原因",
        (
            Column("说法"),
            Column("列入原因"),
            Column("人数", N),
            Column("条数", N),
            Column("首见", T),
            Column("状态", T),
            Column("编号", T),
        ),
        (
            (
                Link("水库溃坝了，下游马上要淹", "claims/C000003"),
                "9 人在 20 分钟内提到；与官方通报相反",
                "64",
                "213",
                "6月17日 20:05",
                "核实中",
                "C000003",
            ),
            (
                "自来水厂进了洪水，水不能喝",
                "涉及饮水安全；没有来源",
                "31",
                "58",
                "6月17日 20:31",
                "发现",
                Link("C000007", "claims/C000007"),
            ),
            (
                "3 号安置点只收本镇户口",
                "三人以上各自提到",
                "8",
                "9",
                "6月17日 21:12",
                "发现",
                Link("C000009", "claims/C000009"),
            ),
        ),
    ),
    Heading("到期与将到期"),
    Table(
        "到期与将到期",
        (Column("承诺或核实任务"), Column("责任单位"), Column("到期", T), Column("状态", T)),
        (
            ("《情况通报一》承诺再次通报", "县应急管理局", "6月18日 01:00", "未到期"),
            ("核实水库坝体情况", "县水利局", "6月17日 21:30", "已逾期"),
        ),
    ),
    Heading("明日关注"),
    Heading("提问量预测", 2),
    Chart(
        "明日每小时提问条数（预测）",
        tuple((START + (24 + n) * HOUR, 0) for n in range(12)),
        expected=tuple(30 - 2 * n + (n % 3) for n in range(12)),
        low=tuple(max(0, 18 - 2 * n) for n in range(12)),
        high=tuple(52 - 2.5 * n for n in range(12)),
        ahead=12,
    ),
    Paragraph(("昨日预测 24 小时中有 22 小时落在区间内。",), Tone.NOTE),
    Heading("建议", 2),
    Items(
        (
            ("请县水利局尽快核实坝体情况，结论连同证据一并反馈。",),
            ("对", Link("恢复供水时间", "questions/Q000015"), "先作阶段答复，写明下次通报时刻。"),
        ),
        numbered=True,
    ),
    Heading("数据说明"),
    Items(
        (
            ("条数只计与本地有关的公开信息；文字相同的只计一次，今天另有 402 条重复。",),
            ("情绪和问题由程序按词句判断，会有错误，只用来看变化，不作为考核指标。",),
        )
    ),
)
REPORT = Document(
    name="nightly-2031-06-17",
    office="澄川县信息办",
    title="公众关切日报",
    subtitle="2031年6月17日（00:00—24:00）　状态：集中关切",
    blocks=BLOCKS,
    made_at=START + 24 * HOUR,
    version="0.1.0",
    head=("第168期", "值班：监测岗"),
)

NASTY = {
    "markup": "<script>alert(1)</script>&<b>",
    "formula": '=HYPERLINK("http://x")',
    "bidi": "水库\u202eabc\u2066安全",
    "long": "溃坝了快跑" * 2000,
    "unbroken": "w" * 10_000,
    "control": "停水\x00\x07\x1b[31m通知\x0b\x85",
    "emoji": "水来了😱👨\u200d👩\u200d👧🏴\U000e0067",
    "surrogate": "坏\ud83d字\udfff",
    "noncharacter": "\ufffe\uffff\U0001ffff",
    "template": "{{ 7*7 }}{% raw %}",
    "xml": "]]>&#0;<!--",
    "lines": "一\n二\r\n三\u2028四",
}


def filled_with(text: str) -> Document:
    """Return a report in which every text is *text*."""
    line = (text, Link(text, text))
    return Document(
        name="nasty",
        office=text,
        title=text,
        subtitle=text,
        head=(text, text),
        foot=text,
        version=text,
        made_at=START,
        blocks=(
            Box(text, (line,)),
            Heading(text),
            Figures((Figure(text, Link(text, text), text),)),
            Paragraph(line),
            Items((line, line), numbered=True),
            Table(text, (Column(text), Column(text, N), Column(text, T)), ((*line, text),), more=2),
            Chart(text, POINTS[:3], marks=((START, text),)),
            Multiples(text, ((text, POINTS[:3]),)),
        ),
    )
