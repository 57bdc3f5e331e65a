"""Requests of a transaction whose answer stays away, and so may still be under way.

aiokafka sends such a request again, on a new connection. The first may reach the broker
after the second was answered, in the middle of the next transaction, and be taken for
one of that (KIP-890; brokers tell the two apart for newer clients only). So here the
client gets an error that it does not try again after: the producer ends, and the epoch
of its successor refuses whatever still comes.
"""

from collections.abc import Awaitable, Callable

from aiokafka.errors import KafkaError, NodeNotReadyError
from aiokafka.protocol.transaction import (
    AddOffsetsToTxnRequest,
    AddPartitionsToTxnRequest,
    EndTxnRequest,
    TxnOffsetCommitRequest,
)

__all__ = ["Unsure", "unsure_without_answer"]

_TRANSACTIONAL = (
    AddOffsetsToTxnRequest,
    AddPartitionsToTxnRequest,
    EndTxnRequest,
    TxnOffsetCommitRequest,
)

_Send = Callable[..., Awaitable[object]]


class Unsure(Exception):
    """No answer came to a transactional request, so it may still be under way.

    No KafkaError, for those the client tries again.
    """


def unsure_without_answer(send: _Send) -> _Send:
    """Make `send` of a client raise Unsure where an answer to a request stays away."""

    async def sending(node: int, request: object, **group: object) -> object:
        try:
            return await send(node, request, **group)
        except NodeNotReadyError:
            raise  # it was never sent
        except KafkaError as error:
            if isinstance(request, _TRANSACTIONAL):
                raise Unsure(type(error).__name__) from error
            raise

    return sending
