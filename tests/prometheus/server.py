"""Asks a running Prometheus what an expression gives."""

import json
import math
import time
import urllib.parse
import urllib.request
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["alerts_now", "ask", "has_data", "without_data"]

_EVERY = 5  # seconds between the points that are asked for


def ask(address: str, page: str, **fields: str) -> Any:  # noqa: ANN401 - of JSON
    """The `data` of an answer of Prometheus at `address`, host:port."""
    url = f"http://{address}/api/v1/{page}?{urllib.parse.urlencode(fields)}"
    with urllib.request.urlopen(url, timeout=60) as answer:
        return json.load(answer)["data"]


def has_data(address: str, expr: str, since: float) -> bool:
    """Whether the expression gave a number at any moment from `since` until now."""
    now = time.time()
    found = ask(
        address,
        "query_range",
        query=expr,
        start=f"{since}",
        end=f"{now}",
        step=f"{_EVERY}",
    )
    return any(
        math.isfinite(float(value))
        for series in found["result"]
        for _, value in series["values"]
    )


def without_data(
    address: str, asked: Mapping[str, str], since: float, patience: float
) -> list[str]:
    """Which of these expressions give nothing, also after `patience` seconds."""
    left: Iterable[str] = asked
    deadline = time.monotonic() + patience
    while True:
        left = [where for where in left if not has_data(address, asked[where], since)]
        if not left or time.monotonic() > deadline:
            return [*left]
        time.sleep(1)


def alerts_now(address: str) -> dict[str, str]:
    """The alerts that are pending or firing, and which of the two."""
    found = ask(address, "alerts")["alerts"]
    return {one["labels"]["alertname"]: one["state"] for one in found}
