"""Our own faults, as exceptions. A bad bericht is never one: that is a `Fout`.

IbrokerError
├── ConfigError           a setting or a file of ours is missing or wrong
│   ├── CatalogueError        schemas/catalogus.toml
│   ├── RegisterError         the register of gemeenten, zorgaanbieders, machtigingen
│   ├── RuleTableError        schemas/regels.toml
│   ├── SchemaError           an XSD
│   ├── SleutelError          a key that hides or shows a person
│   ├── TopicsError           topics.yaml
│   ├── WatchTableError       schemas/antwoorden.toml
│   └── WlzTableError         a table of the Wlz stream
├── AnswerError           an answer was asked that the standard does not have
├── FeitError             a fact or a stand of the Wlz stream cannot be read
├── GebeurtenisError      an event cannot be read
├── StateError            the disk does not take state
└── LogError              Kafka does not do what we need
    ├── ClusterUnreachable    no broker answers
    ├── TopicMissing          a topic that must be there is not: `ibroker topics apply`
    ├── DeliveryFailed        a record was not written; its transaction must not commit
    │   ├── RecordRefused         ... and never will be: too large, or not acceptable
    │   ├── StateDamaged      state on disk cannot be read: it is made anew
    │   └── StateDangling     a changelog ends in a transaction that nobody ends
    └── Fenced                another process owns the partition now
"""

__all__ = [
    "AnswerError",
    "CatalogueError",
    "ClusterUnreachable",
    "ConfigError",
    "DeliveryFailed",
    "FeitError",
    "Fenced",
    "GebeurtenisError",
    "IbrokerError",
    "LogError",
    "RecordRefused",
    "RegisterError",
    "RuleTableError",
    "SchemaError",
    "SleutelError",
    "StateDamaged",
    "StateDangling",
    "StateError",
    "TopicMissing",
    "TopicsError",
    "WatchTableError",
    "WlzTableError",
]


class IbrokerError(Exception):
    """A fault of ours: the process stops and says so."""


class ConfigError(IbrokerError):
    """A setting or a file of ours is missing or wrong."""


class CatalogueError(ConfigError):
    """The catalogue of message types is not usable."""


class RegisterError(ConfigError):
    """The register of parties is not usable."""


class RuleTableError(ConfigError):
    """The table of level 2 rules is not usable."""


class SchemaError(ConfigError):
    """An XSD is missing or does not compile."""


class SleutelError(ConfigError):
    """A key that hides or shows a person is missing, or is another."""


class TopicsError(ConfigError):
    """topics.yaml is not usable."""


class WatchTableError(ConfigError):
    """The table of answers is not usable."""


class WlzTableError(ConfigError):
    """The table of the Wlz stream is not usable."""


class AnswerError(IbrokerError):
    """An answer was asked that the standard does not have."""


class FeitError(IbrokerError):
    """A fact or a stand of the Wlz stream, which we wrote ourselves, cannot be read."""


class GebeurtenisError(IbrokerError):
    """An event, which we wrote ourselves, cannot be read."""


class StateError(IbrokerError):
    """The disk does not take state: it is full, or may not be written."""


class LogError(IbrokerError):
    """Kafka does not do what we need."""


class ClusterUnreachable(LogError):
    """No broker answers at the address."""


class TopicMissing(LogError):
    """A topic that must be there is not; no topic is created at run time."""


class DeliveryFailed(LogError):
    """A record was not written, so its transaction must not be committed."""


class RecordRefused(DeliveryFailed):
    """The log will never take this record, however often it is sent."""


class StateDamaged(DeliveryFailed):
    """State on disk cannot be read; the lane starts anew, from the changelog."""


class StateDangling(DeliveryFailed):
    """The changelog ends in a transaction that is open for good (KAFKA-20734).

    `positions` are where the input was to go on by what is open, as far as that says.
    """

    def __init__(self, place: str, positions: frozenset[int]) -> None:
        super().__init__(f"{place}: a transaction that nobody ends")
        self.positions = positions


class Fenced(LogError):
    """Another process owns the partition now."""
