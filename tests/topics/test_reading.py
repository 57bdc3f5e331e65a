"""Reading topics.yaml: what is wrong is named by file, line and field."""

from pathlib import Path

import pytest

from ibroker.errors import TopicsError
from ibroker.topics.reading import load_topics, own_topics_file, parse_topics
from ibroker.topics.state import Operation

SMALL = """\
prefix: ggk.
principals: User:CN=ggk-
replication:
  - {brokers: 1, factor: 1, min.insync.replicas: 1}
topics:
  ggk.in:
    partitions: 2
    retention: {days: 3, because: of a test}
    config:
      max.message.bytes: 1000
access:
  a:
    topics:
      read: [ggk.in]
"""


def test_our_own_is_right() -> None:
    """The file that ships is usable, and found without being told where."""
    assert "ggk.aanlevering" in load_topics().topics


def test_a_small_one() -> None:
    """All that is in a file is read."""
    file = parse_topics(SMALL, "t.yaml")

    assert ["ggk.in"] == list(file.topics)
    assert 3 == file.topics["ggk.in"].retention.days
    assert {Operation.READ: ["ggk.in"]} == file.access["a"].topics


@pytest.mark.parametrize(
    "there,instead,said",
    [
        (
            "partitions: 2",
            "partitions: twee",
            "regel 7, topics.ggk.in.partitions: moet",
        ),
        ("partitions: 2", "partitions: '2'", "regel 7, topics.ggk.in.partitions: moet"),
        (
            "partitions: 2",
            "partitions: true",
            "regel 7, topics.ggk.in.partitions: moet",
        ),
        ("partitions: 2", "partitions: 0", "moet groter zijn dan 0"),
        ("partitions: 2", "partition: 2", "regel 7, topics.ggk.in.partition: is geen"),
        ("partitions: 2", "partition: 2", "regel 6, topics.ggk.in.partitions: ontbre"),
        (
            "partitions: 2",
            "partitions: 2\n    partitions: 2",
            "regel 8, topics.ggk.in.p",
        ),
        ("partitions: 2", "partitions: 2\n    partitions: 3", "staat er twee keer"),
        ("prefix: ggk.", "prefix: ''", "regel 1, prefix: past niet bij"),
        ("prefix: ggk.", "prefix: 1", "regel 1, prefix: moet tekst zijn"),
        ("User:CN=ggk-", "ggk-", "regel 2, principals: past niet bij"),
        (
            "factor: 1",
            "factor: 3",
            "regel 4, replication.0.factor: kan niet op 1 broker",
        ),
        (
            "replicas: 1",
            "replicas: 2",
            "regel 4, replication.0.min.insync.replicas: is",
        ),
        ("brokers: 1", "brokers: 3", "regel 4, replication.0.brokers: moet 1 zijn"),
        (
            "config:\n      max.message.bytes: 1000",
            "config: 1",
            "regel 9, topics.ggk.in.co",
        ),
        (
            "max.message.bytes",
            "max.mesage.bytes",
            "regel 10, topics.ggk.in.config.max.m",
        ),
        (
            "max.message.bytes: 1000",
            "{min.cleanable.dirty.ratio: 2.0, max.message.bytes: 1000}",
            "ten hoogste 1",
        ),
        ("days: 3, ", "", "topics.ggk.in.retention: heeft dagen"),
        (
            "max.message.bytes: 1000",
            "{cleanup.policy: compact, max.message.bytes: 1000}",
            "topics.ggk.in.retention: heeft dagen",
        ),
        ("because: of a test", "because: ''", "retention.because: is leeg"),
        (
            "read: [ggk.in]",
            "reads: [ggk.in]",
            "regel 14, access.a.topics.reads: is geen",
        ),
        ("[ggk.in]", "ggk.in", "regel 14, access.a.topics.read: moet een lijst zijn"),
        ("[ggk.in]", "[]", "regel 14, access.a.topics.read: is leeg"),
        ("[ggk.in]", "[ggk.uit]", "regel 14, access.a.topics.read.0: ggk.uit is geen"),
        ("[ggk.in]", "[ggk.u*]", "ggk.u* is geen topic van dit bestand"),
        ("[ggk.in]", "['*']", "regel 14, access.a.topics.read.0: * is geen"),
        (
            "    topics:\n",
            "    groups: {read: ['*']}\n    topics:\n",
            "alles is te veel",
        ),
        (
            "[ggk.in]",
            "\n      - ggk.in\n      - ggk.nee",
            "regel 16, access.a.topics.re",
        ),
        ("  ggk.in:", "  gkk.in:", "regel 6, topics.gkk.in: begint niet met ggk."),
        ("  ggk.in:", "  ggk.in/uit:", "regel 6, topics.ggk.in/uit: is geen naam"),
        ("  a:", "  A_:", "regel 12, access.A_: is geen naam"),
        ("  a:", f"  {'a' * 60}:", "is geen naam"),
        ("[ggk.in]", "['ggk.{gemeente}']", "{gemeente} staat niet in a"),
        ("access:", "access: [", "regel "),
        ("prefix: ggk.", "prefix: !!python/none ggk.", "regel 1: "),
        ("prefix: ggk.", "prefix: &a [*a]", "regel 1, prefix: "),
        ("access:", "access: &a\n  b: *a", "access"),
        ("prefix: ggk.", "? [1]\n: 2", "regel 1: "),
        ("prefix: ggk.", "prefix: \x00", "geen YAML"),
    ],
)
def test_what_is_wrong_is_named(there: str, instead: str, said: str) -> None:
    """A mistake is told by file, line and field."""
    assert there in SMALL

    with pytest.raises(TopicsError) as caught:
        parse_topics(SMALL.replace(there, instead, 1), "t.yaml")

    assert str(caught.value).startswith("t.yaml")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["", "# niets\n", "- een lijst\n", "tekst", "a: 1\n---\n"]
)
def test_no_mapping_is_refused(text: str) -> None:
    """A file that is empty, or another thing than keys and values, is refused."""
    with pytest.raises(TopicsError, match=r"^t\.yaml"):
        parse_topics(text, "t.yaml")


