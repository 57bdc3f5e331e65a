"""A cluster that guards its topics: mutual TLS, ACLs, and a door for the operator.

Who comes in without TLS is ANONYMOUS, who may do everything here: so access is given.
Who comes in with TLS is who its certificate says.
"""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from ibroker.settings import Settings

__all__ = ["Authority", "Guarded", "make_authority"]

_HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Authority:
    """Signs certificates, with openssl, in a folder of the test."""

    folder: Path

    @property
    def certificate(self) -> Path:
        """Its own."""
        return self.folder / "ca.pem"

    def issue(self, name: str) -> tuple[Path, Path]:
        """Make a certificate for that CN and its key, and give both files."""
        certificate, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        if not certificate.exists():
            _openssl(
                "req",
                "-x509",
                *("-CA", str(self.certificate), "-CAkey", str(self.folder / "ca.key")),
                *_new_key(key, name),
                *("-addext", f"subjectAltName=IP:{_HOST}"),
                *("-addext", "basicConstraints=critical,CA:FALSE"),
                *("-out", str(certificate)),
            )
        return certificate, key

    def broker_settings(self, plain: int, tls: int) -> dict[str, str]:
        """What makes a broker ask for certificates at port `tls`, and guard.

        `plain` is the port of who needs none; behind it comes that of the controller.
        """
        certificate, key = self.issue("broker")
        together = self.folder / "broker-both.pem"
        together.write_text(key.read_text() + certificate.read_text())
        return {
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(together),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.certificate),
            "ssl.client.auth": "required",
            "listener.security.protocol.map": (
                "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SSL:SSL"
            ),
            "authorizer.class.name": (
                "org.apache.kafka.metadata.authorizer.StandardAuthorizer"
            ),
            "super.users": "User:ANONYMOUS",
            "listeners": (
                f"PLAINTEXT://{_HOST}:{plain},CONTROLLER://{_HOST}:{plain + 1},"
                f"SSL://{_HOST}:{tls}"
            ),
            "advertised.listeners": f"PLAINTEXT://{_HOST}:{plain},SSL://{_HOST}:{tls}",
        }


@dataclass(frozen=True, slots=True)
class Guarded:
    """The cluster: the address for the operator, and for who has a certificate."""

    open_address: str
    tls_address: str
    authority: Authority

    def settings_of(self, principal: str) -> Settings:
        """The settings of one who has the certificate of that principal."""
        certificate, key = self.authority.issue(principal.removeprefix("User:CN="))
        return Settings(
            kafka=self.tls_address,
            tls_ca=self.authority.certificate,
            tls_cert=certificate,
            tls_key=key,
        )


def make_authority(folder: Path) -> Authority:
    """Make an authority in a folder."""
    authority = Authority(folder)
    _openssl(
        "req",
        "-x509",
        *_new_key(folder / "ca.key", "ibroker tests"),
        *("-out", str(authority.certificate)),
    )
    return authority


def _new_key(path: Path, name: str) -> list[str]:
    return [
        *("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"),
        *("-keyout", str(path), "-subj", f"/CN={name}", "-days", "2"),
    ]


def _openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)
