"""What the sources say of themselves: their imports, names, texts and calls."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

__all__ = [
    "PACKAGE",
    "ROOT",
    "berichttypen",
    "impurities",
    "undeclared",
]


ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "ibroker"
# The core computes: these modules of Python have values and no effects.
VALUE_MODULES = frozenset(
    {
        "base64",
        "binascii",
        "bisect",
        "collections",
        "dataclasses",
        "datetime",
        "decimal",
        "enum",
        "functools",
        "hashlib",
        "heapq",
        "hmac",
        "inspect",
        "itertools",
        "json",
        "msgspec",
        "operator",
        "re",
        "types",
        "typing",
        "uuid",
    }
)
OWN_MODULES = ("ibroker.core", "ibroker.errors")
# What one module alone may import or call; its docstring says why.
ONLY_IN = {
    "cryptography": PACKAGE / "core" / "wlz" / "persoon.py",
    "exec": PACKAGE / "core" / "rules" / "compiled.py",
    "xml": PACKAGE / "core" / "reading.py",
    "xmlschema": PACKAGE / "core" / "explain.py",
}
NO_CALLS = frozenset({"breakpoint", "eval", "exec", "input", "open", "print"})
# The clock, randomness, and what lxml reads or writes by file name.
NO_ATTRIBUTES = frozenset(
    {"now", "parse", "today", "utcnow", "uuid1", "uuid4", "write", "xinclude"}
)
BERICHTTYPE = re.compile(r"(WMO|JW)[345][0-9]{2}|IO3[0-9]|WLZ[A-Z]{5,}|\bHARTSLAG\b")


def imports(tree: ast.AST) -> Iterator[str]:
    """Give the modules that a source imports, wherever it does so."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def impurities(source: str, path: Path) -> list[str]:
    """List what a module of the core does that it must not."""
    tree = ast.parse(source)
    found = []
    for module in imports(tree):
        top = module.partition(".")[0]
        is_own = any(
            module == own or module.startswith(f"{own}.") for own in OWN_MODULES
        )
        if not (
            is_own or top in VALUE_MODULES or top == "lxml" or ONLY_IN.get(top) == path
        ):
            found.append(f"imports {module}")
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) if name in NO_CALLS and ONLY_IN.get(name) != path:
                found.append(f"uses {name}")
            case ast.Attribute(attr=name) if name in NO_ATTRIBUTES:
                found.append(f"uses .{name}")
            case ast.alias(name=name) if name in NO_ATTRIBUTES:
                found.append(f"imports {name}")
    return found


def public_names(tree: ast.Module) -> set[str]:
    """Give the names that a module defines without an underscore before them."""
    found = set()
    for node in tree.body:
        match node:
            case (
                ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
                | ast.ClassDef(name=name)
            ):
                found.add(name)
            case ast.AnnAssign(target=ast.Name(id=name)):
                found.add(name)
            case ast.Assign(targets=targets):
                found |= {one.id for one in targets if isinstance(one, ast.Name)}
    return {name for name in found if not name.startswith("_")}


def declared_names(tree: ast.Module) -> list[str] | None:
    """Give `__all__` of a module, None where it has none."""
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
                return [str(name) for name in ast.literal_eval(value)]
    return None


def in_order(name: str) -> tuple[int, str]:
    """Sort constants before classes before functions, as the linter does."""
    kind = 0 if name.isupper() else 1 if name[:1].isupper() else 2
    return kind, name


def undeclared(source: str) -> list[str]:
    """List what is wrong with `__all__` of a module."""
    tree = ast.parse(source)
    public = public_names(tree)
    declared = declared_names(tree)
    if declared is None:
        return [f"no __all__ for {sorted(public)}"] if public else []
    dunders = {name for name in declared if name.startswith("__")}
    found = [f"not in __all__: {name}" for name in sorted(public - set(declared))]
    if sorted(declared, key=in_order) != declared:
        found.append("__all__ is not sorted")
    reexported = {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    unknown = set(declared) - public - dunders - reexported
    return found + [f"in __all__ but not there: {name}" for name in sorted(unknown)]


def docstrings(tree: ast.AST) -> set[int]:
    """Give the ids of the constants that are docstrings, also of attributes."""
    return {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def berichttypen(source: str) -> list[str]:
    """List the message types that code, not its docstrings, knows by name."""
    tree = ast.parse(source)
    text = docstrings(tree)
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in text
        and BERICHTTYPE.search(node.value)
    ]
