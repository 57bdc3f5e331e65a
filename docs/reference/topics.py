"""The topics, and who may do what with them, as topics.yaml has them."""

from collections.abc import Iterator

from docs.markdown import cell, code, table
from ibroker.topics.model import Access, TopicsFile
from ibroker.topics.reading import load_topics

__all__ = ["render"]


def render() -> str:
    """Write the topics, with why each is kept so long, and the access to them."""
    file = load_topics()
    return "\n\n".join(
        ("## The topics", _topics(file), "## Who may do what", _access(file))
    )


def _topics(file: TopicsFile) -> str:
    return table(
        ("topic", "partitions", "kept", "why so long", "other settings"),
        (
            (
                code(name),
                str(spec.partitions),
                _kept(spec.retention.days),
                cell(spec.retention.because),
                "<br>".join(
                    code(f"{key}={value}")
                    for key, value in spec.config.model_dump(exclude_none=True).items()
                ),
            )
            for name, spec in file.topics.items()
        ),
    )


def _kept(days: int | None) -> str:
    match days:
        case None:
            return ""
        case 1:
            return "1 day"
        case _:
            return f"{days} days"


def _access(file: TopicsFile) -> str:
    return table(
        ("principal", "may", "bytes a second at each broker"),
        (
            (
                code(file.principals + name),
                "<br>".join(_rights(access)),
                "<br>".join(
                    f"{key}: {value:,}"
                    for key, value in access.quota.model_dump(exclude_none=True).items()
                ),
            )
            for name, access in file.access.items()
        ),
    )


def _rights(access: Access) -> Iterator[str]:
    kinds = (
        ("topics", access.topics),
        ("groups", access.groups),
        ("transactional ids", access.transactional_ids),
    )
    for kind, rights in kinds:
        for operation, names in rights.items():
            yield f"{kind}, {operation}: {', '.join(map(code, names))}"
    if access.cluster:
        yield f"the cluster: {', '.join(access.cluster)}"
