"""The server refuses to start with unsafe production settings, and names every problem at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from forum.config import ConfigError, load_config
from tests.browser.server import ROOT

GOOD = {
    "FORUM_ENV": "production",
    "FORUM_PUBLIC_URL": "https://forum.example",
    "FORUM_SECRET_KEY": "Jz1kVb8Qm3Xw6Rt9Yp2Lc5Nd7Fh0Gs4A",
    "FORUM_STAFF_SECRET_KEY": "Aq2wSx3eDc4rFv5tGb6yHn7uJm8iKl9o",
    "FORUM_PEPPER": "Pl0oKi9jUh8yGt7fRd6eSw5aQz4xCv3b",
    "FORUM_TOTP_KEY": Fernet.generate_key().decode(),
    "FORUM_MARK_KEY": "Mn1bVc2xZl3kJh4gFd5sAp6oIu7yTr8e",
}


def problems(instance: Path, **changes: str) -> list[str]:
    try:
        load_config({"FORUM_INSTANCE": str(instance), **GOOD, **changes})
    except ConfigError as error:
        return str(error).splitlines()
    return []


def test_good_settings_start(tmp_path: Path) -> None:
    assert problems(tmp_path) == []
    assert problems(tmp_path, FORUM_PUBLIC_URL=ONION) == []
    assert problems(tmp_path, FORUM_PUBLIC_URL=ONION, FORUM_ONION_CIRCUITS="1") == []


ONION = "http://" + "a" * 56 + ".onion"
FAULTS = [
    ({"FORUM_ONION_CIRCUITS": "1"}, "for an instance reached as .onion alone"),
    ({"FORUM_ONION_CIRCUITS": "1", "FORUM_PUBLIC_URL": ONION, "FORUM_TRUSTED_PROXIES": "1"}, "no proxy in between"),
    ({"FORUM_SECRET_KEY": "short"}, "FORUM_SECRET_KEY is missing or shorter"),
    ({"FORUM_SECRET_KEY": ""}, "FORUM_SECRET_KEY is missing"),
    ({"FORUM_SECRET_KEY": "change-me" * 5}, "FORUM_SECRET_KEY is not random"),
    ({"FORUM_STAFF_SECRET_KEY": "a" * 40}, "FORUM_STAFF_SECRET_KEY is not random"),
    ({"FORUM_STAFF_SECRET_KEY": GOOD["FORUM_SECRET_KEY"]}, "Two secrets are equal"),
    ({"FORUM_PEPPER": ""}, "FORUM_PEPPER is missing"),
    ({"FORUM_PEPPER": "pepper"}, "pepper 'env' is missing or shorter"),
    ({"FORUM_PEPPER": GOOD["FORUM_SECRET_KEY"]}, "Two secrets are equal"),
    ({"FORUM_TOTP_KEY": "Xy1zVb8Qm3Xw6Rt9Yp2Lc5Nd7Fh0Gs4AXy1z"}, "FORUM_TOTP_KEY is not a Fernet key"),
    ({"FORUM_MARK_KEY": ""}, "FORUM_MARK_KEY is missing"),
    ({"FLASK_DEBUG": "1"}, "FLASK_DEBUG must be off"),
    ({"FORUM_PUBLIC_URL": ""}, "FORUM_PUBLIC_URL must list"),
    ({"FORUM_PUBLIC_URL": "http://forum.example"}, "is plain http"),
    ({"FORUM_PUBLIC_URL": "forum.example"}, "is not an origin"),
    ({"FORUM_PUBLIC_URL": "https://forum.example/path"}, "is not an origin"),
    ({"FORUM_PUBLIC_URL": "https://forum.example,http://" + "a" * 56 + ".onion"}, "mixes https and http"),
    ({"HOST": "0.0.0.0"}, "HOST is not loopback"),
    ({"FORUM_ENV": "prod"}, "FORUM_ENV must be one of"),
    ({"FORUM_ASYNC_MODE": "gevent"}, "needs PostgreSQL"),
    ({"FORUM_ASYNC_MODE": "gevent", "FORUM_DATABASE_URL": "postgresql://x/y"}, "set FORUM_REDIS_URL"),
    ({"FORUM_METRICS_TOKEN": "letmein"}, "FORUM_METRICS_TOKEN is shorter"),
    ({"FORUM_EXIT_URL": "javascript:alert(1)"}, "FORUM_EXIT_URL must be an address"),
    ({"FORUM_TRUSTED_PROXIES": "yes"}, "FORUM_TRUSTED_PROXIES must be a whole number"),
    ({"FORUM_MAX_SOCKETS": "0"}, "FORUM_MAX_SOCKETS must be at least 1"),
]


@pytest.mark.parametrize(("changes", "said"), FAULTS)
def test_each_fault_is_named(tmp_path: Path, changes: dict[str, str], said: str) -> None:
    assert any(said in problem for problem in problems(tmp_path, **changes))


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    found = problems(
        tmp_path, FORUM_SECRET_KEY="x", FORUM_PEPPER="y", FLASK_DEBUG="1", FORUM_PUBLIC_URL="", HOST="0.0.0.0"
    )
    assert len(found) == 5


def test_files_others_can_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text(json.dumps({}))
    (tmp_path / "secrets.json").chmod(0o644)
    (tmp_path / ".env").write_text("FORUM_NAME=Evenings\n")
    (tmp_path / ".env").chmod(0o644)
    found = problems(tmp_path)
    assert any("secrets.json is readable by others" in problem for problem in found)
    assert any(".env is readable by everybody" in problem for problem in found)


def test_production_makes_no_secrets_by_itself(tmp_path: Path) -> None:
    assert problems(tmp_path, FORUM_SECRET_KEY="")
    assert not (tmp_path / "secrets.json").exists()


def test_the_server_itself_exits_with_the_sentences(tmp_path: Path) -> None:
    env = {**os.environ, **GOOD, "FORUM_INSTANCE": str(tmp_path), "FORUM_SECRET_KEY": "x", "FLASK_DEBUG": "1"}
    command = [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert "FORUM_SECRET_KEY" in done.stderr
    assert "FLASK_DEBUG" in done.stderr
    assert "Traceback" not in done.stderr


def test_secrets_never_show_in_print(tmp_path: Path) -> None:
    config = load_config({"FORUM_INSTANCE": str(tmp_path), **GOOD, "FORUM_METRICS_TOKEN": "t" * 20 + "oken-oken-oken",
                          "FORUM_REDIS_URL": "redis://:redispassword@localhost"})  # fmt: skip
    shown = repr(config) + str(config.keys)
    for secret in (*[v for k, v in GOOD.items() if "KEY" in k or "PEPPER" in k], "redispassword", "oken-oken"):
        assert secret not in shown
