"""Deployment settings: read once from the environment and `instance/.env`, checked together, named all at once.

Thresholds and limits that moderators may change are not here: they are site settings (`forum/core/settings.py`).
"""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values

ROOT = Path(__file__).resolve().parent.parent
LOOPBACK = ("127.0.0.1", "localhost", "::1", "[::1]")
ASYNC_MODES = ("threading", "gevent", "eventlet")
SCORERS = ("auto", "detoxify", "embedded", "off")
MIN_SECRET_CHARS = 32
MIN_SECRET_SIGNS = 12
"""Fewer different characters than this in a secret means that somebody typed it."""
RESERVED_THREADS = 56
"""Worker threads that sockets may never take, so that pages and the help page always have one."""


class ConfigError(Exception):
    """The settings are unusable; the message lists every problem, one per line."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """Keys that exist outside the database and its backups; none of them shows in a printed object or a traceback."""

    secret_key: str = field(repr=False)
    """Signs the members' session cookie."""
    staff_secret_key: str = field(repr=False)
    """Signs the staff session cookie; another key, so that one never validates as the other."""
    peppers: Mapping[str, str] = field(repr=False)
    """Recovery-phrase peppers by id; the first is used for new phrases, the others still open old ones."""
    totp_key: str = field(repr=False)
    """Encrypts second-factor seeds (Fernet key)."""
    mark_key: str = field(repr=False)
    """Keys the hash behind a person's pattern of dots."""


@dataclass(frozen=True, slots=True)
class Config:
    """Everything the process needs to know before it can serve."""

    instance: Path
    database_url: str = field(repr=False)
    keys: Secrets
    redis_url: str = field(default="", repr=False)
    async_mode: str = "threading"
    env: str = "local"
    name: str = "Small Hours"
    host: str = "127.0.0.1"
    port: int = 5000
    public_urls: tuple[str, ...] = ()
    trusted_proxies: int = 0
    detoxify_checkpoint: str = ""
    detoxify_int8: bool = False
    scorer: str = "auto"
    default_country: str = ""
    exit_url: str = "https://www.wikipedia.org/"
    max_sockets: int = 400
    metrics_token: str = field(default="", repr=False)
    onion_circuits: bool = False
    debug: bool = False
    problems: tuple[str, ...] = field(default=(), compare=False)

    @property
    def is_sqlite(self) -> bool:
        """True for the embedded default."""
        return self.database_url.startswith("sqlite")

    @property
    def origins(self) -> tuple[str, ...]:
        """Origins a browser may come from; never empty, because an empty list would switch the check off."""
        if self.public_urls:
            return self.public_urls
        return tuple(f"http://{host}:{self.port}" for host in ("127.0.0.1", "localhost"))

    @property
    def hosts(self) -> tuple[str, ...]:
        """Host names this server answers to."""
        return tuple(sorted({urlsplit(url).hostname or "" for url in self.origins} | {"127.0.0.1", "localhost"}))

    @property
    def is_https(self) -> bool:
        """True when browsers reach us over TLS, so cookies are `Secure` with the `__Host-` prefix."""
        return all(url.startswith("https://") for url in self.public_urls) if self.public_urls else False


def load_config(env: Mapping[str, str] | None = None) -> Config:
    """Read and check all settings.

    Raises:
        ConfigError: naming every problem at once.
    """
    given = dict(os.environ if env is None else env)
    instance = Path(given.get("FORUM_INSTANCE") or ROOT / "instance").resolve()
    values = {**{k: v or "" for k, v in dotenv_values(instance / ".env").items()}, **given}
    problems: list[str] = []
    config = _read(values, instance, problems)
    problems += _production_problems(config) if config.env == "production" else []
    if problems:
        raise ConfigError("\n".join(problems))
    return config


