"""PostgreSQL and Redis for tests: used when they answer, skipped otherwise, a failure where CI promises them."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
import redis

POSTGRES = os.environ.get("FORUM_TEST_POSTGRES_SERVER", "postgresql://postgres@127.0.0.1:5432")
REDIS = os.environ.get("FORUM_TEST_REDIS", "redis://127.0.0.1:6379/9")
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0")  # tests run side by side empty only their own Redis database


def need(what: str, error: Exception) -> None:
    """Skip, or fail where `FORUM_REQUIRE_SERVICES=1` says that the service must be there."""
    if os.environ.get("FORUM_REQUIRE_SERVICES") == "1":
        pytest.fail(f"{what} does not answer ({type(error).__name__}), and FORUM_REQUIRE_SERVICES=1")
    pytest.skip(f"{what} does not answer")


@contextmanager
def postgres_database() -> Iterator[str]:
    """Create a database of its own and yield its URL; it is dropped at the end."""
    name = f"forum_test_{secrets.token_hex(6)}"
    try:
        server = psycopg.connect(f"{POSTGRES}/postgres", autocommit=True, connect_timeout=3)
    except psycopg.OperationalError as error:
        need("PostgreSQL", error)
        raise
    with server:
        server.execute(f'CREATE DATABASE "{name}"')
        try:
            yield f"{POSTGRES}/{name}"
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    server.close()


def redis_url() -> str:
    """Return the URL of an emptied Redis database for tests."""
    server, number = REDIS.rsplit("/", 1)
    url = f"{server}/{int(number) + int(WORKER.removeprefix('gw'))}"
    client = redis.Redis.from_url(url, socket_connect_timeout=2)
    try:
        client.flushdb()
    except redis.RedisError as error:
        need("Redis", error)
    finally:
        client.close()
    return url
