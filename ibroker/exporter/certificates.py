"""Until when our certificates and those of the brokers are good.

A process reads its files once, at its start: what a file says now is what the next
start gets. What the brokers show is asked without any check, so that it is also told of
a certificate that nobody trusts any more.
"""

import ssl
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from socket import create_connection

from cryptography import x509

from ibroker.settings import Settings

__all__ = ["find_expiries"]

_WITHIN = 2.0  # s for one broker


def find_expiries(settings: Settings) -> Mapping[str, datetime]:
    """Give when the first of each kind ends: `ca`, `client` and `broker`.

    Nothing without TLS, and no kind whose files or brokers tell nothing. It blocks.
    """
    if settings.tls_ca is None and settings.tls_cert is None:
        return {}
    ends = {
        "ca": _ends_of_file(settings.tls_ca),
        "client": _ends_of_file(settings.tls_cert),
        "broker": _ends_of_brokers(settings),
    }
    return {kind: min(found) for kind, found in ends.items() if found}


def _ends_of_file(path: Path | None) -> Sequence[datetime]:
    if path is None:
        return ()
    try:
        read = x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError):
        return ()
    # Of a file with a chain the first is its own.
    return _ends(read)


def _ends_of_brokers(settings: Settings) -> Sequence[datetime]:
    found: list[x509.Certificate] = []
    for server in settings.kafka.split(","):
        host, _, port = server.strip().rpartition(":")
        with suppress(OSError, ValueError, OverflowError):
            shown = _ask(host.strip("[]"), int(port))
            if shown is not None:
                found.append(x509.load_der_x509_certificate(shown))
    return _ends(found)


def _ask(host: str, port: int) -> bytes | None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        create_connection((host, port), _WITHIN) as plain,
        context.wrap_socket(plain, server_hostname=host) as secured,
    ):
        return secured.getpeercert(binary_form=True)


def _ends(certificates: Iterable[x509.Certificate]) -> Sequence[datetime]:
    return [one.not_valid_after_utc for one in certificates]
