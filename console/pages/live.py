"""What keeps a page live: the server says when what it shows has changed."""

from collections.abc import AsyncIterator

import anyio
from fastapi import Request
from fastapi.sse import ServerSentEvent

from analysis import store
from console.pages.view import services_of
from console.wiring import Services
from core.database import reading
from release import help_store
from release import store as release_store

PAUSE_S = 1.0


async def changes(
    request: Request, *, at_least_every_s: float | None = None
) -> AsyncIterator[ServerSentEvent]:
    """Yield ``change`` when rounds, statements or calls for help have moved on.

    With *at_least_every_s* also after that time: a page that shows a clock changes by itself.
    """
    services = services_of(request)
    seen = await anyio.to_thread.run_sync(_state, services)
    closing, since = request.app.state.closing, anyio.current_time()
    while not closing.is_set() and not await request.is_disconnected():
        await anyio.sleep(PAUSE_S)
        state = await anyio.to_thread.run_sync(_state, services)
        waited = anyio.current_time() - since
        if state != seen or (at_least_every_s is not None and waited >= at_least_every_s):
            seen, since = state, anyio.current_time()
            yield ServerSentEvent(event="change", data="1")


def _state(services: Services) -> tuple[int | None, ...]:
    with reading(services.engine) as session:
        return (
            store.last_scored(session),
            store.last_alert(session),
            release_store.count_moves(session),
            help_store.last_move(session),
        )
