"""What may come in the next half day, with its grounds and how sure it is; never about causes."""

from collections.abc import Sequence

from analysis.reports.picture import Asked, Picture, day_clock

STRETCH = 3
"""Hours that are compared with as many before them."""
QUIET = 10
"""Texts in such a stretch below which no direction is told."""
LONG = 12
"""Hours of record from which a direction is told with middling sureness."""


def outlook(picture: Picture, waiting: Sequence[Asked]) -> tuple[str, ...]:
    """Return the sentences of 研判, each with its ground."""
    lately, before = picture.spread.recent, picture.spread.earlier
    told = []
    if before is None or lately + before < QUIET:
        told.append("数据不足，不作走势判断。把握程度：低。")
    else:
        rising = lately > before * 1.2
        falling = lately < before * 0.8
        word = "可能继续上升" if rising else "可能继续回落" if falling else "大体持平"
        sure = "中" if picture.spread.usual_hours >= LONG and not picture.unseen else "低"
        told.append(
            f"未来12小时信息量{word}。依据：近{STRETCH}小时{lately}条，"
            f"前{STRETCH}小时{before}条。把握程度：{sure}。"
        )
    ahead = [p for p in picture.promised if p.kept_at is None and p.due > picture.at]
    if ahead:
        told.append(f"{day_clock(ahead[0].due)}为承诺的下次通报时刻，届时关切可能再次集中。")
    if picture.open_claims:
        grave = sum(claim.danger for claim in picture.open_claims)
        told.append(
            f"待核实说法{len(picture.open_claims)}条，其中词表列为危害的{grave}条；"
            "未有结论前，求证可能增多。"
        )
    if waiting:
        asked = f"“{waiting[0].name}”（{waiting[0].voices}人）"
        told.append(f"未答问题{len(waiting)}个，最集中的是{asked}，未来24小时可能继续追问。")
    return tuple(told)
