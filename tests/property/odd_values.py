"""Odd values, odd markup and odd prologs to put in a bericht."""

import re
from collections.abc import Callable
from random import Random
from xml.sax.saxutils import escape

__all__ = ["ATTRIBUTES", "CANARY", "MARKUP", "PROLOGS", "changed_value", "odd_text"]

CANARY = b"999988001"  # a BSN that passes the 11-proef and is in no bericht

_XSI = b'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
ATTRIBUTES = (
    b'a="1"',
    b'xml:lang="nl"',
    b'xml:space="preserve"',
    b'xml:id="x"',
    _XSI + b'xsi:nil="true"',
    _XSI + b'xsi:type="Bericht"',
    _XSI + b'xmlns:xs="http://www.w3.org/2001/XMLSchema" xsi:type="xs:string"',
    _XSI + b'xsi:schemaLocation="urn:x http://127.0.0.1:9/x.xsd"',
    _XSI + b'xsi:noNamespaceSchemaLocation="x.xsd"',
    b'a="1" a="2"',
    b'x:a="1"',
    b'xmlns=""',
    b'xmlns="urn:x"',
    b'xmlns:x="urn:x" x:a="&lt;"',
    b"a=1",
)

MARKUP = (
    b"<!--x-->",
    b"<!---->",
    b"<!-- <a> & -->",
    b"<!-- -- -->",
    b"<?x y?>",
    b"<?xml-stylesheet href='x'?>",
    b"<?xml version='1.0'?>",
    b"<![CDATA[x]]>",
    b"<![CDATA[]]>",
    b"<![CDATA[<!-- ?>]]>",
    b"]]>",
    b"<!DOCTYPE x>",
    b"<!DOCTYPE x [<!ENTITY e 'f'>]>",
    b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="x"/>',
    b"&amp;",
    b"&lt;",
    b"&nbsp;",
    b"&#0;",
    b"&#32;",
    b"&#13;",
    b"&#x10FFFF;",
    b"&#xFFFE;",
    b"&",
    b"<",
    b">",
    b"/>",
    b"\t\n",
    b"\r\n",
    b"\xc2\xa0",
    b"\xe2\x80\x83",
    b"\xff",
    b"\0",
)

PROLOGS = (
    b"",
    b"\n",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b'\xef\xbb\xbf<?xml version="1.0" encoding="UTF-8"?>',
    b'<?xml version="1.0"?>',
    b'<?xml version="1.1" encoding="UTF-8"?>',
    b'<?xml version="1.5" encoding="UTF-8"?>',
    b'<?xml version="2.0"?>',
    b"<?xml version='1.0' encoding='utf-8' standalone='yes'?>",
    b'<?xml version="1.0" standalone="no"?>',
    b'<?xml version="1.0" encoding="ISO-8859-1"?>',
    b'<?xml version="1.0" encoding="windows-1252"?>',
    b'<?xml version="1.0" encoding="US-ASCII"?>',
    b'<?xml version="1.0" encoding="UTF-16"?>',
    b'<?xml version="1.0" encoding="utf8"?>',
    b'<?xml version="1.0" encoding=""?>',
    b'<?xml encoding="UTF-8"?>',
    b'<?xml version="1.0" encoding="UTF-8"?><!--x-->',
    b'<?xml version="1.0" encoding="UTF-8"?><?x y?>',
    b'<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE Bericht>',
    b'<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE a [<!ENTITY e "f">]>',
    b'<?xml version="1.0" encoding="UTF-8"?><?xml version="1.0"?>',
)

_SPACES = (" ", "\n", "\t ", "\r\n", "&#9;", "\u00a0", "\u2003", "\u200b", "  " * 500)
_YEARS = (
    *("0000", "0001", "0999", "1899", "1900", "9999", "10000", "12026", "99999"),
    *("-0001", "-2026", "-12026", "02026", "+2026", "2026" * 300),
)
_DAYS = ("-02-29", "-02-30", "-13-01", "-00-00", "-1-1", "-06-31", "-12-31")
_ZONES = ("Z", "+14:00", "-14:00", "+14:01", "T00:00:00", "z")
_DIGITS = ("\u0661", "\u0967", "\uff11", "\u00b2", "\u2160")
_NUMBERS = (
    *("0", "-0", "+0", "-1", "1", "1.0", "1e9", "0x10", "NaN", "INF", ".5", "1,5"),
    *("99999999", "100000000", "9" * 30, "9" * 5000, "1" + "0" * 400, "2147483648"),
    *("000000000", "999999999", "18446744073709551616", "0" * 4000 + "1"),
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_NUMBER = re.compile(r"\d+")


def changed_value(rng: Random, value: bytes) -> bytes:
    """Write a value in another way that is nearly, or quite, as good."""
    text = value.decode("utf-8", "replace")
    if _DATE.fullmatch(text) and rng.random() < 0.7:
        text = _changed_date(rng, text)
    elif _NUMBER.fullmatch(text) and rng.random() < 0.7:
        text = _changed_number(rng, text)
    else:
        text = rng.choice(_TEXTS)(rng, text)
    return text.encode("utf-8", "replace")


def _changed_date(rng: Random, text: str) -> str:
    case = rng.randrange(4)
    if case == 0:
        return rng.choice(_YEARS) + text[4:]
    if case == 1:
        return text[:4] + rng.choice(_DAYS)
    if case == 2:
        return text + rng.choice(_ZONES)
    return _spaced(rng, text)


def _changed_number(rng: Random, text: str) -> str:
    case = rng.randrange(6)
    if case == 0:
        return rng.choice("+-") + text
    if case == 1:
        return "0" * rng.choice((1, 1, 2, 8, 400)) + text
    if case == 2:
        return rng.choice(_NUMBERS)
    if case == 3:
        return str(int(text[:400]) + rng.choice((-1, 1)))
    if case == 4:
        at = rng.randrange(len(text))
        return text[:at] + rng.choice((*_DIGITS, "0", "9")) + text[at + 1 :]
    return _spaced(rng, text)


def _spaced(rng: Random, text: str) -> str:
    space = rng.choice(_SPACES)
    at = rng.choice((0, len(text), rng.randint(0, len(text))))
    return text[:at] + space + text[at:]


_TEXTS: tuple[Callable[[Random, str], str], ...] = (
    lambda _rng, _text: "",
    lambda rng, text: text * rng.choice((2, 2, 20, 1000 if len(text) < 50 else 3)),
    lambda rng, text: text[: rng.randint(0, len(text))],
    lambda _rng, text: text.swapcase(),
    lambda _rng, text: f"<![CDATA[{text}]]>",
    lambda _rng, text: "".join(f"&#{ord(one)};" for one in text[:2000]),
    _spaced,
)


def odd_text(rng: Random) -> bytes:
    """Make a value that has nothing to do with what stood there."""
    case = rng.randrange(5)
    if case == 0:
        points = (rng.randrange(0x110000) for _ in range(rng.randint(1, 12)))
        text = "".join(map(chr, points))
        return escape(text).encode("utf-8", "replace")
    if case == 1:
        return rng.choice(_NUMBERS).encode()
    if case == 2:
        return (rng.choice(_YEARS) + rng.choice((*_DAYS, "-01-01"))).encode()
    if case == 3:
        return b"x" * rng.choice((1, 13, 201, 300, 5000))
    return CANARY if rng.random() < 0.5 else rng.choice(_SPACES).encode() * 2
