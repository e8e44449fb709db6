"""Nothing that names an author passes this door.

A parsed post still names people; a veiled one does not. The door stands before every queue, log
and disk.
"""

import hmac
import os
import re
import secrets
import unicodedata
from collections.abc import Callable, Iterable
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
from core.vocabulary import ContactKind
from crawler.contacts import contacts_of, identity, packed, tells_of_a_call
from crawler.masking import mask, mask_call
from crawler.records import HOTLINE, ParsedPost, Post

__all__ = ["Veil", "load_or_make_key", "mask", "pseudonym", "public_url"]

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
_PEOPLE = "u|uid|users?|profiles?|people|space|home|author|member|n|accounts?"
_PEOPLE_PATH = re.compile(rf"(?i)^(?:[@~].*|{_PEOPLE})$")
_PEOPLE_SEGMENT = re.compile(rf"(?i)/(?:{_PEOPLE})(?:/|$)")
_PLAIN_URL = re.compile(r"https?://([a-z0-9.-]{1,253})(?::[1-9]\d{1,4})?((?:/[A-Za-z0-9._-]*)*)")
_PEOPLE_KEY = re.compile(r"(?i)u$|.*(?:uid|user|from|author|member|openid)")
_PIECE = re.compile(r"[^\s/:?=&#.,+~_-]+")
_USUAL_CHANNELS = frozenset(
    {"weibo", "forum", "news", "official", "wechat", "short_video", "hotline", "group_share"}
)
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


def _spellings(value: str) -> str:
    """Return *value* with percent-escapes read as UTF-8 and as GB18030, for searching."""
    if "%" not in value:
        return value.casefold()
    read = (unquote(value), unquote(value, encoding="gb18030", errors="replace"))
    return "\n".join((value, *read)).casefold()


def _names(value: str, handle: str | None) -> bool:
    return handle is not None and handle.casefold() in _spellings(value)


def _points_at_a_person(host: str, path: str) -> bool:
    segments = [unquote(s) for s in path.split("/") if s]
    if any(_PEOPLE_PATH.match(s) or "@" in s for s in segments):
        return True
    return _is_weibo_person(host, path)


def _is_weibo_person(host: str, path: str) -> bool:
    # weibo.com/<account number>/<post>: the first part is the person.
    if not host.endswith(("weibo.com", "weibo.cn")):
        return False
    return next((unquote(s) for s in path.split("/") if s), "").isdigit()


