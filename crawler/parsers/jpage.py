"""The XML that much government software puts lists in, read as the HTML list inside it. Pure.

Known as jpage: ``<datastore><recordset><record><![CDATA[<li>…</li>]]></record>…``, as an answer of
its own or in a script of the page that shows it.
"""

import re

_OPEN, _CLOSE = "<![CDATA[", "]]>"
_END = "</datastore>"
# What stands around the store would hide the list: a script, and the beginning of an XML document.
_BEFORE = re.compile(r"(?:<script[^<>]*>\s*)?(?:<\?xml[^<>]*>\s*)?$")
_AFTER = re.compile(r"\s*(?:</script>)?")


def unwrapped(text: str) -> str:
    """Return *text* with the markup that its data store holds in place of the store.

    A text without one comes back as it is.
    """
    start, end = text.find("<datastore"), text.rfind(_END)
    if start < 0 or _OPEN not in text:
        return text
    end = end if end > start else len(text)
    held = "\n".join(part.partition(_CLOSE)[0] for part in text[start:end].split(_OPEN)[1:])
    before = _BEFORE.sub("", text[:start], count=1)
    return before + held + _AFTER.sub("", text[end + len(_END) :], count=1)
