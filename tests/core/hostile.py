"""Hostile input by name, with the regel that it must get."""

import gzip
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

__all__ = ["BOUND", "Hostile", "good", "hostile_input", "repeated"]

GOED = Path(__file__).parents[1] / "berichten" / "goed"
DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'
XSI = b' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
XS = b' xmlns:xs="http://www.w3.org/2001/XMLSchema"'
XINCLUDE = b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="%b"/>'
NAME, BSN = b"Testpersoon", b"999901102"
BOUND = 25_000_000
MB = 1_000_000

Hostile = tuple[str, str, Callable[[], bytes]]
"""A name, the regel (empty where the bericht is geldig), and what makes the bytes."""


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


def hostile_input(folder: Path, url: str) -> Iterator[Hostile]:
    """Give all hostile input; what it points at is in `folder` or at `url`."""
    yield from _pointing(folder, url.encode())
    yield from _doctypes()
    yield from _encodings()
    yield from _large()
    yield from _schema_instance(folder, url.encode())
    yield from _odd()


def _pointing(folder: Path, url: bytes) -> Iterator[Hostile]:
    """What asks to fetch something."""
    for where in (
        (folder / "geheim.txt").as_uri().encode(),
        str(folder / "geheim.xml").encode(),
        b"file:///etc/passwd",
        url,
    ):
        for name, doctype, value in (
            ("entity", b'<!DOCTYPE x [<!ENTITY e SYSTEM "%b">]>', b"&e;"),
            ("public entity", b'<!DOCTYPE x [<!ENTITY e PUBLIC "p" "%b">]>', b"&e;"),
            ("parameter", b'<!DOCTYPE x [<!ENTITY %% p SYSTEM "%b"> %%p;]>', NAME),
            ("DTD", b'<!DOCTYPE x SYSTEM "%b">', NAME),
            ("entity of a DTD", b'<!DOCTYPE x SYSTEM "%b">', b"&e;"),
            ("public DTD", b'<!DOCTYPE x PUBLIC "p" "%b">', NAME),
        ):
            data = with_doctype(doctype % where, value)
            yield f"{name} {where!r}", "DOCTYPE", lambda data=data: data
        include, sheet = XINCLUDE % where, b'<?xml-stylesheet href="%b"?>' % where
        yield f"XInclude {where!r}", "DOCTYPE", lambda i=include: in_client(i)
        yield f"XInclude root {where!r}", "BERICHTTYPE", lambda i=include: i
        yield (
            f"stylesheet {where!r}",
            "",
            lambda s=sheet: DECLARATION + s + good("WMO301"),
        )


def _doctypes() -> Iterator[Hostile]:
    laughs = b"".join(
        b'<!ENTITY l%d "%b">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10)
    )
    for name, doctype, value in (
        ("harmless", b"<!DOCTYPE Bericht>", NAME),
        ("empty subset", b"<!DOCTYPE Bericht []>", NAME),
        ("plain entity", b'<!DOCTYPE x [<!ENTITY e "Jansen">]>', b"&e;"),
        ("attribute default", b'<!DOCTYPE x [<!ATTLIST x y CDATA "9">]>', NAME),
        ("loop", b'<!DOCTYPE x [<!ENTITY a "&b;"><!ENTITY b "&a;">]>', b"&a;"),
        ("billion", b'<!DOCTYPE x [<!ENTITY l0 "ha">' + laughs + b"]>", b"&l9;"),
        (
            "quadratic",
            b'<!DOCTYPE x [<!ENTITY e "' + b"x" * 100_000 + b'">]>',
            b"&e;" * 100_000,
        ),
    ):
        data = with_doctype(doctype, value)
        yield f"DOCTYPE {name}", "DOCTYPE", lambda data=data: data
    yield "DOCTYPE at the end", "DOCTYPE", lambda: in_name(NAME) + b"<!DOCTYPE x>"
    yield (
        "DOCTYPE in small letters",
        "WELGEVORMD",
        lambda: with_doctype(b"<!doctype x>"),
    )
    text = b'<![CDATA[<!DOCTYPE x [<!ENTITY e "f">]>&e;]]>'
    yield "DOCTYPE as a text", "", lambda: in_name(text)
    yield "DOCTYPE as a comment", "", lambda: with_doctype(b"<!-- <!DOCTYPE x> -->")
    yield "entity not declared", "WELGEVORMD", lambda: in_name(b"&nbsp;")
    utf16 = with_doctype(b'<!DOCTYPE x SYSTEM "file:///etc/passwd">').decode()
    yield "DOCTYPE in UTF-16", "CODERING", lambda: utf16.encode("utf-16")


