"""Whether a text is a copy of another: the same words, perhaps cut off, framed, worn or retyped.

Shared words alone cannot tell 死3人 from 死30人, so both texts are laid side by side and every
place where they differ is weighed. A copy may say less than the text it copies. It may not say
another number, turn a statement round, ask it, or move it to another place or time.

The figures beside the constants are the mean pair F1 on near_dup_zh (handbook: 4,185 constructed
copies, 4,210 pairs) in five orders, with the others as they stand here: 0.970, precision 1.000.
About 95 of the pairs differ in a number, and stay apart on purpose.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from crawler.folding.signs import (
    ASKING,
    DENIAL,
    FILLERS,
    NAME_ENDS,
    NEGATED,
    NUMERALS,
    OTHER_DAYS,
    STATES,
    TELLING,
    TURNS,
    UNIT_PREFIXES,
    is_impossible,
    numbers_at,
    tells_harm,
    value,
)
from crawler.folding.wordings import MIN_CHARACTERS, Gap, Wording, differences, is_part

SAME_TEXT = 0.75
"""Least share of the shorter text's letters that stand in the other, in the same order.

0.7 and 0.8 give the same to three places.
"""
KEPT = 0.4
"""Least share of the longer text's letters that stand in the shorter.

0.3 gives 0.970 and lets a false pair in, 0.5 gives 0.969.
"""
LACKED = 0.3
"""Most letters that differ between the first and the last common ones, as a share of all there.

0.2 gives 0.969, 0.4 no more.
"""
LONG = 30
"""Letters of a long text. A shorter one has too few to tell damage from an edit."""
WORN_PLACES, WORN_SHARE, WORN_WORDS = 3, 0.04, 1 / 3
"""A long text is worn that lacks a few letters at so many places, at one for every 25 letters.

