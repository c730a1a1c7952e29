"""Every setting of the service, from the environment (`UNSPUN_…`) or a TOML file. docs/operate.md says what each is for."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from limits import parse_many
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from detector.errors import UnspunError

Role = Literal["score", "feedback", "admin"]
#: What a Perspective client may ask for.
Attribute = Literal["SPUN_TEXT", "SPUN_TEXT@1"]

PREFIX: Final = "UNSPUN_"
#: The environment variable that names the settings file.
FILE_VARIABLE: Final = f"{PREFIX}CONFIG"


def _readable(rate: str) -> str:
    try:
        if rate:
            parse_many(rate)
    except ValueError:
        raise ValueError("a rate is written like 600/minute;20000/day") from None
    return rate


#: Requests in a time, as `limits` writes it: 600/minute;20000/day. Empty: as many as come.
Rate = Annotated[str, AfterValidator(_readable)]


class Key(BaseModel):
    """One API key, as `unspun key` prints it: who holds it, its SHA-256, what it may do, how often."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[\w.-]{1,64}$")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    roles: frozenset[Role] = Field(min_length=1)
    rate_limit: Rate | None = None


def _default_database() -> str:
    try:
        state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    except RuntimeError:
        raise UnspunError(f"there is no home folder for the feedback database: set {PREFIX}DATABASE") from None
    return f"sqlite:///{Path(state) / 'unspun' / 'feedback.sqlite3'}"


class Settings(BaseSettings):
    """The settings of one server. Raises pydantic.ValidationError; `read` makes sentences of it."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(default=8000, ge=0, le=65535, description="port to listen on, 0 for a free one")
    workers: int = Field(
        default_factory=lambda: os.cpu_count() or 1,
        ge=1,
        le=256,
        description="scoring processes; default: one for each core",
    )
    queue: int = Field(default=64, ge=0, description="requests that may wait for a worker; one more is refused (503)")
    reading: int = Field(default=256, ge=1, description="bodies that may be on their way in at the same time")
    body_bytes: int = Field(
        default=4 * 1024 * 1024, ge=1024, le=1024**3, description="longest body, before and after gzip"
    )
    body_seconds: float = Field(default=30.0, gt=0, description="time a client has to send its body")
    score_seconds: float = Field(
        default=60.0, gt=0, description="longest time a request waits for a worker, and again to be scored"
    )
    stop_seconds: int = Field(default=30, ge=0, description="time for accepted requests to be finished when stopping")
    drain_seconds: float = Field(
        default=0.0, ge=0, description="time between SIGTERM, with /readyz at 503, and the stop"
    )

    keys: tuple[Key, ...] = Field(default=(), description="API keys; none: loopback only")
    rate_limit: Rate = Field(
        default="", description="for each key (or address), like 600/minute;20000/day; empty: none"
    )
    cors_origins: tuple[str, ...] = Field(
        default=(), description="web origins whose pages may call /v1 and /v1alpha1, `*` for all"
    )

    database: str = Field(
        default_factory=_default_database,
        description="where feedback is kept: sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME; empty: nowhere",
    )
    perspective_aliases: dict[str, Attribute] = Field(
        default={}, description="other names under which a Perspective client may ask, as TOXICITY = SPUN_TEXT"
    )
    languagetool_characters: int = Field(
        default=500_000, ge=1000, description="longest text of /v2/check, in UTF-16 units"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="least level logged")

    @model_validator(mode="after")
    def _distinct_keys(self) -> Settings:
        if len({key.name for key in self.keys}) < len(self.keys):
            raise ValueError("two keys have the same name")
        if len({key.sha256 for key in self.keys}) < len(self.keys):
            raise ValueError("two keys are the same")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags before the environment, the environment before the file."""
        return (init_settings, env_settings, TomlConfigSettingsSource(settings_cls, _file()))

    def for_workers(self) -> dict[str, Any]:
        """For JSON, without what a worker need not know."""
        return self.model_dump(mode="json", exclude={"keys", "database"})


def _file() -> Path | None:
    name = os.environ.get(FILE_VARIABLE)
    return Path(name) if name else None


def read(**flags: Any) -> Settings:
    """The settings, `flags` (those that are not None) before environment and file. Raises UnspunError.

    A message names the setting and never its value: a key or a password may be in it.
    """
    path = _file()
    if path and not path.is_file():
        raise UnspunError(f"there is no settings file {path}")
    try:
        return Settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as error:
        faults = (f"{_named(fault['loc'])}: {fault['msg']}" for fault in error.errors(include_input=False))
        raise UnspunError(f"settings: {'; '.join(faults)}") from None
    except SettingsError as error:
        # Of a variable that is not JSON; the cause quotes it.
        raise UnspunError(f"settings: {str(error).partition(' from source')[0]}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise UnspunError(f"the settings file {path} is not TOML in UTF-8") from None


def _named(location: tuple[int | str, ...]) -> str:
    return ".".join(map(str, location)) or "the whole"
