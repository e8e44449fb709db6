"""The duty roster: who holds which post when, where nobody does, and who stands in. Pure.

A roster is never edited: a wrong shift is taken out, with a reason, and a right one put in.
Moments are written in Beijing time and kept in UTC.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import combinations

from core.clock import BEIJING, beijing
from core.errors import RefusedError
from core.vocabulary import Role
from release.ladder import LADDER

LONGEST = timedelta(days=31)
"""A shift that is longer is a slip of the pen."""
DAY = timedelta(days=1)
COLUMNS = {
    "role": ("岗位", "role"),
    "person": ("账号", "person"),
    "start": ("开始", "start"),
    "end": ("结束", "end"),
    "post": ("电话名称", "post"),
}
"""What a column of a roster file holds -> the names it may bear; the last may be left out."""
_MOMENT = re.compile(r"(?:(\d{4})[-/](\d{1,2})[-/](\d{1,2})[ T]+)?(\d{1,2})[:：](\d{2})")


@dataclass(frozen=True, slots=True)
class Shift:
    """One person in one post for a while."""

    key: int
    """0 before it is kept."""
    role: Role
    person_id: str
    start: datetime
    """Included, aware, UTC."""
    end: datetime
    """Excluded."""
    post: str = ""
    """Name of a telephone in the directory; the number itself stands only there."""

    @property
    def shift_id(self) -> str:
        """The id people see, such as R000012."""
        return f"R{self.key:06d}"

    def holds(self, moment: datetime) -> bool:
        """Tell whether the shift runs at *moment*."""
        return self.start <= moment < self.end


@dataclass(frozen=True, slots=True)
class Gap:
    """A span in which nobody holds a post."""

    role: Role
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Duty:
    """Who answers for a post at one moment."""

    role: Role
    shifts: tuple[Shift, ...]
    """Of those who do; empty when the roster names nobody at all."""
    stands_in: bool
    """Nobody holds the post itself: these hold one further up, or held the highest last."""


def on_duty(shifts: Iterable[Shift], role: Role, now: datetime) -> tuple[Shift, ...]:
    """Return the shifts of *role* that run at *now*, the one that began first in front."""
    running = [s for s in shifts if s.role is role and s.holds(now)]
    return tuple(sorted(running, key=lambda s: (s.start, s.key)))


def who(shifts: Sequence[Shift], role: Role, now: datetime) -> Duty:
    """Return who answers for *role* at *now*: its own shift, else the next post up the ladder.

    When every post is empty it is the duty leader who was on last.
    """
    if running := on_duty(shifts, role, now):
        return Duty(role, running, stands_in=False)
    above = LADDER[LADDER.index(role) + 1 :] if role in LADDER else LADDER
    for other in above:
        if running := on_duty(shifts, other, now):
            return Duty(role, running, stands_in=True)
    past = [s for s in shifts if s.role is LADDER[-1] and s.end <= now]
    last = max(past, key=lambda s: (s.end, s.key), default=None)
    return Duty(role, (last,) if last else (), stands_in=True)


def gaps(shifts: Sequence[Shift], start: datetime, end: datetime) -> list[Gap]:
    """Return every span from *start* to *end* in which a post of the ladder is empty."""
    return [gap for role in LADDER for gap in _gaps_of(shifts, role, start, end)]


def _gaps_of(shifts: Sequence[Shift], role: Role, start: datetime, end: datetime) -> Iterator[Gap]:
    covered = start
    for shift in sorted((s for s in shifts if s.role is role), key=lambda s: s.start):
        if shift.end <= covered:
            continue
        if shift.start >= end:
            break
        if shift.start > covered:
            yield Gap(role, covered, shift.start)
        covered = shift.end
    if covered < end:
        yield Gap(role, covered, end)


def overlaps(shifts: Sequence[Shift]) -> list[tuple[Shift, Shift]]:
    """Return the pairs of shifts of one post that run at the same time, in order of time."""
    ordered = sorted(shifts, key=lambda s: (s.start, s.key))
    return [
        (a, b)
        for role in Role
        for a, b in combinations([s for s in ordered if s.role is role], 2)
        if b.start < a.end
    ]


def blockers(shift: Shift, kept: Iterable[Shift]) -> list[str]:
    """Return every reason why *shift* may not be added to *kept*; empty means it may.

    Two people in one post at once are allowed (and told by ``overlaps``), one person twice is not.
    """
    reasons = []
    if shift.role not in LADDER:
        names = "、".join(role.label for role in LADDER)
        reasons.append(f"值班表只排{names}，没有“{shift.role.label}”")
    if shift.end <= shift.start:
        reasons.append(f"结束 {told(shift.end)} 不晚于开始 {told(shift.start)}")
    elif shift.end - shift.start > LONGEST:
        reasons.append(f"一班超过 {LONGEST.days} 天：{span(shift)}")
    reasons += [
        f"{shift.person_id} 在 {span(other)} 已排{other.role.label}（{other.shift_id}）"
        for other in kept
        if (other.role, other.person_id) == (shift.role, shift.person_id)
        and other.start < shift.end
        and shift.start < other.end
    ]
    return reasons


def told(moment: datetime) -> str:
    """Return *moment* in Beijing time, such as 2031-06-17 20:00."""
    return f"{beijing(moment):%Y-%m-%d %H:%M}"


def span(shift: Shift | Gap) -> str:
    """Return when it runs, in Beijing time, such as 2031-06-17 20:00—06-18 08:00."""
    start, end = beijing(shift.start), beijing(shift.end)
    if start.year != end.year:
        return f"{start:%Y-%m-%d %H:%M}—{end:%Y-%m-%d %H:%M}"
    return (
        f"{start:%Y-%m-%d %H:%M}—{end:{'%H:%M' if start.date() == end.date() else '%m-%d %H:%M'}}"
    )


def parse_moment(text: str, *, after: datetime | None = None) -> datetime:
    """Return a moment written in Beijing time, such as 2031-06-17 20:00, in UTC.

    24:00 is the end of that day. With *after* the day may be left out: then it is the first such
    time after it. Raises ``ValueError`` for anything else.
    """
    found = _MOMENT.fullmatch(text.strip())
    if found is None or (found[1] is None and after is None):
        raise ValueError(f"应写成 2031-06-17 20:00（北京时间），实为 {text!r}")
    hour, minute = int(found[4]), int(found[5])
    midnight = (hour, minute) == (24, 0)
    try:
        clock = time(0 if midnight else hour, minute)
        if found[1] is not None:
            day = datetime(int(found[1]), int(found[2]), int(found[3]), tzinfo=BEIJING).date()
            moment = datetime.combine(day, clock, BEIJING) + (DAY if midnight else DAY * 0)
        else:
            local = beijing(after or datetime.min.replace(tzinfo=UTC))
            moment = datetime.combine(local.date(), clock, BEIJING)
            moment += DAY if moment <= local else DAY * 0
    except (ValueError, OverflowError) as error:
        raise ValueError(f"没有这样的时间：{text!r}") from error
    return moment.astimezone(UTC)


def role_named(text: str) -> Role:
    """Return the role of a code or a label; raise ``ValueError`` for another word."""
    word = text.strip()
    found = next((role for role in Role if word in (role.value, role.label)), None)
    if found is None:
        raise ValueError(f"没有岗位 {word!r}")
    return found


def read_csv(content: bytes) -> list[Shift]:
    """Return the shifts of a roster file (UTF-8 or GBK, a head line, see ``COLUMNS``), in order.

    Raises ``RefusedError`` with every line that cannot be read; then none of the file counts.
    """
    rows = csv.reader(io.StringIO(_decoded(content), newline=""))
    head = [cell.strip() for cell in next(rows, [])]
    places = {
        name: next((head.index(word) for word in words if word in head), -1)
        for name, words in COLUMNS.items()
    }
    if missing := [COLUMNS[n][0] for n in COLUMNS if places[n] < 0 and n != "post"]:
        raise RefusedError([f"缺少列：{'、'.join(missing)}；第一行应是表头"])
    found, reasons = [], []
    for number, row in enumerate(rows, 2):
        if not any(cell.strip() for cell in row):
            continue
        cells = {n: row[at].strip() if 0 <= at < len(row) else "" for n, at in places.items()}
        try:
            found.append(_shift(cells))
        except ValueError as error:
            reasons.append(f"第 {number} 行：{error}")
    if reasons:
        raise RefusedError(reasons)
    return found


def _decoded(content: bytes) -> str:
    for charset in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(charset)
        except UnicodeDecodeError:
            continue
    raise RefusedError(["文件既不是 UTF-8 也不是 GBK 编码"])


def _shift(cells: dict[str, str]) -> Shift:
    if not cells["person"]:
        raise ValueError("没有写账号")
    start = parse_moment(cells["start"])
    return Shift(
        key=0,
        role=role_named(cells["role"]),
        person_id=cells["person"],
        start=start,
        end=parse_moment(cells["end"], after=start),
        post=cells["post"],
    )
