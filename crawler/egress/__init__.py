"""The one way out: every request of the crawler passes these guards, and none can be left out.

In the order a request meets them: its address is judged (``guarding``), robots.txt must allow it
(``robots``, ``rules``), its host must not have asked to be left alone (``stopping``), the name it
resolves to is judged, and what was judged is what gets connected (``resolving``), the connection
is verified and bounded (``sending``, ``certificates``, ``bounding``), and the answer must come
from where it may, whole, and within its limit when unpacked (``guarding``). ``settings`` closes
every other way, and ``failures`` says why a request came to nothing.
"""

from crawler.egress.failures import (
    AddressRefusedError,
    DamagedAnswerError,
    FetchError,
    NotAskedError,
    RobotsRefusedError,
    explain,
)
from crawler.egress.pacing import PoliteThrottle, retry_after
from crawler.egress.quiet import DiscreetHandler, SilentFormatter
from crawler.egress.resolving import GuardedResolver
from crawler.egress.settings import guard_settings, require_guards

__all__ = [
    "AddressRefusedError",
    "DamagedAnswerError",
    "DiscreetHandler",
    "FetchError",
    "GuardedResolver",
    "NotAskedError",
    "PoliteThrottle",
    "RobotsRefusedError",
    "SilentFormatter",
    "explain",
    "guard_settings",
    "require_guards",
    "retry_after",
]
