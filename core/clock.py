"""The only reader of the clock. Moments are aware and in UTC; Beijing time is for screens."""

from datetime import UTC, datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")


def utc_now() -> datetime:
    """Return the present moment, aware, UTC."""
    return datetime.now(UTC)


def beijing(moment: datetime) -> datetime:
    """Return *moment* in Beijing time (UTC+8, no summer time since 1992)."""
    return moment.astimezone(BEIJING)


def parse_moment(text: str) -> datetime:
    """Return an ISO 8601 moment as aware UTC.

    Raises ``ValueError`` when the text is not ISO 8601 or carries no offset.

    >>> parse_moment("2031-06-17T14:00:00+08:00").isoformat()
    '2031-06-17T06:00:00+00:00'
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"moment has no offset: {text}")
    return moment.astimezone(UTC)


def iso_beijing(moment: datetime) -> str:
    """Return *moment* as ISO 8601 with +08:00, to the second."""
    return beijing(moment).isoformat(timespec="seconds")
