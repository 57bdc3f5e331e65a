"""Makes hostile input out of a valid bericht."""

from functools import cache
from pathlib import Path

__all__ = [
    "BOUND",
    "BSN",
    "DECLARATION",
    "MB",
    "NAME",
    "XINCLUDE",
    "XS",
    "XSI",
    "changed",
    "declared",
    "encoded",
    "good",
    "in_client",
    "in_name",
    "in_root",
    "on_bsn",
    "repeated",
    "with_doctype",
]

GOED = Path(__file__).parents[1] / "berichten" / "goed"
DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'
XSI = b' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
XS = b' xmlns:xs="http://www.w3.org/2001/XMLSchema"'
XINCLUDE = b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="%b"/>'
NAME, BSN = b"Testpersoon", b"999901102"
BOUND = 25_000_000
MB = 1_000_000


@cache
def good(name: str) -> bytes:
    """Read the valid bericht of a type, without its declaration."""
    data = (GOED / f"{name}.xml").read_bytes()
    assert data.startswith(DECLARATION)
    return data[len(DECLARATION) :]


def changed(old: bytes, new: bytes, declaration: bytes = DECLARATION) -> bytes:
    """Change one thing in a valid WMO301."""
    data = good("WMO301")
    assert old in data
    return declaration + data.replace(old, new, 1)


def in_name(value: bytes) -> bytes:
    """Put something in the place of a name, which is a free text."""
    return changed(NAME, value)


def in_client(content: bytes) -> bytes:
    """Put something before the first element of Client."""
    return changed(b"<wmo301:Client>", b"<wmo301:Client>" + content)


def in_root(attributes: bytes) -> bytes:
    """Add attributes to the root."""
    return changed(b" xmlns:iwmo", b" " + attributes + b" xmlns:iwmo")


def on_bsn(attributes: bytes, bsn: bytes = BSN) -> bytes:
    """Give Bsn attributes, with the namespaces of XML Schema at hand."""
    old = b"<wmo301:Bsn>" + BSN
    new = b"<wmo301:Bsn" + XSI + XS + b" " + attributes + b">" + bsn
    return changed(old, new)


def with_doctype(doctype: bytes, value: bytes = NAME) -> bytes:
    """Put a DOCTYPE before a bericht that uses what it declares."""
    return changed(NAME, value, DECLARATION + doctype + b"\n")


def encoded(encoding: str, declared: str | None) -> bytes:
    """Write a valid bericht in an encoding."""
    text = good("WMO301").decode()
    if declared is not None:
        text = f'<?xml version="1.0" encoding="{declared}"?>\n{text}'
    return text.encode(encoding)


def declared(declaration: str) -> bytes:
    """Give a valid bericht in UTF-8 another declaration."""
    return declaration.encode() + good("WMO301")


def repeated(
    name: str, element: str, times: int, old: str = "", new: str = ""
) -> bytes:
    """Repeat an element of a valid bericht, without white space between elements.

    In each copy `old` becomes `new`, with `{}` for the number of the copy.
    """
    data = b"".join(line.strip() for line in good(name).splitlines())
    tag = f"{name.lower()}:{element}".encode()
    end = data.index(b"</" + tag + b">") + len(tag) + 3
    one = data[data.index(b"<" + tag + b">") : end]
    assert old.encode() in one
    if not old:
        return data.replace(one, one * times)
    head, _, tail = one.partition(old.encode())
    copies = [head + new.format(n).encode() + tail for n in range(times)]
    return data.replace(one, b"".join(copies))
