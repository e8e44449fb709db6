"""What may be asked of a site at all: public addresses, allowed tasks, and not before its time."""

from datetime import datetime
from urllib.parse import urlsplit

from console import gathering
from console.wiring import Services
from core.clock import beijing
from core.database import reading, transaction
from crawler import frontier, store, task_guard
from crawler.addresses import url_refusal
from crawler.sources import Source
from crawler.task_guard import Task


def listed_if_any(services: Services) -> tuple[Source, ...]:
    """Return the listed sources; none when there is no list yet."""
    file = services.data / services.settings.sources_file
    return gathering.listed_sources(services) if file.exists() else ()


def address_reasons(services: Services, url: str) -> list[str]:
    """Return in Chinese why *url* may never be visited; empty when it may."""
    reason = url_refusal(url, allow_loopback=services.settings.drill)
    return [f"网址：{reason}"] if reason else []


def task_reasons(services: Services, asked: Task, now: datetime) -> list[str]:
    """Return in Chinese why *asked* may not be monitored, and record it; empty when it may."""
    reasons = task_guard.refusals(asked, known=task_guard.known_words(services.directory))
    if reasons:
        with transaction(services.engine) as session:
            store.save_refusal(session, asked="source", reasons=reasons, at=now)
    return reasons


def waiting_reasons(services: Services, url: str, now: datetime) -> list[str]:
    """Return in Chinese until when the site of *url* is left alone; empty when it need not be."""
    host = urlsplit(url).hostname
    same_site = [s.name for s in listed_if_any(services) if urlsplit(s.url).hostname == host]
    with reading(services.engine) as session:
        states = frontier.states(session)
    waits = [states[name].not_before for name in same_site if name in states]
    until = max((wait for wait in waits if wait is not None and wait > now), default=None)
    return [f"该网站曾拒绝访问，{beijing(until):%m月%d日%H:%M} 之前不再访问"] if until else []
