"""Settings: read once from the environment or `.env`, validated, passed down as one frozen record."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import json
import os
import sys
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

MIN_JWT_SECRET_BYTES = 32
MIN_HOOK_SECRET_BYTES = 16
DATA_KEY_BYTES = 32


class SettingsError(Exception):
    """The settings cannot be used; the text names each setting and what is wrong, never a value."""


def _split_list(value: object) -> object:
    """Turn `a, b c` into a tuple: lists in one environment variable are separated by commas or spaces."""
    if isinstance(value, str):
        return tuple(part for part in value.replace(",", " ").split() if part)
    return value


def _parse_list(value: object) -> object:
    """Turn a JSON list in one environment variable into a tuple; blank is none."""
    if not isinstance(value, str):
        return value
    try:
        parsed = json.loads(value) if value.strip() else []
    except ValueError:
        raise ValueError("must be a JSON list") from None
    return tuple(parsed) if isinstance(parsed, list) else parsed


TextList = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split_list)]


HttpServer = Literal["hypercorn", "uvicorn"]


class WahaServer(BaseModel):
    """One WAHA as `WAHA_INSTANCES` describes it."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: str = Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$")
    url: str
    api_key: SecretStr = Field(min_length=1)
    webhook_secret: SecretStr
    capacity: int = Field(default=50, ge=1, le=10_000)

    @field_validator("url")
    @classmethod
    def _url_is_usable(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.username:
            raise ValueError("must be an address such as http://waha:3000")
        return value.rstrip("/")

    @field_validator("api_key")
    @classmethod
    def _key_fits_a_header(cls, value: SecretStr) -> SecretStr:
        if not all("!" <= char <= "~" for char in value.get_secret_value()):
            raise ValueError("must be printable ASCII without spaces")
        return value

    @field_validator("webhook_secret")
    @classmethod
    def _secret_is_long(cls, value: SecretStr) -> SecretStr:
        if len(value.get_secret_value().encode()) < MIN_HOOK_SECRET_BYTES:
            raise ValueError(f"must be at least {MIN_HOOK_SECRET_BYTES} bytes long")
        return value


def default_data_dir() -> Path:
    """Return where embedded Postgres and local state live when DATA_DIR is not set.

    As root it is a system folder of our own, because Postgres then runs as another user who must be able to
    reach it; otherwise the user's own data folder.
    """
    if os.name == "posix" and os.geteuid() == 0:
        return Path("/var/lib/ai-admin")
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", str(Path.home()))) / "AI-Admin"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "AI-Admin"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "ai-admin"


class Settings(BaseSettings):
    """Everything the gateway can be told from outside. Secrets are masked in every rendering."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True, hide_input_in_errors=True
    )

    partner_token: SecretStr | None = None
    partner_token_previous: SecretStr | None = None
    partner_token_next: SecretStr | None = None
    application_id: int | None = Field(default=None, gt=0, lt=2**31)
    public_url: str | None = None
    database_url: SecretStr | None = None
    data_dir: Path = Field(default_factory=default_data_dir)
    spool_dir: Path | None = None
    backup_dir: Path | None = None
    spool_max_bytes: int = Field(default=256 * 1024 * 1024, ge=1024 * 1024)
    jwt_secret: SecretStr | None = None
    jwt_secret_previous: SecretStr | None = None
    jwt_secret_next: SecretStr | None = None
    data_key: SecretStr | None = None
    data_key_previous: SecretStr | None = None
    data_key_next: SecretStr | None = None
    yclients_api_url: str = "https://api.yclients.com"
    yclients_accept: str = "application/vnd.yclients.v2+json"
    activation_call: Literal["redirect", "callback"] = "redirect"
    require_signed_entry: bool = False
    whatsapp_pool: Literal["simulator", "waha", "neonize"] = "simulator"
    waha_instances: Annotated[tuple[WahaServer, ...], NoDecode, BeforeValidator(_parse_list)] = ()
    waha_webhook_url: str | None = None
    neonize_dir: Path | None = None
    neonize_max_workers: int = Field(default=50, ge=1, le=1000)
    neonize_quiet_hour: int = Field(default=0, ge=0, le=23)
    bind: str = "127.0.0.1:8080"
    internal_bind: str | None = None
    http_server: HttpServer = "hypercorn"
    metrics_token: SecretStr | None = None
    marketplace_url: str = "https://yclients.com/appstore"
    support_url: str | None = None
    frame_ancestors: TextList = ("https://yclients.com", "https://*.yclients.com")
    allowed_origins: TextList = ()
    rate_limits: bool | None = None
    trusted_proxies: int = Field(default=0, ge=0, le=8)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["json", "console"] = "json"
    reconcile_every_s: float = Field(default=900.0, gt=0)
    retention_days: int = Field(default=90, ge=1)
    event_retention_days: int = Field(default=365, ge=30)
    purge_after_days: int = Field(default=30, ge=1)
    message_retention_days: int = Field(default=30, ge=1)
    keep_message_text: bool = False
    send_per_minute: int = Field(default=20, ge=1, le=600)
    welcome_text: str | None = Field(default=None, max_length=1000)
    database_pool_size: int = Field(default=16, ge=4, le=200)
    drain_s: float = Field(default=0.0, ge=0, le=600)
    auto_scan_after_s: float | None = Field(default=None, ge=0)

    @field_validator(
        "application_id",
        "metrics_token",
        "internal_bind",
        "support_url",
        "rate_limits",
        "spool_dir",
        "backup_dir",
        "waha_webhook_url",
        "neonize_dir",
        "welcome_text",
        mode="before",
    )
    @classmethod
    def _blank_is_unset(cls, value: object) -> object:
        return None if isinstance(value, str) and not value.strip() else value

    @field_validator(
        "public_url", "database_url", "jwt_secret", "jwt_secret_previous", "jwt_secret_next", "data_key",
        "data_key_previous", "data_key_next", "partner_token_previous", "partner_token_next", mode="before",
    )  # fmt: skip
    @classmethod
    def _blank_secret_is_unset(cls, value: object) -> object:
        return None if isinstance(value, str) and not value.strip() else value

    @field_validator("public_url")
    @classmethod
    def _public_url_is_usable(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if not parts.hostname or parts.query or parts.fragment or parts.username:
            raise ValueError("must be an address such as https://ai-admin.example")
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback_host(parts.hostname)):
            raise ValueError("must be https (http is accepted on a loopback address only)")
        return value.rstrip("/")

    @field_validator("waha_instances")
    @classmethod
    def _instances_have_names_of_their_own(cls, value: tuple[WahaServer, ...]) -> tuple[WahaServer, ...]:
        if len({each.name for each in value}) < len(value):
            raise ValueError("each instance needs a name of its own")
        return value

    @field_validator("waha_webhook_url")
    @classmethod
    def _hook_url_is_usable(cls, value: str | None) -> str | None:
        if value is not None and (
            urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).hostname
        ):
            raise ValueError("must be an http or https address by which WAHA reaches the gateway")
        return value.rstrip("/") if value is not None else None

    @field_validator("yclients_api_url")
    @classmethod
    def _api_url_is_usable(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must be an http or https address")
        return value.rstrip("/")

    @field_validator("bind", "internal_bind")
    @classmethod
    def _bind_has_host_and_port(cls, value: str | None) -> str | None:
        if value is not None:
            split_bind(value)
        return value

    @field_validator("jwt_secret", "jwt_secret_previous", "jwt_secret_next")
    @classmethod
    def _jwt_secret_is_long(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value().encode()) < MIN_JWT_SECRET_BYTES:
            raise ValueError(f"must be at least {MIN_JWT_SECRET_BYTES} bytes long")
        return value

    @field_validator("data_key", "data_key_previous", "data_key_next")
    @classmethod
    def _data_key_is_32_bytes(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and decode_data_key(value.get_secret_value()) is None:
            raise ValueError(f"must be {DATA_KEY_BYTES} bytes in base64")
        return value

    @model_validator(mode="after")
    def _secrets_differ(self) -> Self:
        signing = {self.jwt_secret, self.jwt_secret_previous, self.jwt_secret_next} - {None}
        if signing & {self.data_key, self.data_key_previous, self.data_key_next}:
            raise ValueError("JWT_SECRET and DATA_KEY must differ")
        return self

    @model_validator(mode="after")
    def _waha_has_instances(self) -> Self:
        if self.whatsapp_pool == "waha" and not self.waha_instances:
            raise ValueError("WHATSAPP_POOL=waha needs WAHA_INSTANCES")
        return self

    @property
    def waha_hook_base(self) -> str | None:
        """WAHA_WEBHOOK_URL, or the public address: where `/whatsapp/waha/{instance}/webhook` is found by WAHA."""
        return self.waha_webhook_url or self.effective_public_url

    @property
    def partner_tokens(self) -> tuple[str | None, ...]:
        """Every PARTNER_TOKEN that proves something: the current one, the previous one, the next one."""
        held = (self.partner_token, self.partner_token_previous, self.partner_token_next)
        return tuple(None if token is None else token.get_secret_value() for token in held)

    @property
    def effective_spool_dir(self) -> Path:
        """SPOOL_DIR, or a folder of its own in DATA_DIR."""
        return self.spool_dir or self.data_dir / "spool"

    @property
    def effective_neonize_dir(self) -> Path:
        """NEONIZE_DIR, or a folder of its own in DATA_DIR."""
        return self.neonize_dir or self.data_dir / "neonize"

    @property
    def bind_host(self) -> str:
        """Host part of BIND."""
        return split_bind(self.bind)[0]

    @property
    def bind_is_loopback(self) -> bool:
        """Whether only this machine can reach BIND."""
        return is_loopback_host(self.bind_host)

    @property
    def effective_public_url(self) -> str | None:
        """PUBLIC_URL, or the loopback BIND address when nothing else was said."""
        if self.public_url is not None:
            return self.public_url
        return f"http://{self.bind}" if self.bind_is_loopback else None

    @property
    def limits_are_on(self) -> bool:
        """RATE_LIMITS, or whether there is anybody outside this machine to limit."""
        return self.rate_limits if self.rate_limits is not None else not self.is_private_deployment

    @property
    def is_private_deployment(self) -> bool:
        """Whether nobody outside this machine can reach the gateway (no proxy in front either)."""
        public = self.effective_public_url
        host = urlsplit(public).hostname if public else None
        return self.bind_is_loopback and host is not None and is_loopback_host(host)


def load_settings(**overrides: object) -> Settings:
    """Read settings from the environment and `.env`; `overrides` win.

    Raises SettingsError naming every setting that cannot be used, without its value.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        raise SettingsError(_explain(error)) from None


def _explain(error: ValidationError) -> str:
    lines = []
    for item in error.errors(include_url=False, include_input=False, include_context=False):
        name = ".".join(str(part) for part in item["loc"]).upper() or "SETTINGS"
        lines.append(f"{name}: {item['msg'].removeprefix('Value error, ')}")
    return "\n".join(lines)


def split_bind(value: str) -> tuple[str, int]:
    """Split `host:port` (`[::1]:8080` for IPv6). Raises ValueError when it is neither."""
    host, separator, port_text = value.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if (
        not separator
        or not host
        or not port_text.isascii()
        or not port_text.isdigit()
        or int(port_text) > 65535
    ):
        raise ValueError("must be HOST:PORT, for example 127.0.0.1:8080")
    return host, int(port_text)


def is_loopback_host(host: str) -> bool:
    """Whether a host name or address can only mean this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def decode_data_key(text: str) -> bytes | None:
    """Return the 32 bytes of DATA_KEY (standard or URL-safe base64), or None when it is not that."""
    normal = text.strip().replace("-", "+").replace("_", "/").rstrip("=")
    try:
        key = base64.b64decode(normal + "=" * (-len(normal) % 4), validate=True)
    except (ValueError, binascii.Error):
        return None
    return key if len(key) == DATA_KEY_BYTES else None
