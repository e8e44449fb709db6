"""The memory of folding: which first post each text belongs to."""

from collections.abc import Sequence
from datetime import datetime

from crawler.folding.copies import Likeness, compare
from crawler.folding.signatures import Signature, sign, sign_many
from crawler.folding.spans import SPAN_DAYS, WINDOW_DAYS, Span
from crawler.folding.wordings import may_match, read, rows_of

MAX_BUCKETS = 16
"""Days kept in memory, four at a time; the earliest go first."""
MAX_COMPARED = 8
"""Texts a new one is compared with: those that share most anchors, the earlier on a tie.

So a template that thousands of texts share (a weather report, spam) costs each no more than this.
"""

Post = tuple[int, str, str, datetime]
"""Key, text, fingerprint, moment of publication."""


class Folder:
    """Remembers the first post of each text, and names it for every later copy.

    The same posts in the same order give the same answers, on every machine. Every copy names a
    first post, never another copy. Memory is bounded by ``MAX_BUCKETS`` and the bounds of a day.
    """

    def __init__(self) -> None:
        self._spans: dict[int, Span] = {}
        self.awaited: dict[tuple[str, str], set[int]] | None = None
        """Parents that have not come yet, with the keys that wait; kept here by the store."""

    def fold(self, key: int, text: str, fingerprint: str, published_at: datetime) -> int | None:
        """Return the key of the first post with this text or nearly this text; None if it is new.

        Looks ``WINDOW_DAYS`` back and ahead, as posts do not arrive in order. Texts that differ
        in a number, a negation, a question, a place or a time never fold (``copies.compare``).
        """
        post = (key, text, fingerprint, published_at)
        near = self._near(published_at.toordinal())
        first = _exact(near, post)
        return self._place(near, post, sign(text)) if first is None else first

    def fold_many(self, posts: Sequence[Post]) -> list[int | None]:
        """Return what ``fold`` would for each of *posts* in this order, in less time."""
        unseen = [p[1] for p in posts if _exact(self._near(p[3].toordinal()), p) is None]
        unseen = list(dict.fromkeys(unseen))
        signatures = dict(zip(unseen, sign_many(unseen), strict=True))
        found = []
        for post in posts:
            near = self._near(post[3].toordinal())
            first = _exact(near, post)
            if first is None:
                signature = signatures.get(post[1]) or sign(post[1])
                first = self._place(near, post, signature)
            found.append(first)
        return found

    def refold(self, key: int, text: str, fingerprint: str, published_at: datetime) -> None:
        """Let copies of *text*, a new wording of the known first post *key*, fold into it too.

        For a post that is a copy, *key* is that of its first. A wording that copies fold by
        already stays with the post that they fold into.
        """
        post = (key, text, fingerprint, published_at)
        near = self._near(published_at.toordinal())
        if _exact(near, post) is None:
            self._place(near, post, sign(text), into=key)

    def _place(
        self, near: Sequence[Span], post: Post, signature: Signature, *, into: int | None = None
    ) -> int | None:
        """Find the first post of a text that is no exact copy, and remember the wording."""
        key, _, fingerprint, published_at = post
        day = published_at.toordinal()
        found, covered = into, not signature.anchors
        if likeliest := _likeliest(near, signature, day):
            found, covered = _nearest(likeliest, signature, into)
        first, span = key if found is None else found, self._span(day)
        if not covered:
            span.add(first, signature, day)
        # A further copy of a near copy is then found at once.
        span.remember(fingerprint, first, day)
        return found

    def _near(self, day: int) -> list[Span]:
        """Return the spans that hold days in the window of *day*, the earliest first."""
        start, end = (day - WINDOW_DAYS) // SPAN_DAYS, (day + WINDOW_DAYS) // SPAN_DAYS
        return [span for n in range(start, end + 1) if (span := self._spans.get(n))]

    def _span(self, day: int) -> Span:
        number = day // SPAN_DAYS
        if number not in self._spans:
            self._spans[number] = Span(number * SPAN_DAYS)
            if len(self._spans) * SPAN_DAYS > MAX_BUCKETS:
                del self._spans[min(n for n in self._spans if n != number)]
        return self._spans[number]


def _exact(near: Sequence[Span], post: Post) -> int | None:
    day = post[3].toordinal()
    for span in near:
        first = span.exact(post[2], day)
        if first is not None:
            return first
    return None


def _likeliest(near: Sequence[Span], signature: Signature, day: int) -> list[tuple[int, bytes]]:
    """Return first post and text of the wordings that share most anchors, best first."""
    ranked = [
        (-count, span.firsts[number], span.start, number, span.texts[number])
        for span in near
        for number, count in span.sharing(signature, day)
    ]
    ranked.sort()
    return [(first, text) for _, first, _, _, text in ranked[:MAX_COMPARED]]


def _nearest(
    likeliest: Sequence[tuple[int, bytes]], signature: Signature, into: int | None
) -> tuple[int | None, bool]:
    """Return the first post that a text copies, and whether a known wording says it all.

    A post is refused if any of its known wordings says the contrary: a text that was cut off
    before the number may have been folded with one number, and is not with another.
    """
    refused, copied = set[int](), list[tuple[int, bool]]()
    text = signature.encoded.decode("utf-16-le")
    rows = rows_of(text)
    for first, encoded in likeliest:
        known = encoded.decode("utf-16-le")
        if may_match(rows, len(text), known):
            old, new = read(known), read(text)
            likeness = compare(old, new)
            if likeness is Likeness.CONTRARY:
                refused.add(first)
            elif likeness is Likeness.COPY:
                copied.append((first, len(old.letters) >= len(new.letters)))
    for first, covered in copied:
        if first == into or (into is None and first not in refused):
            return first, covered
    return into, False
