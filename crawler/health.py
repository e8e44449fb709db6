"""What is wrong with a source, said so that an officer can act on it. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from core.clock import beijing
from core.vocabulary import VisitOutcome
from crawler.records import Visit
from crawler.sources import Source

_FAILED = {
    VisitOutcome.EMPTY: "返回空内容",
    VisitOutcome.REFUSED: "拒绝访问",
    VisitOutcome.THROTTLED: "限制了访问频率",
    VisitOutcome.LOGIN_PAGE: "要求登录",
    VisitOutcome.CAPTCHA: "要求验证码",
    VisitOutcome.DISALLOWED: "robots.txt 不允许访问",
    VisitOutcome.DAMAGED: "内容损坏或版式变化",
    VisitOutcome.UNREACHABLE: "无法连接",
}


def problems(source: Source, visits: Sequence[Visit], now: datetime) -> list[str]:
    """Return what is wrong with *source* in Chinese, empty when all is well.

    *visits* may hold other sources' visits, in any order. A source is silent when no visit
    brought a new post for longer than its cadence.
    """
    own = sorted((v for v in visits if v.source == source.name), key=lambda v: v.started_at)
    if not own:
        return [f"来源“{source.name}”尚未访问过"]
    found = []
    latest = own[-1]
    if not latest.outcome.works:
        found.append(_failure(source, own))
    elif latest.found < source.min_yield:
        found.append(
            f"来源“{source.name}”最近一次只读到 {latest.found} 条，"
            f"正常至少 {source.min_yield} 条，版式可能已变化"
        )
    if silence := _silence(source, own, now):
        found.append(silence)
    return found


def _failure(source: Source, own: Sequence[Visit]) -> str:
    latest = own[-1]
    since = latest
    for visit in reversed(own):
        if visit.outcome.works:
            break
        since = visit
    reason = f"：{latest.reason}" if latest.reason else ""
    return f"来源“{source.name}”自{_clock(since.started_at)}起{_FAILED[latest.outcome]}{reason}"


def _silence(source: Source, own: Sequence[Visit], now: datetime) -> str | None:
    last_new = next((v for v in reversed(own) if v.new > 0), None)
    since = last_new.ended_at if last_new else own[0].started_at
    if now - since <= timedelta(minutes=source.cadence_min):
        return None
    hours, minutes = divmod(int((now - since).total_seconds()) // 60, 60)
    return (
        f"来源“{source.name}”已静默 {hours} 小时 {minutes} 分"
        f"（自{_clock(since)}起没有新帖，正常间隔 {source.cadence_min} 分钟）"
    )


def _clock(moment: datetime) -> str:
    return beijing(moment).strftime("%m月%d日%H:%M")
