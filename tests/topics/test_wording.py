"""Differences in words."""

import pytest

from ibroker.topics.plan import (
    AddAcl,
    AddPartitions,
    Change,
    CreateTopic,
    DeleteTopic,
    FewerPartitions,
    Finding,
    ForeignAcl,
    OtherReplication,
    RemoveAcl,
    SetConfig,
    SetQuota,
)
from ibroker.topics.state import Acl, Kind, Operation, Resource, Topic
from ibroker.topics.wording import Line, group, word

READ = Acl("User:CN=ggk-a", Operation.READ, Resource(Kind.TOPIC, "ggk.in"))
BLOCK = Acl(
    "User:CN=ggk-a",
    Operation.ALL,
    Resource(Kind.TOPIC, "ggk.", True),
    "10.0.0.1",
    allows=False,
)


WORDS: list[tuple[Change | Finding, Line]] = [
    (
        CreateTopic(Topic("ggk.in", 12, 3, {"a.b": "1"})),
        Line("+", "topic maken", "ggk.in", "12 partities, 3 exemplaren, a.b=1"),
    ),
    (
        CreateTopic(Topic("ggk.in", 1, 1)),
        Line("+", "topic maken", "ggk.in", "1 partitie, 1 exemplaar"),
    ),
    (
        DeleteTopic("ggk.in"),
        Line("-", "topic verwijderen", "ggk.in", "met alles wat erin staat"),
    ),
    (
        AddPartitions("ggk.in", 1, 2),
        Line(
            "~",
            "partities erbij",
            "ggk.in",
            "1 → 2; sleutels komen deels op een andere partitie",
        ),
    ),
    (
        SetConfig("ggk.in", "a.b", None, "1"),
        Line("~", "instelling", "ggk.in", "a.b: standaard van het cluster → 1"),
    ),
    (
        SetConfig("ggk.in", "a.b", "1", None),
        Line("~", "instelling", "ggk.in", "a.b: 1 → standaard van het cluster"),
    ),
    (
        AddAcl(READ),
        Line("+", "toegang geven", "User:CN=ggk-a", "lezen van topic ggk.in"),
    ),
    (
        RemoveAcl(READ),
        Line("-", "toegang intrekken", "User:CN=ggk-a", "lezen van topic ggk.in"),
    ),
    (
        SetQuota("User:CN=ggk-a", "x", None, 1e9),
        Line("~", "quotum", "User:CN=ggk-a", "x: geen → 1000000000"),
    ),
    (
        FewerPartitions("ggk.in", 3, 2),
        Line(
            "!",
            "te veel partities",
            "ggk.in",
            "3 in plaats van 2: Kafka kan er geen weghalen",
        ),
    ),
    (
        OtherReplication("ggk.in", 1, 3),
        Line(
            "!",
            "andere replicatie",
            "ggk.in",
            "1 in plaats van 3: verplaats met kafka-reassign-partitions",
        ),
    ),
    (
        ForeignAcl(BLOCK),
        Line(
            "!",
            "vreemde toegang",
            "User:CN=ggk-a",
            "verboden: alles met topic ggk.* vanaf 10.0.0.1",
        ),
    ),
]


@pytest.mark.parametrize("one,expected", WORDS)
def test_each_has_words(one: Change | Finding, expected: Line) -> None:
    """Every difference says what is done, to what, and how."""
    assert expected == word(one)


@pytest.mark.parametrize("operation", Operation)
@pytest.mark.parametrize("kind", Kind)
def test_all_access_has_words(operation: Operation, kind: Kind) -> None:
    """There are words for any operation on anything, each their own."""
    others = {
        word(AddAcl(Acl("User:a", other, Resource(kind, "x")))).detail
        for other in Operation
        if other is not operation
    }

    assert (
        word(AddAcl(Acl("User:a", operation, Resource(kind, "x")))).detail not in others
    )


def test_what_is_the_same_for_many_gemeenten_is_one_line() -> None:
    """What is alike for more than three gemeenten is told once, with their codes."""
    codes = ("0014", "0344", "0363", "0518")
    topics = [Topic(f"ggk.gemeente.{code}", 1, 1) for code in codes]
    lines = [word(CreateTopic(topic)) for topic in [*topics, Topic("ggk.in", 2, 1)]]

    expected = [
        Line(
            "+",
            "topic maken",
            "ggk.gemeente.<code>",
            "1 partitie, 1 exemplaar",
            codes,
        ),
        lines[4],
    ]
    assert expected == group(lines)
    assert lines[:3] == group(lines[:3])


def test_what_is_not_the_same_is_not_one_line() -> None:
    """A gemeente of which something else differs keeps a line of its own."""
    codes = ("0014", "0344", "0363", "0518", "0599")
    lines = [
        word(
            SetConfig(f"ggk.gemeente.{code}", "a", "2" if code == "0363" else "1", "3")
        )
        for code in codes
    ]

    assert [4, 0] == [len(line.codes) for line in group(lines)]
