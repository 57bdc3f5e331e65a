"""Where something went, as one of a few words: by topic, and never by party."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from ibroker.core.register import Register

__all__ = ["Bestemmingen", "label_topics"]

_INTERN: Final = "ggk.intern."
"""With this all topics begin that are for ibroker alone."""


@dataclass(frozen=True, slots=True)
class Bestemmingen:
    """The words for topics; what is not in `labels` is `intern`, or not known."""

    labels: Mapping[str, str] = field(default_factory=dict, repr=False)
    intern: str = "intern"
    onbekend: str = "onbekend"

    @property
    def words(self) -> tuple[str, ...]:
        """Every word for a topic that is known, sorted."""
        return tuple(sorted({*self.labels.values(), self.intern}))

    def word_for(self, topic: str) -> str:
        """Give the word for a topic."""
        if topic.startswith(_INTERN):
            return self.intern
        return self.labels.get(topic, self.onbekend)


def label_topics(register: Register, other: Mapping[str, str]) -> Bestemmingen:
    """Give the words for all topics of the register, and those of `other`.

    For the topic of a party that is the kind of the party, also where it ended; for
    the topics of no party it is their name in the table of parties.
    """
    topics = register.topics
    labels = {
        topics.onbestelbaar: "onbestelbaar",
        topics.gebeurtenissen: "gebeurtenissen",
    }
    for partij in register.bekend.values():
        labels[partij.topic] = partij.soort.lower()
    for soort in register.soorten.values():
        if not soort.has_own_topics:
            labels[soort.topic] = soort.soort.lower()
    known = {
        topic: word
        for topic, word in labels.items()
        if topic and not topic.startswith(_INTERN)
    }
    return Bestemmingen(MappingProxyType({**known, **other}))
