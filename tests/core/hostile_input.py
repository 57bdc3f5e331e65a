"""Hostile input by name, with the regel that it must get."""

import gzip
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from tests.core.hostile import (
    BSN,
    DECLARATION,
    MB,
    NAME,
    XINCLUDE,
    XS,
    XSI,
    changed,
    declared,
    encoded,
    good,
    in_client,
    in_name,
    in_root,
    on_bsn,
    with_doctype,
)

__all__ = ["Hostile", "hostile_input"]

Hostile = tuple[str, str, Callable[[], bytes]]
"""A name, the regel (empty where the bericht is geldig), and what makes the bytes."""


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
            yield f"{name} {where!r}", "DOCTYPE", partial(bytes, data)
        include, sheet = XINCLUDE % where, b'<?xml-stylesheet href="%b"?>' % where
        yield f"XInclude {where!r}", "DOCTYPE", partial(in_client, include)
        yield f"XInclude root {where!r}", "BERICHTTYPE", partial(bytes, include)
        yield (
            f"stylesheet {where!r}",
            "",
            partial(with_doctype, sheet),
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
        yield f"DOCTYPE {name}", "DOCTYPE", partial(bytes, data)
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
            make = partial(encoded, encoding, name)
            yield f"{encoding} as {name}", "CODERING", make
    for encoding in ("utf-32", "utf-32-le", "utf-32-be"):
        for name in ("UTF-8", "UTF-32", None):
            make = partial(encoded, encoding, name)
            yield f"{encoding} as {name}", "CODERING", make
    for name in ("cp037", "UTF-8", None):
        yield f"EBCDIC as {name}", "WELGEVORMD", partial(encoded, "cp037", name)
    for name in (
        *("ISO-8859-1", "windows-1252", "US-ASCII", "UTF-7", "UCS-4", "IBM037"),
        *("x-onbekend", "utf8", "UTF8", "utf_8", "csUTF8", "UTF-8 ", " UTF-8"),
    ):
        text = f'<?xml version="1.0" encoding="{name}"?>'
        yield f"declared {name!r}", "CODERING", partial(declared, text)
    hidden = '<?xml version="1.0"' + " " * 300 + 'encoding="{}"?>'
    for text, regel in (
        ("<?xml version='1.0' encoding='utf-8' standalone='yes'?>", ""),
        ('<?xml version="1.0" encoding="Utf-8"?>', ""),
        ('<?xml version="1.0"?>', ""),
        ("", ""),
        (hidden.format("UTF-8"), ""),
        (hidden.format("ISO-8859-1"), "CODERING"),
        ('<?xml version="1.0" encoding=""?>', "WELGEVORMD"),
        # In XML 1.1 other parsers than libxml2 read NEL and U+2028 as line ends.
        ('<?xml version="1.1" encoding="UTF-8"?>', "WELGEVORMD"),
        ("\n" + DECLARATION.decode(), "WELGEVORMD"),
        ("\ufeff" + DECLARATION.decode(), "BOM"),
        ("\ufeff\ufeff", "BOM"),
    ):
        yield f"declaration {text[:60]!r}", regel, partial(declared, text)
    for bom in (b"\xff\xfe", b"\xfe\xff"):
        yield f"{bom!r} and UTF-8", "CODERING", partial(bytes, bom + in_name(NAME))
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
        yield f"{depth} levels", "GROOTTE", partial(in_client, whole)
        yield f"{depth} levels as a root", "GROOTTE", partial(bytes, whole)
        yield f"{depth} levels not closed", "GROOTTE", partial(bytes, nest)
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
    yield "900,000 comments", "GROOTTE", lambda: in_client(b"<!--abcd-->" * 900_000)
    yield "9,000 comments", "", lambda: in_client(b"<!--abcd-->" * 9_000)
    yield "900,000 instructions", "GROOTTE", lambda: in_client(b"<?a bcdef?>" * 900_000)
    yield "300,000 names", "XSD", lambda: in_client(_names(300_000))
    yield "long name", "GROOTTE", lambda: in_client(b"<" + b"x" * 100_000 + b"/>")
    yield "long root name", "GROOTTE", lambda: b"<" + b"x" * 100_000 + b"/>"
    yield "11 MB attribute", "GROOTTE", lambda: on_bsn(b'a="' + b"x" * 11 * MB + b'"')
    yield "9 MB attribute", "XSD", lambda: on_bsn(b'a="' + b"x" * 9 * MB + b'"')
    many = b" ".join(b'a%d="x"' % n for n in range(5000))
    yield "5000 attributes", "XSD", lambda: on_bsn(many)
    yield "5000 attributes of the root", "GROOTTE", lambda: in_root(many)
    yield "500,000 namespaces", "GROOTTE", lambda: in_root(_namespaces(500_000))


def _names(count: int) -> bytes:
    return b"".join(b"<n%d></n%d>" % (n, n) for n in range(count))


def _namespaces(count: int) -> bytes:
    return b" ".join(b'xmlns:a%d="a%d"' % (n, n) for n in range(count))


def _schema_instance(folder: Path, url: bytes) -> Iterator[Hostile]:
    """Hints in attributes: ignored, and with them a bericht is as valid as without."""
    for where in ((folder / "kwaad.xsd").as_uri().encode(), b"file:///etc/passwd", url):
        pair = b'xsi:schemaLocation="urn:kwaad %b"' % where
        alone = b'xsi:noNamespaceSchemaLocation="%b"' % where
        own = good("WMO301").split(b'"')[1]
        same = b'xsi:schemaLocation="%b %b"' % (own, where)
        for hint in (pair, alone, same):
            yield f"{hint!r} root", "", partial(in_root, XSI + b" " + hint)
            yield f"{hint!r}", "", partial(on_bsn, hint)
            yield f"{hint!r}, CS002", "CS002", partial(on_bsn, hint, b"999901103")
            yield f"{hint!r}, XSD", "XSD", partial(on_bsn, hint, b"99990110")
    for attribute in (
        *(b'xsi:type="xs:string"', b'xsi:type="xs:anySimpleType"', b'xsi:type="a:b"'),
        *(b'xsi:nil="true"', b'xsi:nil="false"', b'xsi:nil="x"', b'xsi:anders="1"'),
    ):
        yield f"{attribute!r}", "XSD", partial(on_bsn, attribute)
        yield (
            f"{attribute!r} root",
            "XSD",
            partial(in_root, XSI + XS + b" " + attribute),
        )


def _odd() -> Iterator[Hostile]:
    warned = b'Header xmlns="geen-uri"'
    for name, cut in (
        ("comment", b"9999<!-- -->01102"),
        ("instruction", b"9999<?x y?>01102"),
        ("comment before", b"<!-- -->999901102"),
        ("comment after", b"999901102<!-- -->"),
        ("comment only", b"<!-- -->"),
        ("comment in CDATA and out", b"<![CDATA[9999]]><!-- --><![CDATA[01102]]>"),
    ):
        yield f"{name} in a value", "COMMENTAAR", partial(changed, BSN, cut)
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
        # lxml goes by the last thing that libxml2 said, and that is a warning here.
        *(
            (f"{name}, then a warning", data.replace(b"Header", warned, 1))
            for name, data in (
                ("prefix bound to nothing", in_root(b'xmlns:y=""')),
                ("xml bound anew", in_root(b'xmlns:xml="urn:x"')),
                ("colon in an instruction", b"<?a:b?>" + good("WMO301")),
            )
        ),
        ("attribute twice", in_client(b'<x a="1" a="2"/>')),
    ):
        yield name, "WELGEVORMD", partial(bytes, data)
    yield from _names_outside_ascii()
    for digits in (
        "٩٩٩٩٠١١٠٢",
        "９９９９０１１０２",
        "999901102\u200b",
        "999\u00a0901102",
    ):
        yield f"{digits!r}", "XSD", partial(changed, BSN, digits.encode())
    yield "HTML", "BERICHTTYPE", lambda: b"<html><body/></html>"
    yield "no namespace", "BERICHTTYPE", lambda: b"<Bericht/>"


