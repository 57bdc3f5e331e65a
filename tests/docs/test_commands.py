"""Every command in our texts exists, with those options, and shows what they say."""

import re
from collections.abc import Sequence

import pytest
from typer.testing import CliRunner

from docs.reference.commands import Command, commands
from ibroker.cli.app import app
from tests.docs.blocks import ROOT, TEXTS, Typed, shown, typed

KNOWN = {one.words: one for one in commands()}
TYPED = [*typed()]
OURS = [one for one in TYPED if one.words[0] == "ibroker"]
MAKE = [one for one in TYPED if one.words[0] == "make"]


def find(words: Sequence[str]) -> Command:
    """The command that these words name, as far as they do."""
    for end in range(len(words), 0, -1):
        if tuple(words[:end]) in KNOWN:
            return KNOWN[tuple(words[:end])]
    return KNOWN[()]


def fault(words: Sequence[str], *, is_whole: bool) -> str | None:
    """What is wrong with a command of ours; None where nothing is.

    Nothing is run: its help is asked for, which takes its options first.
    """
    command = find(words)
    rest = words[len(command.words) :]
    has_more = any(one[:-1] == command.words for one in KNOWN if one)
    if has_more and rest and not rest[0].startswith("-"):
        return f"no command {rest[0]}"
    done = CliRunner().invoke(app, [*command.words, "--help", *rest])
    if done.exit_code != 0:
        return done.output
    missing = [
        one.opts[0]
        for one in command.own.params
        if one.required and one.param_type_name == "option"
        if not {*one.opts} & {word.partition("=")[0] for word in rest}
    ]
    return f"{missing} missing" if is_whole and missing else None


@pytest.mark.parametrize("one", OURS, ids=str)
def test_it_is_a_command_of_ours(one: Typed) -> None:
    """Who types it is not told that there is no such command or option."""
    assert None is fault(one.words[1:], is_whole=one.is_whole)


@pytest.mark.parametrize(
    "words",
    [
        "nothing",
        "--nothing",
        "topics nothing",
        "deadletter replay nothing plan.json",
        "validate --nothing x.xml",
        "watch open --as",
        "publish x.xml",
    ],
)
def test_what_is_none_is_seen(words: str) -> None:
    """A command, option or value that is not there is found, and what must be."""
    assert fault(words.split(), is_whole=True)


def test_they_are_all_found() -> None:
    """Texts, sentences and help are read; each command is told of somewhere."""
    places = {one.where for one in OURS}

    assert {"README.md", "docs/tutorial.md", "ibroker publish --help"} <= places
    assert {True, False} == {one.is_whole for one in OURS}
    assert set() == {
        words for words, one in KNOWN.items() if not hasattr(one.own, "list_commands")
    } - {find(one.words[1:]).words for one in OURS}


@pytest.mark.parametrize("one", MAKE, ids=str)
def test_make_has_it(one: Typed) -> None:
    """What `make` is told to make is in the Makefile."""
    targets = re.findall(
        r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    )

    assert one.words[1] in targets


@pytest.mark.parametrize("name", TEXTS)
def test_systemd_has_its_units(name: str) -> None:
    """A unit that someone is told to start or look at is in deploy/systemd."""
    text = (ROOT / name).read_text(encoding="utf-8")
    lines = re.findall(r"^.*(?:systemctl|journalctl).*$", text, re.MULTILINE)
    told = [
        unit for line in lines for unit in re.findall(r"\b(ibroker-[a-z]+@?)", line)
    ]
    units = {path.stem for path in (ROOT / "deploy" / "systemd").glob("*.service")}

    assert set() == {*told} - units


@pytest.mark.parametrize("name,arguments,output", [*shown()])
def test_it_shows_what_the_text_says(
    name: str, arguments: tuple[str, ...], output: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stands below a command is what a person sees who types it."""
    monkeypatch.chdir(ROOT)
    form = () if "--format" in arguments else ("--format", "table")

    done = CliRunner().invoke(app, [*arguments, *form])

    assert output.strip() == done.output.strip(), name