def _encodings() -> Iterator[Hostile]:
    for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
        for name in ("UTF-8", "UTF-16", None):
            make = lambda encoding=encoding, name=name: encoded(encoding, name)  # noqa: E731
            yield f"{encoding} as {name}", "CODERING", make
    for encoding in ("utf-32", "utf-32-le", "utf-32-be"):
        for name in ("UTF-8", "UTF-32", None):
            make = lambda encoding=encoding, name=name: encoded(encoding, name)  # noqa: E731
            yield f"{encoding} as {name}", "CODERING", make
    for name in ("cp037", "UTF-8", None):
        yield f"EBCDIC as {name}", "WELGEVORMD", lambda n=name: encoded("cp037", n)
    for name in (
        *("ISO-8859-1", "windows-1252", "US-ASCII", "UTF-7", "UCS-4", "IBM037"),
        *("x-onbekend", "utf8", "UTF8", "utf_8", "csUTF8", "UTF-8 ", " UTF-8"),
    ):
        text = f'<?xml version="1.0" encoding="{name}"?>'
        yield f"declared {name!r}", "CODERING", lambda t=text: declared(t)
    hidden = '<?xml version="1.0"' + " " * 300 + 'encoding="{}"?>'
    for text, regel in (
        ("<?xml version='1.0' encoding='utf-8' standalone='yes'?>", ""),
        ('<?xml version="1.0" encoding="Utf-8"?>', ""),
        ('<?xml version="1.0"?>', ""),
        ("", ""),
        (hidden.format("UTF-8"), ""),
        (hidden.format("ISO-8859-1"), "CODERING"),
        ('<?xml version="1.0" encoding=""?>', "WELGEVORMD"),
        ("\n" + DECLARATION.decode(), "WELGEVORMD"),
        ("\ufeff" + DECLARATION.decode(), "BOM"),
        ("\ufeff\ufeff", "BOM"),
    ):
        yield f"declaration {text[:60]!r}", regel, lambda t=text: declared(t)
    for bom in (b"\xff\xfe", b"\xfe\xff"):
        yield f"{bom!r} and UTF-8", "CODERING", lambda b=bom: b + in_name(NAME)
    yield "ISO-8859-1 not declared", "WELGEVORMD", lambda: in_name(b"Ren\xe9")
    yield "overlong", "WELGEVORMD", lambda: in_name(b"\xc0\xbc")
    yield "surrogate", "WELGEVORMD", lambda: in_name(b"\xed\xa0\x80")
    yield "NUL in a value", "WELGEVORMD", lambda: in_name(b"Te\0st")
    yield "NUL at the end", "WELGEVORMD", lambda: in_name(NAME) + b"\0"
    yield "gzip", "WELGEVORMD", lambda: gzip.compress(in_name(NAME))