def _names_outside_ascii() -> Iterator[Hostile]:
    """XML's fifth edition allows names that the fourth, so many a parser, does not."""
    for sign, regel in (
        ("\u0482", "WELGEVORMD"),
        ("\U00010300", "WELGEVORMD"),
        ("\u00e9", ""),
    ):
        name = sign.encode()
        target, binding = b"<?%b y?>" % name, b'xmlns:%b="urn:x"' % name
        whole = good("WMO301").replace(b"wmo301:", name + b":")
        for where, data in (
            ("an instruction", in_client(target)),
            ("an instruction before", with_doctype(target)),
            ("an instruction after", good("WMO301") + b"<?x%b?>" % name),
            ("a prefix not used", in_root(binding)),
            ("a prefix like xml", in_root(b'xmlns:xml%b="urn:x"' % name)),
            ("a prefix deep down", on_bsn(binding)),
            ("a prefix after a >", on_bsn(b"xsi:schemaLocation='a >' " + binding)),
            ("a prefix on two lines", in_root(binding.replace(b"=", b"\n=\n"))),
            ("the root", whole.replace(b"xmlns:wmo301", b"xmlns:" + name)),
        ):
            yield f"{sign!r} in {where}", regel, partial(bytes, data)
        for where, data in (
            ("a value", in_name(b"&lt;?%b " % name + binding)),
            ("CDATA", in_name(b"<![CDATA[<?%b <a %b>]]>" % (name, binding))),
            ("a comment", in_client(b"<!-- %b <a %b> -->" % (target, binding))),
            ("a text", in_client(b"<?x %b %b?>" % (target[:-2], binding))),
        ):
            yield f"{sign!r} as if a name in {where}", "", partial(bytes, data)
