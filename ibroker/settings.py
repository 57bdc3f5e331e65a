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

    The descriptions are Markdown: the site and README.md show them.
    """

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, env_ignore_empty=True, frozen=True
    )

    kafka: str = Field(
        default="127.0.0.1:9092",
        description="bootstrap address, `host:port`, with commas between",
    )
    tls_ca: Path | None = Field(
        default=None,
        description="a PEM file with the authorities to trust; with this or one of the"
        " next two the connection is TLS",
    )
    tls_cert: Path | None = Field(
        default=None, description="a PEM file with the certificate of this process"
    )
    tls_key: Path | None = Field(
        default=None, description="a PEM file with the key of that certificate"
    )
    verwijzing_sleutel: Path | None = Field(
        default=None,
        description="a file with at least 32 random bytes: the key that hides"
        " references in events; `ibroker route` needs it, the same for each process",
    )
    persoonssleutels: Path | None = Field(
        default=None,
        description="a folder with the keys that hide people: `<id>.sleutel`, `huidig`,"
        " `verdeling`; `ibroker wlz` needs it, and `ibroker route` the same, or it"
        " tells the Wlz stream nothing and refuses what is for that alone",
    )
    wlz_tabel: Path | None = Field(
        default=None,
        description="a file in place of our `schemas/wlz.toml`: what a zorgprofiel"
        " means, when a signal is given, and how long what is over is kept",
    )
    dubbel_dagen: int = Field(
        default=400,
        ge=400,
        description="for how many days an accepted bericht is known again; 400 or more",
    )
    metrics: str | None = Field(
        default=None,
        description="`host:port` where a process serves `/metrics`, `/livez` and"
        " `/readyz`; none, and nothing is served",
    )
    exporter_seconden: PositiveFloat = Field(
        default=15,
        description="seconds between two rounds of `ibroker exporter` over the cluster",
    )
    hartslag_seconden: PositiveFloat = Field(
        default=60, description="seconds between two heartbeats of `ibroker exporter`"
    )
    partijen: Path | None = Field(
        default=None,
        description="a folder of tables of parties that replace ours by name:"
        " `gemeenten.toml`, `zorgaanbieders.toml`, `machtigingen.toml`,"
        " `partijen.toml`",
    )
    topics: Path | None = Field(
        default=None, description="a file in place of our `topics.yaml`"
    )
    data: Path = Field(
        default=Path(".ibroker"),
        description="where our own Kafka keeps its data, and processes their state"
        " (`state/`, which can be made anew)",
    )
    max_bytes: PositiveInt = Field(
        default=25_000_000,  # OP179: 25 MB
        description="the largest bericht, in bytes",
    )
    schemas: Path | None = Field(
        default=None,
        description="a folder of XSDs that add to ours, or replace those of the same"
        " target namespace",
    )


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
