"""Our own faults, as exceptions. A bad bericht is never one: that is a `Fout`.

IbrokerError
├── ConfigError       a setting or a file of ours is missing or wrong
│   ├── CatalogueError    schemas/catalogus.toml
│   ├── RuleTableError    schemas/regels.toml
│   └── SchemaError       an XSD
└── AnswerError       an answer was asked that the standard does not have
"""

__all__ = [
    "AnswerError",
    "CatalogueError",
    "ConfigError",
    "IbrokerError",
    "RuleTableError",
    "SchemaError",
]


class IbrokerError(Exception):
    """A fault of ours: the process stops and says so."""


class ConfigError(IbrokerError):
    """A setting or a file of ours is missing or wrong."""


class CatalogueError(ConfigError):
    """The catalogue of message types is not usable."""


class RuleTableError(ConfigError):
    """The table of level 2 rules is not usable."""


class SchemaError(ConfigError):
    """An XSD is missing or does not compile."""


class AnswerError(IbrokerError):
    """An answer was asked that the standard does not have."""
