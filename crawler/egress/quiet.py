"""Logs without addresses, which can name people, and without exceptions, which can quote pages."""

import logging
from contextlib import suppress
from typing import Any

import structlog
from scrapy.crawler import Crawler

log = structlog.get_logger()


class SilentFormatter:
    """Scrapy's own messages: nothing of a request, an item or an exception is formatted."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "SilentFormatter":
        """Return the formatter; it has no settings."""
        del crawler
        return cls()

    def crawled(self, *_: Any) -> None:
        """Say nothing."""

    scraped = dropped = crawled

    def download_error(self, *_: Any) -> None:
        """Say nothing: the visit tells the reason."""

    def item_error(self, *_: Any) -> dict[str, Any]:
        """Say that it happened."""
        return {"level": logging.ERROR, "msg": "item_error", "args": {}}

    def spider_error(self, *_: Any) -> dict[str, Any]:
        """Say that it happened."""
        return {"level": logging.ERROR, "msg": "spider_error", "args": {}}


class DiscreetHandler(logging.Handler):
    """Passes a library's warnings on without arguments or traceback, which can hold addresses."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log where it was said and the kind of error, nothing of its content.

        Where the log itself cannot be written (closed, disk full) the request goes on.
        """
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        with suppress(OSError, ValueError):
            log.warning("library_warning", module=record.name, line=record.lineno, error=error)
