"""Nothing that names an author passes this door.

A parsed post still names people; a veiled one does not. The door stands before every queue, log
and disk.
"""

import hmac
import os
import re
import secrets
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.clock import beijing
from core.directory import Directory
from core.errors import HuiyingError
from core.text import fingerprint, normalise
from crawler.records import ParsedPost, Post

KEY_BYTES = 32
MIN_HANDLE = 4
"""Shorter handles are everyday words (停水, 小李); removing them everywhere would eat the text."""
MAX_AHEAD = timedelta(minutes=5)
"""A clock may run a little ahead; a post from further in the future tells no usable time."""
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
MIN_MET = 3
MAX_MET = 500_000
MAX_PIECES = 10
OTHER = "other"
OFFICIAL = "official"
MAX_HANDLE = 30
"""Longest account name of the listed platforms."""

# Between the digits of a telephone number as people write it.
_GAP = r"[ \-－—–.·]{0,2}"
_HOST_ENDS = "com|cn|net|org|gov|edu|cc|me|tv|info|top|xyz|io|app|example|test|invalid"
_URL_ASCII = r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]"
# A link stops at Chinese text, except where a path or query value begins with it.
_URL_REST = rf"{_URL_ASCII}*(?:(?<=[/=@])\w+{_URL_ASCII}*)*"
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"

_LINK = rf"(?i)(?:https?|ftp)[:：]//{_URL_REST}"
_BARE_LINK = (
    rf"(?i)(?<![A-Za-z0-9_.-])(?:[a-z0-9-]{{1,63}}\.){{1,4}}(?:{_HOST_ENDS})"
    rf"(?![A-Za-z0-9.-])(?:[/?:]{_URL_REST})?"
)
_EMAIL = r"[A-Za-z0-9._%+-]{1,64}[@＠][A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,5}"
_ACCOUNT = (
    r"(?i)(?<![a-z])((?:QQ|ＱＱ|扣扣|微信|薇信|威信|V信|VX|WX|wechat|加[QVＱＶ])"
    r"(?:群|同号|号码|号|账号|ID)?\s?[:：是]?\s?)[A-Za-z0-9_-]{5,}"
)
_PLATE = (
    rf"[{_PROVINCES}][A-HJ-NP-Za-hj-np-z][ ·•.-]?[A-Za-z0-9]{{4,5}}[A-Za-z0-9挂学警港澳使领]"
    r"(?![A-Za-z0-9])"
)
# Account names hold letters, emoji and joiners; plain emoji after a space are no part of one.
_NAME = r"[\w·\-\u200d\ufe0f\U0001f000-\U0001faff\u2600-\u27bf]"
_LANDLINE = r"(?<!\d)[(（]?[0０]\d{2,3}[)）]?[ \-－—–]?\d{7,8}(?:[-－转]\d{1,6})?(?!\d)"

_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), token)
    for pattern, token in (
        (_LINK, "[链接]"),
        (_EMAIL, "[邮箱]"),
        (_BARE_LINK, "[链接]"),
        (rf"[@＠]\s?{_NAME}{{1,{MAX_HANDLE}}}(?!{_NAME})", "@用户"),
        # A longer run is cut where platforms cut it; the space keeps a second pass from eating on.
        (rf"[@＠]\s?{_NAME}{{{MAX_HANDLE}}}", "@用户 "),
        (_ACCOUNT, r"\1[账号]"),
        (r"(?<!\d)\d{6}[ -]?\d{8}[ -]?\d{3}[\dXxＸｘ](?![\dA-Za-z])", "[证件号]"),
        (r"(?<!\d)\d{15}(?!\d)", "[证件号]"),
        (rf"(?<!\d)[1１](?:{_GAP}\d){{10}}(?!\d)", "[电话]"),
        (_LANDLINE, "[电话]"),
        (_PLATE, "[车牌]"),
        (r"\d{9,}", "[号码]"),
    )
)
_MAYBE = re.compile(r"[\d@＠.]|://|(?i:QQ|ＱＱ|加[QVＱＶ]|扣扣|信|VX|WX|wechat)")
_PEOPLE_PATH = re.compile(
    r"(?i)^(?:[@~].*|u|uid|users?|profiles?|people|space|home|author|member|n|accounts?)$"
)
_PEOPLE_KEY = re.compile(r"(?i)u$|.*(?:uid|user|from|author|member|openid)")
_PIECE = re.compile(r"[^\s/:?=&#.,+~_-]+")
_CHANNEL = re.compile(r"[\w .-]{1,32}")
_PLAIN_ID = re.compile(r"[0-9A-Za-z._:/?=&+~-]{1,160}")