Only then a lost number or 不 is damage. A text that lacks more than one letter at more than a
third of the places is not worn: whoever edits puts words in, chance takes letters out. 2 places
give 0.971, 4 give 0.968, none at all 0.958.
"""
_WORN_SIZE = 4
"""Most letters of a place that is worn."""
_RETYPED_SIZE = 3
"""Most letters that may stand for others where two texts lost different ones; 2 give 0.969."""
_ADDED, _ADDED_BEFORE = 12, 16
"""Most letters put in within a text, and before it; 10 before give 0.969, more nothing."""
_SHORT = 20
_LETTERS_A_TYPO = 25
_FRAGMENT = 3
"""Fewest letters of a clause that was cut and can still be one."""


class Likeness(StrEnum):
    """What the comparison of two texts finds."""

    COPY = "copy"
    OTHER = "other"
    """They share too little."""
    CONTRARY = "contrary"
    """They share nearly everything, and differ in what matters."""


_OLD, _NEW = 0, 1


@dataclass(slots=True)
class _Pair:
    """Two texts side by side, and what their gaps add up to."""

    old: Wording
    new: Wording
    same: int
    worn: list[int] = field(default_factory=lambda: [0, 0])
    """Places where the old, the new text lacks a few letters that do not matter."""
    words: list[int] = field(default_factory=lambda: [0, 0])
    """Those of them where it lacks more than one letter."""
    signs: list[int] = field(default_factory=lambda: [0, 0])
    """Numbers and turning words that the old, the new text lacks."""
    typos: int = 0
    renumbered: bool = False
    contrary: bool = False
    """Another number of people came to harm."""
    garbled: bool = False
    """One text has a possible number where the other has an impossible one."""

    @property
    def longer(self) -> int:
        return max(len(self.old.letters), len(self.new.letters))

    def parts(self, gap: Gap) -> tuple[str, str]:
        """Return what the old and the new text have in *gap*."""
        old = self.old.letters[gap.old_from : gap.old_to]
        return old, self.new.letters[gap.new_from : gap.new_to]

    def is_worn(self, side: int) -> bool:
        """Return whether the text of *side* lost letters all over."""
        places = self.worn[side]
        return (
            self.longer >= LONG
            and places >= max(WORN_PLACES, WORN_SHARE * self.longer)
            and self.words[side] <= WORN_WORDS * places
        )

    @property
    def is_retyped(self) -> bool:
        """Return whether letters were lost in more places than one."""
        return sum(self.worn) > 1


def compare(old: Wording, new: Wording) -> Likeness:
    """Return whether *new* is a copy of *old*, the text that was there before.

    The order matters where one says more at its end: that 死亡3人 is missing makes no other text,
    that it was added does.
    """
    short, long = sorted((old.letters, new.letters), key=len)
    if len(short) < MIN_CHARACTERS:
        return Likeness.OTHER
    if short == long:
        return Likeness.COPY
    if KEPT * len(long) > len(short):
        return Likeness.OTHER
    found = differences(old.letters, new.letters, (1 - SAME_TEXT) * len(short))
    if found is None:
        return Likeness.OTHER
    same, gaps = found
    opening = gaps.pop(0) if gaps[0][::2] == (0, 0) else None
    ends = (len(old.letters), len(new.letters))
    ending = gaps.pop() if gaps and gaps[-1][1::2] == ends else None
    if not _share_enough(same, gaps, len(short), len(long)):
        return Likeness.OTHER
    pair = _Pair(old, new, same)
    return _weigh(pair, opening, gaps, ending)


def _share_enough(same: int, inner: Iterable[Gap], short: int, long: int) -> bool:
    lacked = sum(max(gap[1] - gap[0], gap[3] - gap[2]) for gap in inner)
    least = max(MIN_CHARACTERS, SAME_TEXT * short, KEPT * long)
    return same >= least and lacked <= LACKED * (same + lacked)


def _weigh(pair: _Pair, opening: Gap | None, inner: list[Gap], ending: Gap | None) -> Likeness:
    for gap in inner:
        _count_wear(pair, gap)
    found = _weigh_ending(pair, ending) if ending else None
    found = found or (_weigh_gap(pair, opening, _ADDED_BEFORE) if opening else None)
    for gap in inner:
        found = found or _weigh_gap(pair, gap, _ADDED)
    return found or _sum_up(pair)


def _count_wear(pair: _Pair, gap: Gap) -> None:
    old, new = pair.parts(gap)
    side = _lacking(old, new)
    if side is None or max(len(old), len(new)) > _WORN_SIZE:
        return
    plain = not (_odd(old, new) & (TURNS | NUMERALS))
    pair.worn[side] += plain
    pair.words[side] += plain and abs(len(old) - len(new)) > 1


def _lacking(old: str, new: str) -> int | None:
    """Return which of two parts is the other without some letters; None if neither is."""
    if len(old) < len(new) and is_part(old, new):
        return _OLD
    if len(new) < len(old) and is_part(new, old):
        return _NEW
    return None


def _odd(old: str, new: str) -> set[str]:
    """Return the letters that one has oftener than the other."""
    if not old or not new:
        return {*old, *new}
    ours, theirs = Counter(old), Counter(new)
    return {*(ours - theirs), *(theirs - ours)}


def _weigh_gap(pair: _Pair, gap: Gap, most: int) -> Likeness | None:
    """Count what differs at *gap*; return what the texts are if that decides it."""
    old, new = pair.parts(gap)
    if not NUMERALS.isdisjoint(old + new) and _weigh_numbers(pair, gap):
        return None
    odd, side = _odd(old, new), _lacking(old, new)
    if side is None:
        return _weigh_replaced(pair, gap, odd)
    if odd & TURNS:
        pair.signs[side] += 1
        return None
    if odd & UNIT_PREFIXES and pair.old.letters[: gap.old_from][-1:] in NUMERALS:
        return Likeness.CONTRARY
    if max(len(old), len(new)) > most or (pair.same < _SHORT and odd & STATES):
        return Likeness.OTHER
    before = most == _ADDED_BEFORE
    places = odd & NAME_ENDS and len(old + new) > 1 and (side == _OLD or before)
    if before and side == _OLD and pair.same >= _SHORT:
        # A chain text is passed on with the sender's own place before it.
        places = False
    return Likeness.OTHER if places or odd & OTHER_DAYS else None


def _weigh_numbers(pair: _Pair, gap: Gap) -> bool:
    """Count the numbers that differ at *gap*; return whether nothing else does."""
    old = numbers_at(pair.old.letters, gap.old_from, gap.old_to)
    new = numbers_at(pair.new.letters, gap.new_from, gap.new_to)
    parts = pair.parts(gap)
    replaced = all(part and NUMERALS.issuperset(part) for part in parts)
    if [value(m[0]) for m in old] == [value(m[0]) for m in new]:
        return replaced
    garbled = any(is_impossible(pair.old.letters, m) for m in old) != any(
        is_impossible(pair.new.letters, m) for m in new
    )
    pair.garbled |= garbled
    side, of_harm = _lacking(*parts), old and new and tells_harm(pair.old.letters, old[-1])
    if of_harm and not garbled:
        pair.contrary = True
    elif side is None or replaced:
        pair.renumbered = True
    elif new:  # Else the copy says less.
        pair.signs[side] += 1
    return True


def _weigh_replaced(pair: _Pair, gap: Gap, odd: set[str]) -> Likeness | None:
    old, new = pair.parts(gap)
    if odd & TURNS:
        return Likeness.CONTRARY
    if len(old) != 1 or len(new) != 1:
        harmless = max(len(old), len(new)) <= _RETYPED_SIZE and not odd & TELLING
        if odd and not (harmless and pair.is_retyped):
            return Likeness.OTHER
    else:
        worn = pair.is_worn(_OLD) or pair.is_worn(_NEW)
        after_number = pair.old.letters[: gap.old_from][-1:] in NUMERALS
        if after_number or odd & TELLING or any(letter.isascii() for letter in odd):
            return Likeness.OTHER if worn else Likeness.CONTRARY
        near = pair.old.letters[gap.old_to : gap.old_to + 3]
        if not worn and NAME_ENDS & {*near, *old, *new}:
            return Likeness.CONTRARY
    pair.typos += 1
    return None


def _sum_up(pair: _Pair) -> Likeness:
    if pair.contrary or (pair.renumbered and not pair.garbled):
        return Likeness.CONTRARY
    if pair.typos > 1 + pair.same / _LETTERS_A_TYPO:
        return Likeness.OTHER
    for side in (_OLD, _NEW):
        damage = pair.is_worn(side) and pair.worn[side] >= 2 * pair.signs[side]
        if pair.signs[side] and not (damage or pair.garbled):
            return Likeness.CONTRARY
    return Likeness.COPY


def _weigh_ending(pair: _Pair, gap: Gap) -> Likeness | None:
    """Weigh that one text goes on where the other ends."""
    old, new = pair.parts(gap)
    short, long = sorted((old, new), key=len)
    if short and not _is_torn(short, long, retyped=pair.is_retyped):
        harmless = TURNS.isdisjoint(short + long) and NUMERALS.isdisjoint(short + long)
        typo = len(long) == 1 and TELLING.isdisjoint(short + long)
        torn = len(long) <= _RETYPED_SIZE and pair.is_retyped
        return None if harmless and (typo or torn) else Likeness.OTHER
    if len(new) > len(old):
        return _weigh_more(pair.new, pair.old, gap.new_from, is_new=True)
    return _weigh_more(pair.old, pair.new, gap.old_from, is_new=False)


def _is_torn(short: str, long: str, *, retyped: bool) -> bool:
    """Return whether *short* is the worn beginning of *long*, too little to be found again."""
    if len(short) > _RETYPED_SIZE:
        return False
    plain = TURNS.isdisjoint(short) and NUMERALS.isdisjoint(short)
    return is_part(short, long[: 3 * len(short) + 3]) or (retyped and plain)


def _weigh_more(whole: Wording, cut: Wording, at: int, *, is_new: bool) -> Likeness | None:
    """Weigh what *whole* says from *at* on, where *cut* ends."""
    more, numbers = whole.letters[at:], numbers_at(whole.letters, at, len(whole.letters))
    if DENIAL.search(more):
        return Likeness.CONTRARY
    if TURNS.isdisjoint(more) and not numbers:
        return None
    if _denies(whole, at, cut.letters):
        return Likeness.CONTRARY
    start, end = _clause(whole, at)
    if cut.is_cut or (start == at and not is_new):
        return None
    if start == at:
        # A clause that was added: its 不 is about something else, its number is news.
        return Likeness.CONTRARY if numbers or len(cut.letters) < LONG else None
    asked = at - start >= _FRAGMENT and ASKING.search(whole.letters[at:end])
    return Likeness.CONTRARY if asked else None


def _clause(whole: Wording, at: int) -> tuple[int, int]:
    """Return where the clause that holds ``whole.letters[at]`` begins and ends."""
    after = bisect_right(whole.breaks, at)
    end = whole.breaks[after] if after < len(whole.breaks) else len(whole.letters)
    return whole.breaks[after - 1] if after else 0, end


def _denies(whole: Wording, at: int, said: str) -> bool:
    """Return whether *whole* from *at* on denies a word of *said* that stands there undenied."""
    for found in NEGATED.finditer(whole.letters, at):
        start = found.start(1)
        end = min(start + 2, _clause(whole, start)[1])
        word = whole.letters[start:end].rstrip(FILLERS)
        stated = word in said if len(word) > 1 else f"{word}了" in said or said.endswith(word)
        if word and stated and f"{found[0][0]}{word}" not in said:
            return True
    return False