def test_everything_wrong_is_named_at_once() -> None:
    """All mistakes are told together, in the order of the lines."""
    text = SMALL.replace("days: 3", "days: -3").replace("factor: 1", "factor: een")

    with pytest.raises(TopicsError) as caught:
        parse_topics(text, "t.yaml")

    lines = [part.split(",")[1] for part in str(caught.value).split("; ")]
    assert [" regel 4", " regel 8"] == lines


def test_many_mistakes_are_counted() -> None:
    """After ten mistakes the rest is only counted."""
    names = [f"  ggk.{number}: 1\n" for number in range(15)]

    with pytest.raises(TopicsError, match=r"en nog 5$"):
        parse_topics(SMALL.replace("access:", f"{''.join(names)}access:"), "t.yaml")


def test_a_fault_in_an_alias_is_named_where_it_stands() -> None:
    """A part that is used twice is wrong at the line where it is written."""
    text = own_topics_file().read_text(encoding="utf-8")
    line = 1 + text[: text.index("max.message.bytes: 28311552")].count("\n")

    with pytest.raises(TopicsError, match=f"regel {line}, topics.ggk.cak.config"):
        parse_topics(text.replace("28311552", "veel", 1), "t.yaml")


def test_another_file(tmp_path: Path) -> None:
    """A file in place of ours is read; one that cannot be is refused by name."""
    path = tmp_path / "mijn.yaml"
    path.write_text(SMALL)
    assert ["ggk.in"] == list(load_topics(path).topics)

    path.write_bytes(b"\xff\xfe")
    with pytest.raises(TopicsError, match="UTF-8"):
        load_topics(path)
    with pytest.raises(TopicsError, match="ander"):
        load_topics(tmp_path / "ander.yaml")
