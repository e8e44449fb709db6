"""Send what is due, to all targets side by side; the database sees this thread alone."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from random import Random

from console.notices import listing, outbox
from console.notices.records import Outcome
from console.notices.targets import Target, load_targets
from console.wiring import Services
from core.database import reading, transaction
from core.errors import HuiyingError
from core.vocabulary import ConcernLevel, DeliveryOutcome, NoticeKind

ATTEMPT_TIMES = 3
"""An attempt is broken off after so many times the longest silence: look-up, connect, answer."""
LEASE_TIMES = 2
"""A part is left to one process for so many times the longest attempt."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What one call did, in attempts."""

    sent: int
    failed: int


@dataclass(frozen=True, slots=True)
class _Ended:
    attempt: int
    target: Target
    outcome: Outcome | BaseException


def send_pending(
    services: Services,
    *,
    clock: Callable[[], datetime],
    luck: Random,
    is_quiet: Callable[[datetime], bool] = lambda _: False,
    only: str | None = None,
) -> Sent:
    """Send every part that is due, at least once, each target at its own pace.

    A part that may not be sent yet (allowance, quiet hours, a failing target) stays for the next
    call; call this a few times a minute. Two processes may do so at once. *luck* spreads the
    retries, *is_quiet* tells the quiet hours, *only* is the name of one target. Must not be
    called inside a transaction. Raises ``HuiyingError`` for a wrong ``notices.toml``; a mistake of
    our own is raised when all other targets have been served.
    """
    targets = load_targets(services)
    with transaction(services.engine) as session:
        outbox.plan(session, targets, drill=services.settings.drill, now=clock())
    if not targets:
        return Sent(0, 0)
    run = _Run(services, clock, luck, is_quiet)
    for target in targets:
        if only in {None, target.name}:
            run.begin(target)
    while run.busy:
        for ended in run.wait():
            run.end(ended)
            run.begin(ended.target)
    if run.mistakes:
        raise run.mistakes[0]
    return Sent(run.sent, run.failed)


def send_test(
    services: Services, name: str, *, clock: Callable[[], datetime], luck: Random
) -> list[listing.Told]:
    """Send a marked test message to the target *name*; return how its part fared.

    It is kept like any other. Raises ``HuiyingError`` when there is no such target.
    """
    targets = load_targets(services)
    target = next((target for target in targets if target.name == name), None)
    if target is None:
        file = services.settings.notices_file
        raise HuiyingError(f"{file}: no target {name}, there are: {[t.name for t in targets]}")
    at = clock()
    key = f"test:{name}:{at.isoformat()}"
    with transaction(services.engine) as session:
        outbox.queue(
            session,
            key=key,
            level=ConcernLevel.C0,
            title="【测试】回应系统的测试消息",
            text="收到这条消息，说明这里收得到回应系统的提醒。不需要处理。",
            kind=NoticeKind.TEST,
            at=at,
        )
        outbox.plan_one(session, key, [target], drill=services.settings.drill, now=at)
    send_pending(services, clock=clock, luck=luck, only=name)
    with reading(services.engine) as session:
        return listing.told(session, limit=1, key=key)


class _Run:
    """One call's attempts under way, at most one a target."""

    def __init__(
        self,
        services: Services,
        clock: Callable[[], datetime],
        luck: Random,
        is_quiet: Callable[[datetime], bool],
    ) -> None:
        self.busy: dict[str, _Ended] = {}
        """Target -> how its attempt ends if it is never heard of again."""
        self.sent = self.failed = 0
        self.mistakes: list[BaseException] = []
        self._services = services
        self._clock = clock
        self._luck = luck
        self._is_quiet = is_quiet
        self._results: SimpleQueue[_Ended] = SimpleQueue()
        from console.notices import carrying  # apprise takes a third of a second to import

        self._carry, self._road = carrying.carry, carrying.road(services)
        self._longest_s = services.settings.notices_timeout_s * ATTEMPT_TIMES

    def begin(self, target: Target) -> None:
        """Start the target's next attempt, if there is anything that may be sent."""
        now = self._clock()
        with transaction(self._services.engine) as session:
            claimed = outbox.claim(
                session,
                target,
                now=now,
                lease=timedelta(seconds=self._longest_s * LEASE_TIMES),
                quiet=target.quiet and self._is_quiet(now),
            )
        if claimed is None:
            return
        # A daemon, for nothing ends a look-up that hangs; what it does later counts for nothing.
        threading.Thread(target=self._attempt, args=(claimed, target, now), daemon=True).start()
        overdue = Outcome(DeliveryOutcome.TIMEOUT, "在限定时间内没有回答")
        self.busy[target.name] = _Ended(claimed.attempt, target, overdue)

    def _attempt(self, claimed: outbox.Claimed, target: Target, now: datetime) -> None:
        outcome: Outcome | BaseException
        try:
            outcome = self._carry(claimed.letter, target, self._road, now)
        except BaseException as error:  # noqa: BLE001  raised again where it is heard
            outcome = error
        self._results.put(_Ended(claimed.attempt, target, outcome))

    def wait(self) -> list[_Ended]:
        """Return the attempt that ended; or, after the longest time of silence, all of them."""
        try:
            ended = self._results.get(timeout=self._longest_s)
        except Empty:
            return list(self.busy.values())
        known = self.busy.get(ended.target.name)
        return [ended] if known is not None and known.attempt == ended.attempt else []

    def end(self, ended: _Ended) -> None:
        """Keep how an attempt ended; one that broke on our side stays leased and unknown."""
        del self.busy[ended.target.name]
        if isinstance(ended.outcome, BaseException):
            self.mistakes.append(ended.outcome)
            return
        with transaction(self._services.engine) as session:
            outbox.finish(
                session,
                ended.attempt,
                ended.outcome,
                target=ended.target,
                now=self._clock(),
                luck=self._luck.random(),
            )
        arrived = ended.outcome.outcome is DeliveryOutcome.SENT
        self.sent, self.failed = self.sent + arrived, self.failed + (not arrived)
