"""The settings: environment variables that begin with IBROKER_."""

from pathlib import Path

from pydantic import PositiveInt, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from ibroker.errors import ConfigError

__all__ = ["Settings", "read_settings"]


class Settings(BaseSettings):
    """What an installation may set; the only reader of the environment.

    `schemas` is a folder of XSDs that add to ours, or replace those of the same
    target namespace. `max_bytes` is what one bericht may hold (OP179: 25 MB).
    """

    model_config = SettingsConfigDict(
        env_prefix="IBROKER_", env_ignore_empty=True, frozen=True
    )

    schemas: Path | None = None
    max_bytes: PositiveInt = 25_000_000


def read_settings() -> Settings:
    """Read the settings. Raises ConfigError that names each variable that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(
            f"IBROKER_{str(fault['loc'][0]).upper()}: {fault['msg']}"
            for fault in error.errors(include_url=False)
        )
        raise ConfigError(wrong) from error
