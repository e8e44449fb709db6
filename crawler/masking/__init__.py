"""What names a person goes from a text. Pure.

``mask`` is for every post: numbers, handles, links. ``mask_resident`` is for what people tell an
office on the telephone, where the caller, the neighbour and the official are named in plain words
and an address leads to a door.
"""

import re

from crawler.masking.doors import mask_doors
from crawler.masking.everyone import Taken, apply_rules, mask
from crawler.masking.names import mask_names
from crawler.masking.numbers import NUMBERS

__all__ = ["Taken", "found_by_masks", "mask", "mask_call", "mask_resident"]

_WIDE = re.compile("[\uff10-\uff5a]")
_ASCII = {code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF5B))}


def mask_resident(text: str) -> str:
    """Return *text* without what names a resident: beyond ``mask``, doors and names.

    An address keeps its estate, road or village and loses what is narrower: a building alone
    (3号楼) stays, a building with a unit or a room goes. Names go with and without a title, behind
    a word for a person and before a word of telling; a bare name in the middle of a sentence may
    stay. Full-width digits and letters become plain ones. ``mask`` finds nothing in the result.

    >>> mask_resident("市民张先生（138 0013 8000）反映幸福小区3栋2单元501室停水，打12345没人接")
    '市民[姓名]（[电话]）反映幸福小区[门牌]停水，打12345没人接'
    """
    text = mask_names(mask_call(text))
    # A name that is masked may be what shows that a number before it is a door.
    return mask_doors(text)


def mask_call(text: str, taken: list[Taken] | None = None) -> str:
    """Return *text* without what ``found_by_masks`` finds; names of people stay as ``mask`` has it.

    *taken*, where given, grows by what was masked.

    >>> mask_call("老人被困3栋2单元501室，打一三八零零一三八零零零")
    '老人被困[门牌]，打[电话]'
    """
    return mask_doors(mask(apply_rules(NUMBERS, _narrow(text), taken), taken), taken)


def found_by_masks(text: str) -> list[Taken]:
    """Return the numbers, accounts and doors that ``mask_resident`` would take; no names.

    In the order of the rules. What a rule took of an earlier one's token is left out.
    """
    taken: list[Taken] = []
    mask_call(text, taken)
    return [found for found in taken if "[" not in found[1]]


def _narrow(text: str) -> str:
    """Return *text* with plain digits and letters in place of full-width ones."""
    return text.translate(_ASCII) if _WIDE.search(text) else text
