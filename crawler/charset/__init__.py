"""The characters of a page, whatever it declares: declarations of Chinese pages are often wrong.

Bytes that are valid UTF-8 and show Chinese are UTF-8. Else GB18030 and Big5 are tried strictly
and judged by what they give (``plausible``); what the header or the page declares decides only
between readings that are equally good (``declared``). What reads well in no encoding is refused,
never half read. So is a page that ends inside a character: what else was cut off is unknown, and
half a page is no evidence. Pure.
"""

from crawler.charset.decoding import CharsetError, Decoded, decode

__all__ = ["CharsetError", "Decoded", "decode"]
