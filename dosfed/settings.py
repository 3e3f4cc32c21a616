"""The operator's settings, from the environment or else from `dosfed.toml`."""

import ipaddress
import re
import tomllib
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

PREFIX = "DOSFED_"
NAMES = (
    "BASE_URL",
    "LISTEN",
    "DATA_DIR",
    "DATABASE_URL",
    "ALLOW_PRIVATE_NETWORK",
    "TALLY_INTERVAL",
    "TRUSTED_PROXIES",
    "SMTP_URL",
    "MAIL_FROM",
    "SECRET_KEY",
)
MAX_PORT = 65_535
MAX_SECONDS = 10_000_000
KEY_BYTES = 32
# In the place of a server: mails become files, for whoever tries things out or fetches them.
MAIL_FOLDER = "folder"
SMTP_PORTS = {"smtp": 587, "smtps": 465}
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
ADDRESS = re.compile(r"[^\s@<>]+@[^\s@<>]+")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class BadSettings(ValueError):
    """A setting cannot be used; the message names it and says why, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Smtp:
    """The server that takes our mails; `is_tls` from the first byte, else STARTTLS."""

    host: str
    port: int
    is_tls: bool
    username: str | None
    password: str | None = field(repr=False)

    @property
    def is_local(self) -> bool:
        """Whether it runs on this machine, where no certificate can be had."""
        return self.host in LOOPBACK


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything an operator can set.

    `base_url` has no trailing slash; `tally_interval` is in seconds. `keeps_mails` puts them into
    the data folder; without it and without `smtp` no mail is written at all.
    """

    base_url: str
    listen_host: str
    listen_port: int
    data_dir: Path
    database_url: str
    allow_private_network: bool
    tally_interval: float
    trusted_proxies: tuple[Network, ...]
    smtp: Smtp | None
    keeps_mails: bool
    mail_from: str
    secret_key: bytes | None = field(repr=False)

    @property
    def is_https(self) -> bool:
        """Whether the public origin is https."""
        return self.base_url.startswith("https://")

    @property
    def sends_mail(self) -> bool:
        """Whether anybody may be promised a mail."""
        return self.smtp is not None or self.keeps_mails


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Return the settings, or raise `BadSettings`."""
    data_dir = Path(environment.get(PREFIX + "DATA_DIR") or "data")
    values = _file_values(data_dir / "dosfed.toml")
    for name in NAMES:
        value = environment.get(PREFIX + name)
        if value:
            values[name] = value
    private = _flag(values.get("ALLOW_PRIVATE_NETWORK", "0"))
    host, port = _listen(values.get("LISTEN", "127.0.0.1:8000"))
    base_url = _base_url(values.get("BASE_URL", "http://localhost:8000"), private=private)
    return Settings(
        base_url=base_url,
        listen_host=host,
        listen_port=port,
        data_dir=data_dir,
        database_url=_database_url(values.get("DATABASE_URL", ""), data_dir),
        allow_private_network=private,
        tally_interval=_seconds(values.get("TALLY_INTERVAL", "180")),
        trusted_proxies=_networks(values.get("TRUSTED_PROXIES", "")),
        smtp=_smtp(values.get("SMTP_URL", "")),
        keeps_mails=values.get("SMTP_URL") == MAIL_FOLDER,
        mail_from=_mail_from(values.get("MAIL_FROM", ""), urlsplit(base_url)),
        secret_key=_secret_key(values.get("SECRET_KEY", "")),
    )


def _file_values(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSettings(f"{path}: {error}") from error
    values = {}
    for key, value in table.items():
        name = key.upper().removeprefix(PREFIX)
        if name not in NAMES or name == "DATA_DIR":
            raise BadSettings(f"{path}: {key} is not a setting of this file")
        values[name] = _file_value(value)
    return values


def _file_value(value: object) -> str:
    if isinstance(value, list):
        return ",".join(str(item) for item in value)
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value)


def _flag(value: str) -> bool:
    if value.lower() in {"1", "true", "yes", "on"}:
        return True
    if value.lower() in {"0", "false", "no", "off", ""}:
        return False
    raise BadSettings(f"DOSFED_ALLOW_PRIVATE_NETWORK: expected 1 or 0, found {value!r}")


def _base_url(value: str, *, private: bool) -> str:
    parts = urlsplit(value.rstrip("/"))
    try:
        plain = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        plain = False
    if not plain or parts.path or parts.query or parts.fragment or parts.username:
        raise BadSettings(
            f"DOSFED_BASE_URL: expected an origin like https://consulta.example, found {value!r}"
        )
    local = parts.hostname in LOOPBACK
    if parts.scheme == "http" and not private and not local:
        raise BadSettings("DOSFED_BASE_URL: http is for development; use https")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _listen(value: str) -> tuple[str, int]:
    host, _, port = value.rpartition(":")
    if not host or not port.isdigit() or int(port) > MAX_PORT:
        raise BadSettings(f"DOSFED_LISTEN: expected host:port, found {value!r}")
    return host.strip("[]"), int(port)


def _database_url(value: str, data_dir: Path) -> str:
    if not value:
        return f"sqlite+aiosqlite:///{data_dir / 'dosfed.sqlite3'}"
    scheme, separator, rest = value.partition("://")
    driver = {
        "sqlite": "sqlite+aiosqlite",
        "sqlite+aiosqlite": "sqlite+aiosqlite",
        "postgresql": "postgresql+asyncpg",
        "postgres": "postgresql+asyncpg",
        "postgresql+asyncpg": "postgresql+asyncpg",
    }.get(scheme)
    if driver is None or not separator:
        raise BadSettings("DOSFED_DATABASE_URL: expected a sqlite:// or postgresql:// URL")
    return f"{driver}://{rest}"


def _seconds(value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= MAX_SECONDS:
        raise BadSettings(f"DOSFED_TALLY_INTERVAL: expected seconds, found {value!r}")
    return seconds


def _networks(value: str) -> tuple[Network, ...]:
    try:
        return tuple(
            ipaddress.ip_network(part.strip(), strict=False)
            for part in value.split(",")
            if part.strip()
        )
    except ValueError as error:
        raise BadSettings(f"DOSFED_TRUSTED_PROXIES: {error}") from error


def _secret_key(value: str) -> bytes | None:
    """Return a key as it is written; what it is never stands in a message."""
    if not value:
        return None
    try:
        raw = urlsafe_b64decode(value.encode())
    except ValueError:
        raw = b""
    if len(raw) != KEY_BYTES:
        raise BadSettings("DOSFED_SECRET_KEY: expected 32 bytes in URL-safe base64")
    return value.encode()


def _smtp(value: str) -> Smtp | None:
    if value in {"", MAIL_FOLDER}:
        return None
    parts = urlsplit(value)
    try:
        host, port = parts.hostname, parts.port or SMTP_PORTS.get(parts.scheme, 0)
    except ValueError:
        host, port = None, 0
    # What was found is not repeated: it holds a password.
    if parts.scheme not in SMTP_PORTS or not host or parts.path.strip("/") or parts.query:
        raise BadSettings(
            "DOSFED_SMTP_URL: expected smtp:// or smtps://user:password@host:port, or folder"
        )
    return Smtp(
        host=host,
        port=port,
        is_tls=parts.scheme == "smtps",
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


def _mail_from(value: str, base_url: SplitResult) -> str:
    if not value:
        return f"noreply@{base_url.hostname}"
    _, address = parseaddr(value)
    if ADDRESS.fullmatch(address) is None or not value.isprintable():
        raise BadSettings(f"DOSFED_MAIL_FROM: expected an address, found {value!r}")
    return value
