"""Asks the processes for their metrics, over HTTP, all at once."""

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException

from ibroker.status.meting import Meting, parse_metrics

__all__ = ["fetch_all"]

_WITHIN = 3.0  # s for one of them; someone is looking
_LARGEST = 16 * 1024 * 1024  # bytes; ours are below one million
_THREADS = 16


def fetch_all(adressen: Mapping[str, str]) -> tuple[Meting, ...]:
    """Ask each process, by name; one that does not answer is a Meting that says so."""
    if not adressen:
        return ()
    with ThreadPoolExecutor(min(len(adressen), _THREADS)) as pool:
        return tuple(pool.map(_fetch, adressen.keys(), adressen.values()))


def _fetch(naam: str, adres: str) -> Meting:
    moment = time.time()
    try:
        text = _get(adres)
        samples = parse_metrics(text)
    except (OSError, HTTPException) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        return Meting(naam, adres, moment, waarom=reason)
    except ValueError:
        return Meting(naam, adres, moment, waarom="geen metrics van Prometheus")
    return Meting(naam, adres, moment, samples)


def _get(adres: str) -> str:
    host, _, port = adres.rpartition(":")
    # Not urllib: that would go by a proxy of the environment.
    client = HTTPConnection(host.strip("[]"), int(port), timeout=_WITHIN)
    try:
        client.request("GET", "/metrics")
        answer = client.getresponse()
        if answer.status != HTTPStatus.OK:
            raise HTTPException(f"HTTP {answer.status}")
        data = answer.read(_LARGEST + 1)
    finally:
        client.close()
    if len(data) > _LARGEST:
        raise ValueError("too large")
    return data.decode("utf-8")
