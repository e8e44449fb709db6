"""Copies of one text become one item with a count: exact copies, and nearly exact ones.

A copied text is still a voice of its own; folding only keeps the same sentence from being judged
and read a thousand times. ``signatures`` and ``spans`` find what may be a copy, ``copies``
decides, and the ``Folder`` remembers.
"""

from crawler.folding.folder import MAX_BUCKETS, Folder

__all__ = ["MAX_BUCKETS", "Folder"]
