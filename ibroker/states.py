"""Where a process keeps its state: a folder of its own, and its changelog."""

from ibroker.kafka.connection import connection
from ibroker.kafka.kafka_changelog import KafkaChangelogs
from ibroker.kafka.places import Places
from ibroker.kafka.restoring import Keeper
from ibroker.settings import Settings

__all__ = ["changelog_of", "keep_state"]


def changelog_of(app: str) -> str:
    """Give the changelog of the process with that consumer group."""
    return f"ggk.intern.{app.removeprefix('ibroker.')}.stand"


def keep_state(settings: Settings, app: str, source: str) -> Keeper:
    """Keep the state of `app`, for each partition of the topic `source`.

    Raises ConfigError where the settings for the brokers are not usable.
    """
    topic = changelog_of(app)
    return Keeper(
        topic,
        Places(settings.data.resolve() / "state" / app),
        KafkaChangelogs(connection(settings), topic, source),
    )
