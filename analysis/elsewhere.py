"""Talk of other areas: what is told of them makes no claim here, however often. Pure."""

from datetime import datetime, timedelta

from analysis import signals
from analysis.open_claims import OpenClaim
from analysis.reading import Reading
from analysis.records import ScoredPost, SegmentedPost

ELSEWHERE = timedelta(hours=2)
"""How long talk of another area explains the same talk without a place."""


class Elsewhere:
    """What is said of other areas, by family; talk that names no place may belong there."""

    def __init__(self) -> None:
        self._posts: dict[int, datetime] = {}
        self._heard: dict[str, list[tuple[datetime, str]]] = {}

    def answers(self, post: SegmentedPost) -> bool:
        """Tell whether *post* is a reply to talk of another area."""
        return post.parent in self._posts

    def note(self, scored: ScoredPost, reading: Reading) -> None:
        """Remember *scored* if it speaks of another area or answers such talk."""
        post = scored.post
        if not (scored.signs.outside or self.answers(post)):
            return
        self._posts[post.key] = post.published_at
        for matter in reading.matters:
            self._heard.setdefault(matter.family, []).append((post.published_at, post.voice))

    def explains(self, claim: OpenClaim, now: datetime) -> bool:
        """Tell whether *claim*, never placed here, is rather talk of another area at *now*."""
        if claim.inside or claim.matter is None:
            return False
        heard = self._heard.get(claim.matter.family, ())
        count = len({voice for at, voice in heard if now - ELSEWHERE < at <= now})
        here = signals.voices(signals.within(claim.said, now, ELSEWHERE))
        return count >= max(2, here / 2)

    def forget(self, now: datetime, oldest: datetime) -> None:
        """Forget posts up to *oldest*, and what was heard too long before *now* to explain."""
        self._posts = {key: at for key, at in self._posts.items() if at > oldest}
        for family, heard in self._heard.items():
            self._heard[family] = [h for h in heard if h[0] > now - ELSEWHERE]
