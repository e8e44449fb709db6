"""The life of an alerted matter, from its first telling to its end, as its moves tell it. Pure.

A matter is what one alert is enough for: a claim by whatever path it was noticed, or the rises
that come together. Each telling stays as it was written; what became of the matter is its last
move. Automatic steps go up only; a level comes down when a duty leader says so.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from analysis.records import Alert, AlertMove
from core.vocabulary import AlertAct, AlertKind, AlertState, ConcernLevel, FalseGround, Role

SYSTEM = "system"

ROLES: Mapping[AlertAct, frozenset[Role]] = MappingProxyType(
    {
        act: frozenset({Role.MONITOR, Role.ANALYST, Role.DUTY_LEADER})
        for act in AlertAct
        if act not in {AlertAct.RAISE, AlertAct.JOIN, AlertAct.LOWER}
    }
    | {AlertAct.LOWER: frozenset({Role.DUTY_LEADER})}
)
"""Act -> who may do it; nobody raises an alert by hand."""

GRAVE = ConcernLevel.C3
"""From this level on a monitor alone neither calls a matter false nor ends it."""
GRAVE_ROLES = frozenset({Role.ANALYST, Role.DUTY_LEADER})
_ENDING = frozenset({AlertAct.FALSE, AlertAct.CLOSE})

_FROM: Mapping[AlertAct, frozenset[AlertState]] = MappingProxyType(
    {
        AlertAct.ACKNOWLEDGE: frozenset({AlertState.RAISED}),
        AlertAct.ASSIGN: frozenset({AlertState.RAISED, AlertState.ACKNOWLEDGED}),
        AlertAct.FALSE: frozenset({AlertState.RAISED, AlertState.ACKNOWLEDGED, AlertState.CLOSED}),
        AlertAct.UNDO: frozenset({AlertState.FALSE}),
        AlertAct.CLOSE: frozenset({AlertState.RAISED, AlertState.ACKNOWLEDGED}),
        AlertAct.REOPEN: frozenset({AlertState.CLOSED}),
        AlertAct.LOWER: frozenset({AlertState.RAISED, AlertState.ACKNOWLEDGED}),
    }
)
_TO: Mapping[AlertAct, AlertState] = MappingProxyType(
    {
        AlertAct.RAISE: AlertState.RAISED,
        AlertAct.ACKNOWLEDGE: AlertState.ACKNOWLEDGED,
        AlertAct.ASSIGN: AlertState.ACKNOWLEDGED,
        AlertAct.FALSE: AlertState.FALSE,
        AlertAct.CLOSE: AlertState.CLOSED,
        AlertAct.REOPEN: AlertState.RAISED,
    }
)
_WITH_REASON = frozenset({AlertAct.CLOSE, AlertAct.REOPEN, AlertAct.LOWER, AlertAct.UNDO})


@dataclass(frozen=True, slots=True)
class Life:
    """One matter: what was told of it, and every move, both in their order."""

    tellings: tuple[Alert, ...]
    """At least one."""
    moves: tuple[AlertMove, ...]

    @property
    def first(self) -> Alert:
        """The telling that gave the matter its key."""
        return self.tellings[0]

    @property
    def matter(self) -> int:
        """Key of the first telling."""
        return self.first.matter or self.first.key

    @property
    def claim(self) -> int | None:
        """Key of the claim it is about, if one."""
        return self.first.claim

    @property
    def incident_id(self) -> str | None:
        """The incident that it belongs to; the last telling knows best."""
        return next((t.incident_id for t in reversed(self.tellings) if t.incident_id), None)

    @property
    def state(self) -> AlertState:
        """What became of it: the state of the last move."""
        return self.moves[-1].state if self.moves else AlertState.RAISED

    @property
    def level(self) -> ConcernLevel:
        """How high it stands: the highest told since a person lowered it, if one did."""
        steps = [(m.act, m.level) for m in self.moves if m.level is not None]
        standing: ConcernLevel | None = None
        for act, level in steps or [(AlertAct.RAISE, t.level) for t in self.tellings]:
            higher = standing is None or level > standing
            if act is AlertAct.LOWER or higher:
                standing = level
        return standing or self.first.level

    @property
    def kinds(self) -> frozenset[AlertKind]:
        """In which ways it was told."""
        return frozenset(t.kind for t in self.tellings)

    @property
    def series(self) -> tuple[str, ...]:
        """Every series that rose, in the order of telling, each once."""
        told = [name for t in self.tellings for name in t.series]
        joined = [name for m in self.moves for name in m.series]
        return tuple(dict.fromkeys([*told, *joined]))

    @property
    def topic(self) -> str:
        """What it is about, in Chinese; several series that rise are counted."""
        more = len(self.series)
        return f"{self.first.topic}等 {more} 项" if more > 1 else self.first.topic

    @property
    def last_news(self) -> datetime:
        """When the system last told or added something."""
        joined = (m.at for m in self.moves if m.act is AlertAct.JOIN)
        return max(*(t.raised_at for t in self.tellings), self.first.raised_at, *joined)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it was told, newest telling last, with what joined it; each sentence once."""
        told = [reason for t in self.tellings for reason in t.reasons]
        joined = [m.reason for m in self.moves if m.act is AlertAct.JOIN]
        return tuple(dict.fromkeys([*told, *joined]))

    @property
    def assignee(self) -> str | None:
        """The person or unit it was given to last."""
        return next((m.to for m in reversed(self.moves) if m.to is not None), None)

    @property
    def lowered(self) -> AlertMove | None:
        """The move by which a person lowered it, while nothing was told since."""
        steps = [m for m in self.moves if m.act in {AlertAct.RAISE, AlertAct.LOWER}]
        return steps[-1] if steps and steps[-1].act is AlertAct.LOWER else None

    def marked_false(self) -> AlertMove | None:
        """Return the false mark that stands, None when there is none."""
        return self.moves[-1] if self.moves and self.state is AlertState.FALSE else None


