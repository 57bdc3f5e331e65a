"""What is done to ibroker to break it, as the tests of tests/faults say themselves."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from docs.markdown import cell, table

__all__ = ["render"]

_FOLDER: Final = Path(__file__).parents[2] / "tests" / "faults"
_STORMS: Final = ("test_faults.py", "test_wlz_faults.py", "test_large.py")
_HARM: Final = ("mischief.py", "restores.py")
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def render() -> str:
    """Write which harm there is, and in which tests it is done."""
    harm = (
        f"- {_says(one)}"
        for name in _HARM
        for one in _functions(name)
        if one.args.args and one.args.args[0].arg == "storm"
    )
    storms = (
        (_says(one), _when(one))
        for name in _STORMS
        for one in _functions(name)
        if one.name.startswith("test_")
    )
    return "\n\n".join(
        (
            "## What is done to it",
            "As the tests call it; each is done to a process or broker that is drawn.",
            "\n".join(harm),
            "## In which tests",
            table(("test", "runs with"), storms),
        )
    )


def _functions(name: str) -> Iterator[_Function]:
    tree = ast.parse((_FOLDER / name).read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, _Function) and not node.name.startswith("_"):
            yield node


def _says(function: _Function) -> str:
    """The first line of its docstring."""
    return cell((ast.get_docstring(function) or "").partition("\n")[0])


def _when(function: _Function) -> str:
    marks = {ast.unparse(one) for one in function.decorator_list}
    return (
        "`make faults`"
        if "pytest.mark.faults" in marks
        else "`make test`, `make faults`"
    )
