"""The settings: environment variables that begin with IBROKER_."""

import os
from pathlib import Path

from pydantic import Field, PositiveFloat, PositiveInt, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from ibroker.errors import ConfigError

__all__ = ["Settings", "read_settings", "unknown_variables", "variable_of"]

_PREFIX = "IBROKER_"


class Settings(BaseSettings):
    """What an installation may set; the only reader of the environment.

    `schemas` is a folder of XSDs that add to ours, or replace those of the same
    target namespace, and `partijen` one of tables of parties that replace ours by file
    name; `topics` is a file in place of our topics.yaml. `max_bytes` is what one
    bericht may hold (OP179: 25 MB).

    `kafka` is the bootstrap address, host:port with commas between. `tls_ca`,
    `tls_cert` and `tls_key` are PEM files; with any of them the connection is TLS.
    `data` is where a local broker keeps its own. `verwijzing_sleutel` is the file with
    the key that hides the references in events, at least 32 bytes. `metrics` is the
    host:port where a process serves /metrics, /livez and /readyz; none, so none served.
    `persoonssleutels` is the folder with the keys that hide people, and `wlz_tabel` a
    file in place of our wlz.toml. `dubbel_dagen` is for how many days an accepted
    bericht is remembered, so that it is known again. `exporter_seconden` is the time
    between two rounds of the exporter, and `hartslag_seconden` between two heartbeats.
    """

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, env_ignore_empty=True, frozen=True
    )

    schemas: Path | None = None
    max_bytes: PositiveInt = 25_000_000
    kafka: str = "127.0.0.1:9092"
    tls_ca: Path | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    partijen: Path | None = None
    data: Path = Path(".ibroker")
    topics: Path | None = None
    verwijzing_sleutel: Path | None = None
    metrics: str | None = None
    persoonssleutels: Path | None = None
    wlz_tabel: Path | None = None
    dubbel_dagen: int = Field(default=400, ge=400)
    exporter_seconden: PositiveFloat = 15
    hartslag_seconden: PositiveFloat = 60


def read_settings() -> Settings:
    """Read the settings. Raises ConfigError that names each variable that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(
            f"{variable_of(str(fault['loc'][0]))}: {fault['msg']}"
            for fault in error.errors(include_url=False)
        )
        raise ConfigError(wrong) from error


def variable_of(name: str) -> str:
    """Give the environment variable of a setting."""
    return _PREFIX + name.upper()


def unknown_variables() -> tuple[str, ...]:
    """Name the variables that look like a setting of ours and are none."""
    known = {variable_of(name) for name in Settings.model_fields}
    found = {name.upper() for name in os.environ if name.upper().startswith(_PREFIX)}
    return tuple(sorted(found - known))