def load_or_make_key(file: Path) -> bytes:
    """Return the 32 random bytes of *file*, made on first use, readable by its owner only.

    Destroying the file makes re-linking of pseudonyms impossible. Raises ``HuiyingError`` for a
    file of another length or one that others may read.
    """
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as out:
            out.write(secrets.token_bytes(KEY_BYTES))
            out.flush()
            os.fsync(out.fileno())
        try:
            os.link(draft, file)  # the first of two processes wins, the other reads its key
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    key = file.read_bytes()
    if len(key) != KEY_BYTES:
        raise HuiyingError(f"{file}: the pseudonym key must be {KEY_BYTES} bytes, got {len(key)}")
    if (mode := file.stat().st_mode & 0o777) & 0o077:
        raise HuiyingError(f"{file}: others may read the pseudonym key, its mode is {mode:o}")
    return key


@lru_cache(maxsize=64)
def _derived(key: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode()).derive(key)


def pseudonym(key: bytes, *, task: str, month: str, platform: str, handle: str) -> str:
    """Return 32 hex digits that stand for *handle* within one task and month, and nowhere else.

    The key of task and month is derived from the master *key*, so voices of two tasks or two
    months cannot be joined. A plain hash would not do: handles can be guessed.

    Source: HKDF-SHA256, RFC 5869; HMAC-SHA-256, RFC 2104.
    """
    derived = _derived(key, f"huiying voice\0{task}\0{month}")
    message = f"{platform}\0{unicodedata.normalize('NFC', handle)}".encode("utf-8", "replace")
    return hmac.digest(derived, message, "sha256")[:16].hex()


def _mask_once(text: str) -> str:
    for pattern, token in _RULES:
        text = pattern.sub(token, text)
    return text


def mask(text: str) -> str:
    """Return *text* without handles, links, e-mails, ID, telephone, plate and account numbers.

    Linear in the length of the text, and idempotent. Service numbers (12345, 119, 0000-12345)
    stay.

    >>> mask("回复@小李: 打13800138000 或 12345")
    '回复@用户: 打[电话] 或 12345'
    """
    if not _MAYBE.search(text):
        return text
    # Each pass leaves fewer digits and names than it found, so this ends; almost always at once.
    while (masked := _mask_once(text)) != text:
        text = masked
    return text


def _spellings(value: str) -> str:
    """Return *value* with percent-escapes read as UTF-8 and as GB18030, for searching."""
    if "%" not in value:
        return value.casefold()
    read = (unquote(value), unquote(value, encoding="gb18030", errors="replace"))
    return "\n".join((value, *read)).casefold()


def _names(value: str, handle: str | None) -> bool:
    return handle is not None and handle.casefold() in _spellings(value)


def _pieces(value: str) -> Iterator[str]:
    """Yield every part of *value* that could be an account name, case-folded."""
    for spelling in _spellings(value).split("\n"):
        cuts = [(m.start(), m.end()) for m in _PIECE.finditer(spelling)][:MAX_PIECES]
        for first, (start, _) in enumerate(cuts):
            for _, end in cuts[first:]:
                yield spelling[start:end]


def _points_at_a_person(host: str, path: str) -> bool:
    segments = [unquote(s) for s in path.split("/") if s]
    if any(_PEOPLE_PATH.match(s) or "@" in s for s in segments):
        return True
    # weibo.com/<account number>/<post>: the first part is the person.
    return host.endswith(("weibo.com", "weibo.cn")) and bool(segments) and segments[0].isdigit()


def public_url(url: str | None, *, handle: str | None = None) -> str | None:
    """Return *url* without account, fragment and telling query, or None when it names a person.

    Of the query only whole numbers stay (``?tid=123``), and never those of a user id.
    """
    if not url or _names(url, handle):
        return None
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not host or _points_at_a_person(host, parts.path):
        return None
    kept = [
        (name, value)
        for name, value in parse_qsl(parts.query)
        if value.isascii()
        and value.isdigit()
        and re.fullmatch(r"(?!u$|uid|user|from)[\w]{1,16}", name)
    ]
    where = f"[{host}]" if ":" in host else host
    netloc = where if port is None else f"{where}:{port}"
    return urlunsplit((parts.scheme, netloc, parts.path, urlencode(kept), ""))


def _without(text: str, handle: str | None) -> str:
    if handle is None or len(handle) < MIN_HANDLE or handle.casefold() not in text.casefold():
        return text
    # The space keeps what follows the name from being read as part of a mention.
    found = re.compile(rf"[@＠]?{re.escape(handle)}(?=([\w·-])?)", re.IGNORECASE)
    return found.sub(lambda match: "@用户 " if match[1] else "@用户", text)