def public_url(url: str | None, *, handle: str | None = None) -> str | None:
    """Return *url* without account, fragment and telling query, or None when it names a person.

    Of the query only whole numbers stay (``?tid=123``), and never those of a user id.
    """
    if not url or _names(url, handle):
        return None
    # Most addresses: nothing to take off, and nobody in the path.
    if (plain := _PLAIN_URL.fullmatch(url)) and not _PEOPLE_SEGMENT.search(plain[2]):
        return None if _is_weibo_person(plain[1], plain[2]) else url
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

    def __init__(
        self,
        key: bytes,
        *,
        task: str,
        directory: Directory,
        seal: Callable[[bytes], bytes] | None = None,
    ) -> None:
        """Make the door; *seal* encrypts contacts in calls for help, without it they are lost."""
        self._key = key
        self._seal = seal
        self._phones = frozenset(
            identity(ContactKind.PHONE, contact.phone) for contact in directory.contacts
        )
        self._task = task
        self._directory = directory
        self._accounts = {a: unit.id for unit in reversed(directory.units) for a in unit.accounts}
        self._met: dict[str, None] = {}
        self._beginnings: dict[str, int] = {}

    def __repr__(self) -> str:
        """Show the task only, never the key."""
        return f"Veil(task={self._task!r})"

    def meet(self, posts: Iterable[ParsedPost]) -> None:
        """Learn the handles of *posts* before any of them, or an answer to them, is veiled."""
        for post in posts:
            if post.author not in self._accounts:
                self._remember(_handle(post.author))

    def veil(self, parsed: ParsedPost, *, seen_at: datetime) -> Post:
        """Return *parsed* as it may be stored.

        Whether the account is official is decided first, then the author is dropped. Raises
        ``ValueError`` for a text that is blank once normalised; the message holds no text.
        """
        text = normalise(parsed.text)
        if not text:
            raise ValueError("blank text")
        official = self._accounts.get(parsed.author) if parsed.author else None
        # The name of an official account is no person's, and statements carry it in their text.
        handle = None if official else _handle(parsed.author)
        self._remember(handle)
        # Before anything is masked, queued, logged or stored.
        contacts = self._sealed(parsed, text)
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
            counts=parsed.counts,
            issuer=official or self._issuer(parsed.issuer),
            time_uncertain=uncertain or parsed.day_only,
            zone_assumed=parsed.zone_assumed and not uncertain,
            contacts=contacts,
        )

    def _sealed(self, parsed: ParsedPost, text: str) -> bytes | None:
        """Return what leads to somebody in a call for help, encrypted; None when nothing does."""
        if self._seal is None:
            return None
        found = parsed.contacts or contacts_of(text, self._phones)
        return self._seal(packed(found)) if found else None

    def serial(self, number: str) -> str:
        """Return an id that stands for a number of somebody's own, such as a work order's.

        Keyed: whoever has the rows and not the key cannot count through the numbers to find one.
        """
        told = unicodedata.normalize("NFKC", number).strip().encode("utf-8", "replace")
        digest = hmac.digest(_derived(self._key, "huiying serial number"), told, "sha256")
        return f"n{digest[:12].hex()}"

    def hide(self, text: str, handle: str | None) -> str:
        """Return the normalised *text* without *handle* and without personal data.

        What is sealed of a call for help does not stand in the open: what a mask of every post lets
        through, a number said in words or a door, leads to whoever needs help.
        """
        hidden = mask(_without(text, handle))
        return mask_call(hidden) if tells_of_a_call(text) else hidden

    def _voice(self, parsed: ParsedPost, moment: datetime, mark: str) -> str:
        # Copies of an unsigned text are one voice, or a copier could fake a crowd. Nobody can
        # copy a work order: the hotline gives each call a number.
        unsigned = parsed.post_id if parsed.channel == HOTLINE else mark
        return pseudonym(
            self._key,
            task=self._task,
            month=_month(moment),
            platform=parsed.channel,
            handle=parsed.author or f"\0unsigned\0{unsigned}",
        )

    def _remember(self, handle: str | None) -> None:
        if handle and len(handle) >= MIN_MET and (name := handle.casefold()) not in self._met:
            self._met[name] = None
            beginning = _beginning(name)
            self._beginnings[beginning] = self._beginnings.get(beginning, 0) + 1
            if len(self._met) > MAX_MET:
                self._forget(next(iter(self._met)))

    def _forget(self, name: str) -> None:
        del self._met[name]
        beginning = _beginning(name)
        self._beginnings[beginning] -= 1
        if not self._beginnings[beginning]:
            del self._beginnings[beginning]

    def _knows(self, value: str) -> bool:
        """Return whether a handle met so far stands in an id, address or channel."""
        if not self._met:
            return False
        if "%" not in value:
            return self._stands_in(value.casefold())
        return any(self._stands_in(spelling) for spelling in _spellings(value).split("\n"))

    def _stands_in(self, spelling: str) -> bool:
        if self._beginnings.keys().isdisjoint(_PIECE.findall(spelling)):
            return False
        cuts = [(m.start(), m.end()) for m in _PIECE.finditer(spelling)][:MAX_PIECES]
        return any(
            spelling[start:end] in self._met
            for first, (start, begun) in enumerate(cuts)
            if spelling[start:begun] in self._beginnings
            for _, end in cuts[first:]
        )

    def _url(self, url: str | None, handle: str | None) -> str | None:
        return None if url and self._knows(url) else public_url(url, handle=handle)

    def _channel(self, channel: str) -> str:
        """Return the platform's name, or ``other`` when it is none: a person's name least."""
        if channel in _USUAL_CHANNELS:
            return channel
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
        named = _names(post_id, handle) or self._knows(post_id)
        plain = _PLAIN_ID.fullmatch(post_id) and not named
        if plain and ("/" not in post_id or _is_public(post_id)):
            return post_id
        digest = hmac.digest(_derived(self._key, "huiying post id"), post_id.encode(), "sha256")
        return f"h{digest[:12].hex()}"


def _is_public(post_id: str) -> bool:
    """Return whether an id that looks like an address names nobody."""
    as_url = post_id if "://" in post_id else f"http://id/{post_id.lstrip('/')}"
    return public_url(as_url) == as_url


def _month(moment: datetime) -> str:
    local = beijing(moment)
    return f"{local.year:04d}-{local.month:02d}"


def _beginning(name: str) -> str:
    """Return the first part of an account name, as ids and addresses are cut."""
    found = _PIECE.search(name)
    return found.group() if found else name


def _handle(author: str | None) -> str | None:
    return normalise(author).lstrip("@＠") or None if author else None


def _usable(moment: datetime | None, seen_at: datetime) -> tuple[datetime, bool]:
    if moment is None or not EARLIEST <= moment <= seen_at + MAX_AHEAD:
        return seen_at, True
    return min(moment, seen_at), False
