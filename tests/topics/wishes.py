"""topics.yaml under another name, so that a test has topics and principals alone."""

import secrets
import time
from collections.abc import Callable

from ibroker.topics.model import TopicsFile
from ibroker.topics.port import Admin
from ibroker.topics.reading import own_topics_file, parse_topics
from ibroker.topics.state import Actual, Ours

__all__ = ["admin_sees", "fresh_ours", "renamed_file", "renamed_text"]

_WITHIN = 20.0  # s until a broker shows what the controller has done


def renamed_text(name: str) -> str:
    """Give our topics.yaml with `name` where it says ggk."""
    return own_topics_file().read_text(encoding="utf-8").replace("ggk", name)


def renamed_file(name: str) -> TopicsFile:
    """Give that file, read."""
    return parse_topics(renamed_text(name), "topics.yaml")


def fresh_ours() -> Ours:
    """Give names that nobody else has."""
    name = f"t{secrets.token_hex(5)}"
    return Ours(f"{name}.", f"User:CN={name}-")


def admin_sees(admin: Admin, ours: Ours, there: Callable[[Actual], bool]) -> Actual:
    """Look until something is there, and give all that is there then, or at last."""
    until = time.monotonic() + _WITHIN
    while True:
        actual = admin.observe(ours)
        if there(actual) or time.monotonic() > until:
            return actual
        time.sleep(0.05)