class Veil:
    """Turns parsed posts into posts without a person in them.

    An id or address may carry the handle of another author than its own, so the veil remembers
    the handles it has met. They stay in memory and are never handed on.
    """

    def __init__(self, key: bytes, *, task: str, directory: Directory) -> None:
        self._key = key
        self._task = task
        self._directory = directory
        self._met: dict[str, None] = {}

    def __repr__(self) -> str:
        """Show the task only, never the key."""
        return f"Veil(task={self._task!r})"

    def meet(self, posts: Iterable[ParsedPost]) -> None:
        """Learn the handles of *posts* before any of them, or an answer to them, is veiled."""
        for post in posts:
            if not self._directory.issuer_of(post.author):
                self._remember(_handle(post.author))

    def veil(self, parsed: ParsedPost, *, seen_at: datetime) -> Post:
        """Return *parsed* as it may be stored.

        Whether the account is official is decided first, then the author is dropped. Raises
        ``ValueError`` for a text that is blank once normalised; the message holds no text.
        """
        text = normalise(parsed.text)
        if not text:
            raise ValueError("blank text")
        official = self._directory.issuer_of(parsed.author)
        # The name of an official account is no person's, and statements carry it in their text.
        handle = None if official else _handle(parsed.author)
        self._remember(handle)
        text = self.hide(text, handle)
        moment, uncertain = _usable(parsed.published_at, seen_at)
        mark = fingerprint(text)
        return Post(
            source=parsed.source,
            post_id=self._id(parsed.post_id, handle),
            url=self._url(parsed.url, handle),
            published_at=moment,
            seen_at=seen_at,
            channel=self._channel(parsed.channel),
            text=text,
            voice=self._voice(parsed, moment, mark),
            fingerprint=mark,
            reply_to=self._id(parsed.reply_to, handle) if parsed.reply_to else None,
            repost_of=self._id(parsed.repost_of, handle) if parsed.repost_of else None,
            counts=replace(parsed.counts),
            issuer=official or self._issuer(parsed.issuer),
            time_uncertain=uncertain or parsed.day_only,
            zone_assumed=parsed.zone_assumed and not uncertain,
        )

    def hide(self, text: str, handle: str | None) -> str:
        """Return the normalised *text* without *handle* and without personal data."""
        return mask(_without(text, handle))

    def _voice(self, parsed: ParsedPost, moment: datetime, mark: str) -> str:
        return pseudonym(
            self._key,
            task=self._task,
            month=beijing(moment).strftime("%Y-%m"),
            platform=parsed.channel,
            # Copies of an unsigned text are one voice, or a copier could fake a crowd.
            handle=parsed.author or f"\0unsigned\0{mark}",
        )

    def _remember(self, handle: str | None) -> None:
        if handle and len(handle) >= MIN_MET:
            self._met[handle.casefold()] = None
            if len(self._met) > MAX_MET:
                del self._met[next(iter(self._met))]

    def _knows(self, value: str) -> bool:
        """Return whether a handle met so far stands in an id, address or channel."""
        return bool(self._met) and any(piece in self._met for piece in _pieces(value))

    def _url(self, url: str | None, handle: str | None) -> str | None:
        return None if url and self._knows(url) else public_url(url, handle=handle)

    def _channel(self, channel: str) -> str:
        """Return the platform's name, or ``other`` when it is none: a person's name least."""
        return OTHER if not _CHANNEL.fullmatch(channel) or self._knows(channel) else channel

    def _issuer(self, issuer: str | None) -> str | None:
        """Return a unit that a file names only if the directory knows it.

        Without a directory no unit can be known: the post is official, of nobody in particular.
        """
        if issuer is None or not self._directory.units:
            return OFFICIAL if issuer else None
        return issuer if self._directory.unit(issuer) else None

    def _id(self, post_id: str, handle: str | None) -> str:
        """Return *post_id*, or a keyed digest of it when it could name a person."""
        as_url = post_id if "://" in post_id else f"http://id/{post_id.lstrip('/')}"
        named = _names(post_id, handle) or self._knows(post_id)
        plain = _PLAIN_ID.fullmatch(post_id) and not named
        if plain and ("/" not in post_id or public_url(as_url) == as_url):
            return post_id
        digest = hmac.digest(_derived(self._key, "huiying post id"), post_id.encode(), "sha256")
        return f"h{digest[:12].hex()}"


def _handle(author: str | None) -> str | None:
    return normalise(author).lstrip("@＠") or None if author else None


def _usable(moment: datetime | None, seen_at: datetime) -> tuple[datetime, bool]:
    if moment is None or not EARLIEST <= moment <= seen_at + MAX_AHEAD:
        return seen_at, True
    return min(moment, seen_at), False