def _large() -> Iterator[Hostile]:
    for depth in (300, 100_000):
        nest = b"<a>" * depth
        whole = nest + b"</a>" * depth
        yield f"{depth} levels", "GROOTTE", lambda w=whole: in_client(w)
        yield f"{depth} levels as a root", "GROOTTE", lambda w=whole: w
        yield f"{depth} levels not closed", "GROOTTE", lambda n=nest: n
    yield "30 MB of space", "GROOTTE", lambda: in_client(b" " * 30 * MB)
    yield "30 MB value", "GROOTTE", lambda: in_name(b"x" * 30 * MB)
    yield "30 MB of elements", "GROOTTE", lambda: in_client(b"<naam></naam>" * 2 * MB)
    yield "24 MB of space", "GROOTTE", lambda: in_client(b" " * 24 * MB)
    yield "24 MB comment", "GROOTTE", lambda: in_client(b"<!--%b-->" % (b"x" * 24 * MB))
    yield (
        "24 MB instruction",
        "GROOTTE",
        lambda: in_client(b"<?x %b?>" % (b"x" * 24 * MB)),
    )
    yield "11 MB value", "GROOTTE", lambda: in_name(b"x" * 11 * MB)
    yield "9 MB value", "XSD", lambda: in_name(b"x" * 9 * MB)
    yield "9 MB of digits", "XSD", lambda: changed(BSN, b"9" * 9 * MB)
    yield "9 MB date", "", lambda: changed(b"1951-04-09", b"1951-04-09" + b" " * 9 * MB)
    yield "9 MB number", "", lambda: changed(b">120<", b">" + b"0" * 9 * MB + b"120<")
    yield "3 million tags", "GROOTTE", lambda: in_client(b"<x/>" * 3 * MB)
    yield (
        "2.4 million tags",
        "GROOTTE",
        lambda: in_client(b"<langer/>" * (24 * MB // 10)),
    )
    yield "900,000 tags", "XSD", lambda: in_client(b"<wmo301:Bsn/>" * 900_000)
    yield "900,000 comments", "", lambda: in_client(b"<!--abcd-->" * 900_000)
    yield "900,000 instructions", "", lambda: in_client(b"<?a bcdef?>" * 900_000)
    names = lambda: b"".join(b"<n%d></n%d>" % (n, n) for n in range(300_000))  # noqa: E731
    yield "300,000 names", "XSD", lambda: in_client(names())
    yield "long name", "GROOTTE", lambda: in_client(b"<" + b"x" * 100_000 + b"/>")
    yield "long root name", "GROOTTE", lambda: b"<" + b"x" * 100_000 + b"/>"
    yield "11 MB attribute", "GROOTTE", lambda: on_bsn(b'a="' + b"x" * 11 * MB + b'"')
    yield "9 MB attribute", "XSD", lambda: on_bsn(b'a="' + b"x" * 9 * MB + b'"')
    many = b" ".join(b'a%d="x"' % n for n in range(5000))
    yield "5000 attributes", "XSD", lambda: on_bsn(many)
    yield "5000 attributes of the root", "GROOTTE", lambda: in_root(many)
    spaces = lambda: b" ".join(b'xmlns:a%d="a%d"' % (n, n) for n in range(500_000))  # noqa: E731
    yield "500,000 namespaces", "GROOTTE", lambda: in_root(spaces())


def _schema_instance(folder: Path, url: bytes) -> Iterator[Hostile]:
    """Hints in attributes: ignored, and with them a bericht is as valid as without."""
    for where in ((folder / "kwaad.xsd").as_uri().encode(), b"file:///etc/passwd", url):
        pair = b'xsi:schemaLocation="urn:kwaad %b"' % where
        alone = b'xsi:noNamespaceSchemaLocation="%b"' % where
        own = good("WMO301").split(b'"')[1]
        same = b'xsi:schemaLocation="%b %b"' % (own, where)
        for hint in (pair, alone, same):
            yield f"{hint!r} root", "", lambda h=hint: in_root(XSI + b" " + h)
            yield f"{hint!r}", "", lambda h=hint: on_bsn(h)
            yield f"{hint!r}, CS002", "CS002", lambda h=hint: on_bsn(h, b"999901103")
            yield f"{hint!r}, XSD", "XSD", lambda h=hint: on_bsn(h, b"99990110")
    for attribute in (
        *(b'xsi:type="xs:string"', b'xsi:type="xs:anySimpleType"', b'xsi:type="a:b"'),
        *(b'xsi:nil="true"', b'xsi:nil="false"', b'xsi:nil="x"', b'xsi:anders="1"'),
    ):
        yield f"{attribute!r}", "XSD", lambda a=attribute: on_bsn(a)
        yield (
            f"{attribute!r} root",
            "XSD",
            lambda a=attribute: in_root(XSI + XS + b" " + a),
        )


def _odd() -> Iterator[Hostile]:
    for name, cut in (
        ("comment", b"9999<!-- -->01102"),
        ("instruction", b"9999<?x y?>01102"),
        ("comment before", b"<!-- -->999901102"),
        ("comment after", b"999901102<!-- -->"),
        ("comment only", b"<!-- -->"),
        ("comment in CDATA and out", b"<![CDATA[9999]]><!-- --><![CDATA[01102]]>"),
    ):
        yield f"{name} in a value", "COMMENTAAR", lambda c=cut: changed(BSN, c)
    for name, data in (
        ("empty", b""),
        ("white space", b" \n\t"),
        ("one sign", b"<"),
        ("declaration only", DECLARATION),
        ("text after", in_name(NAME) + b"x"),
        ("two roots", in_name(NAME) + good("WMO301")),
        ("second declaration", DECLARATION + in_name(NAME)),
        ("end cut off", in_name(NAME).rstrip()[:-1]),
        ("character 0", in_name(b"&#0;")),
        ("prefix not declared", in_client(b"<y:x/>")),
        ("attribute twice", in_client(b'<x a="1" a="2"/>')),
    ):
        yield name, "WELGEVORMD", lambda d=data: d
    for digits in (
        "٩٩٩٩٠١١٠٢",
        "９９９９０１１０２",
        "999901102\u200b",
        "999\u00a0901102",
    ):
        yield f"{digits!r}", "XSD", lambda d=digits: changed(BSN, d.encode())
    yield "HTML", "BERICHTTYPE", lambda: b"<html><body/></html>"
    yield "no namespace", "BERICHTTYPE", lambda: b"<Bericht/>"
