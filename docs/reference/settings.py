"""The settings: what each is called, what it is where nobody set it, what it does."""

from pathlib import Path

from docs.markdown import cell, code, table
from ibroker.settings import Settings, variable_of

__all__ = ["render"]


def render() -> str:
    """Write the table of all settings."""
    return table(
        ("environment variable", "default", "what it is"),
        (
            (
                code(variable_of(name)),
                code(_shown(field.default)),
                cell(field.description or ""),
            )
            for name, field in Settings.model_fields.items()
        ),
    )


def _shown(value: object) -> str:
    match value:
        case None:
            return ""
        case Path():
            return value.as_posix()
        case _:
            return str(value)