def lives(alerts: Iterable[Alert], moves: Iterable[AlertMove]) -> list[Life]:
    """Return one life a matter, in the order of the first telling."""
    tellings: dict[int, list[Alert]] = {}
    for alert in alerts:
        tellings.setdefault(alert.matter or alert.key, []).append(alert)
    steps: dict[int, list[AlertMove]] = {}
    for move in moves:
        steps.setdefault(move.matter, []).append(move)
    return [Life(tuple(told), tuple(steps.get(key, ()))) for key, told in tellings.items()]


def blockers(
    life: Life,
    act: AlertAct,
    roles: Collection[Role],
    *,
    reason: str = "",
    level: ConcernLevel | None = None,
    ground: FalseGround | None = None,
    quieted: bool = False,
) -> list[str]:
    """Return every reason, in Chinese, why *act* may not be done; empty means it may.

    *quieted* says that a false mark of the matter still makes something quieter: it can be undone
    whatever the matter's state has become since.
    """
    reasons = []
    needed = ROLES.get(act, frozenset())
    if act in _ENDING and life.level >= GRAVE:
        needed = GRAVE_ROLES
    if not needed & set(roles):
        who = "、".join(role.label for role in Role if role in needed)
        reasons.append(f"“{act.label}”须由{who}办理" if who else f"“{act.label}”只由系统进行")
    lifts = act is AlertAct.UNDO and quieted
    if life.state not in _FROM.get(act, frozenset()) and not lifts:
        last = life.moves[-1] if life.moves else None
        by = f"（{last.by}）" if last and last.by != SYSTEM else ""
        reasons.append(f"{life.first.alert_id} 现为“{life.state.label}”{by}，不能{act.label}")
    if act in _WITH_REASON and not reason.strip():
        reasons.append(f"{act.label}须说明理由")
    if act is AlertAct.FALSE and ground is None:
        reasons.append("标为误报须选一个理由")
    if act is AlertAct.FALSE and ground is FalseGround.OTHER and not reason.strip():
        reasons.append("理由为“其他”时须写明")
    if act is AlertAct.LOWER and (level is None or not level < life.level):
        reasons.append(f"只能降到 {life.level} 以下")
    return reasons


def moved(life: Life, move: AlertMove) -> AlertMove:
    """Return *move* with the state that it brings *life* into.

    Undoing a false mark brings back the state before it, unless the matter has moved on since;
    lowering and joining change none.
    """
    if move.act is AlertAct.UNDO and life.state is AlertState.FALSE:
        before = [m.state for m in life.moves if m.state is not AlertState.FALSE]
        return replace(move, state=before[-1] if before else AlertState.RAISED)
    return replace(move, state=_TO.get(move.act, life.state))


def gravest(found: Sequence[Life]) -> list[Life]:
    """Return *found* with the gravest first, then the newest news."""
    return sorted(found, key=lambda x: (str(x.level), x.last_news, x.matter), reverse=True)