def _read(values: Mapping[str, str], instance: Path, problems: list[str]) -> Config:
    env = _choice(values, "FORUM_ENV", ("local", "production"), "local", problems)
    urls = tuple(u.strip().rstrip("/") for u in values.get("FORUM_PUBLIC_URL", "").split(",") if u.strip())
    problems += [p for url in urls if (p := _url_problem(url))]
    config = Config(
        instance=instance,
        database_url=_database_url(values.get("FORUM_DATABASE_URL", ""), instance),
        keys=_secrets(values, instance, env, problems),
        redis_url=values.get("FORUM_REDIS_URL", ""),
        async_mode=_choice(values, "FORUM_ASYNC_MODE", ASYNC_MODES, "threading", problems),
        env=env,
        name=values.get("FORUM_NAME") or "Small Hours",
        host=values.get("HOST") or "127.0.0.1",
        port=_number(values, "PORT", 5000, problems),
        public_urls=urls,
        trusted_proxies=_number(values, "FORUM_TRUSTED_PROXIES", 0, problems),
        detoxify_checkpoint=values.get("FORUM_DETOXIFY_CHECKPOINT", ""),
        detoxify_int8=_flag(values, "FORUM_DETOXIFY_INT8", problems),
        scorer=_choice(values, "FORUM_SCORER", SCORERS, "auto", problems),
        default_country=values.get("FORUM_DEFAULT_COUNTRY", "").upper(),
        exit_url=values.get("FORUM_EXIT_URL") or "https://www.wikipedia.org/",
        max_sockets=_number(values, "FORUM_MAX_SOCKETS", 400, problems),
        metrics_token=values.get("FORUM_METRICS_TOKEN", ""),
        onion_circuits=_flag(values, "FORUM_ONION_CIRCUITS", problems),
        debug=_flag(values, "FLASK_DEBUG", problems),
    )
    if urlsplit(config.exit_url).scheme not in ("http", "https"):
        problems.append("FORUM_EXIT_URL must be an address such as https://www.wikipedia.org/.")
    if config.is_sqlite and config.async_mode != "threading":
        problems.append(
            f"FORUM_ASYNC_MODE={config.async_mode} needs PostgreSQL: a green thread that waits for SQLite's lock "
            "stops the whole loop. Set FORUM_DATABASE_URL or use FORUM_ASYNC_MODE=threading."
        )
    return config


def _database_url(url: str, instance: Path) -> str:
    if not url:
        return f"sqlite:///{instance / 'forum.db'}"
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url[len(prefix) :]
    return url


def _choice(values: Mapping[str, str], name: str, allowed: tuple[str, ...], default: str, problems: list[str]) -> str:
    value = values.get(name) or default
    if value not in allowed:
        problems.append(f"{name} must be one of {', '.join(allowed)}.")
        return default
    return value


def _number(values: Mapping[str, str], name: str, default: int, problems: list[str]) -> int:
    value = values.get(name) or str(default)
    if not value.isdigit():
        problems.append(f"{name} must be a whole number.")
        return default
    return int(value)


def _flag(values: Mapping[str, str], name: str, problems: list[str]) -> bool:
    value = (values.get(name) or "0").lower()
    if value not in ("0", "1", "true", "false"):
        problems.append(f"{name} must be 0 or 1.")
    return value in ("1", "true")


def _url_problem(url: str) -> str:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host or parts.path:
        return f"FORUM_PUBLIC_URL: {url!r} is not an origin such as https://forum.example."
    if parts.scheme == "http" and host not in LOOPBACK and not host.endswith(".onion"):
        return f"FORUM_PUBLIC_URL: {url!r} is plain http; only loopback and .onion addresses may be."
    return ""


# ── Secrets ─────────────────────────────────────────────────────────────────────────────────────────────────────

SECRETS_FILE = "secrets.json"


def _secrets(values: Mapping[str, str], instance: Path, env: str, problems: list[str]) -> Secrets:
    """Read `instance/secrets.json`; environment variables win. Local installs make the file on first need."""
    path = instance / SECRETS_FILE
    if not path.exists() and env == "local":
        write_secrets(instance)
    stored: dict[str, object] = {}
    try:
        stored = json.loads(path.read_text()) if path.exists() else {}
    except (OSError, ValueError):
        problems.append(f"{path} can't be read; restore it from where you keep it, or members can't come back.")
    if path.exists() and path.stat().st_mode & 0o077:
        problems.append(f"{path} is readable by others: run chmod 600 on it.")
    peppers = stored.get("peppers")
    if values.get("FORUM_PEPPER"):
        peppers = {"env": values["FORUM_PEPPER"], **(peppers if isinstance(peppers, dict) else {})}
    return Secrets(
        secret_key=values.get("FORUM_SECRET_KEY") or str(stored.get("secret_key", "")),
        staff_secret_key=values.get("FORUM_STAFF_SECRET_KEY") or str(stored.get("staff_secret_key", "")),
        peppers=peppers if isinstance(peppers, dict) else {},
        totp_key=values.get("FORUM_TOTP_KEY") or str(stored.get("totp_key", "")),
        mark_key=values.get("FORUM_MARK_KEY") or str(stored.get("mark_key", "")),
    )


def write_secrets(instance: Path) -> None:
    """Create `secrets.json` (0600) with fresh random keys; never overwrite an existing one."""
    from cryptography.fernet import Fernet

    instance.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = {
        "secret_key": secrets.token_urlsafe(48),
        "staff_secret_key": secrets.token_urlsafe(48),
        "peppers": {"p1": secrets.token_urlsafe(48)},
        "totp_key": Fernet.generate_key().decode(),
        "mark_key": secrets.token_urlsafe(32),
    }
    try:
        handle = os.open(instance / SECRETS_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w") as file:
        json.dump(fresh, file, indent=1)


def _production_problems(config: Config) -> list[str]:
    """Name everything that would be unsafe in front of real people."""
    return [*_secret_problems(config.keys), *_address_problems(config), *_process_problems(config)]


def _secret_problems(keys: Secrets) -> list[str]:
    named = {"FORUM_SECRET_KEY": keys.secret_key, "FORUM_STAFF_SECRET_KEY": keys.staff_secret_key}
    named |= {"FORUM_TOTP_KEY": keys.totp_key, "FORUM_MARK_KEY": keys.mark_key}
    named |= {f"pepper {name!r}": value for name, value in keys.peppers.items()} or {"FORUM_PEPPER": ""}
    found = [f"{n} is missing or shorter than 32 characters." for n, v in named.items() if len(v) < MIN_SECRET_CHARS]
    found += [
        f"{name} is not random: make one with `openssl rand -base64 48`."
        for name, value in named.items()
        if len(value) >= MIN_SECRET_CHARS and len(set(value)) < MIN_SECRET_SIGNS
    ]
    values = [v for v in named.values() if v]
    if len(set(values)) != len(values):
        found.append("Two secrets are equal; each needs its own value.")
    if keys.totp_key and not re.fullmatch(r"[\w-]{43}=", keys.totp_key, re.ASCII):
        found.append("FORUM_TOTP_KEY is not a Fernet key (32 bytes, base64): no second factor could be checked.")
    return found


def _address_problems(config: Config) -> list[str]:
    found = []
    if not config.public_urls:
        found.append("FORUM_PUBLIC_URL must list the address members use, e.g. https://forum.example.")
    if len({url.split(":", 1)[0] for url in config.public_urls}) > 1:
        found.append(
            "FORUM_PUBLIC_URL mixes https and http: cookies would lose their Secure mark on both. "
            "Run the .onion address as an instance of its own (docs/deploy/tor.md)."
        )
    if config.host not in LOOPBACK and not config.trusted_proxies:
        found.append("HOST is not loopback: put a TLS proxy in front and set FORUM_TRUSTED_PROXIES=1.")
    if config.onion_circuits and not all(url.endswith(".onion") for url in config.public_urls):
        found.append("FORUM_ONION_CIRCUITS is for an instance reached as .onion alone (docs/deploy/tor.md).")
    if config.onion_circuits and (config.trusted_proxies or config.async_mode == "eventlet"):
        found.append("FORUM_ONION_CIRCUITS needs Tor to speak to gunicorn itself, with no proxy in between.")
    return found


def _process_problems(config: Config) -> list[str]:
    found = []
    if config.debug:
        found.append("FLASK_DEBUG must be off.")
    if config.async_mode != "threading" and not config.redis_url:
        found.append(f"FORUM_ASYNC_MODE={config.async_mode} is for several instances: set FORUM_REDIS_URL.")
    if config.metrics_token and len(config.metrics_token) < MIN_SECRET_CHARS:
        found.append("FORUM_METRICS_TOKEN is shorter than 32 characters.")
    if config.max_sockets < 1:
        found.append("FORUM_MAX_SOCKETS must be at least 1.")
    env_file = config.instance / ".env"
    if env_file.exists() and env_file.stat().st_mode & 0o007:
        found.append(f"{env_file} is readable by everybody: run chmod 600 on it.")
    return found
