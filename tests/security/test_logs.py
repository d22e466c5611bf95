"""Logs hold names of things that happened, and nothing of whoever they happened to."""

from __future__ import annotations

import ast
import json
import logging
import threading
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.exc import StatementError

from forum.core import logs
from forum.core.db import db
from tests.browser.server import ROOT

CANARY = "203.0.113.77 canary words of somebody"


def line_of(record: logging.LogRecord) -> str:
    return logs.JsonLines().format(record)


def record(
    name: str, message: str, *args: object, error: Exception | None = None, **extra: object
) -> logging.LogRecord:
    info = (type(error), error, None) if error is not None else None
    made = logging.LogRecord(name, logging.ERROR, "/x/y.py", 7, message, args, info)
    vars(made).update(extra)
    return made


def test_parameters_unknown_fields_and_messages_of_errors_are_left_out() -> None:
    found = record(
        "forum.web.errors", "it failed: %s", CANARY, error=ValueError(CANARY),
        route="/t/<thread>", handle=CANARY, body=CANARY, member_id=7, address="203.0.113.77",
    )  # fmt: skip
    line = line_of(found)
    assert "canary" not in line
    assert "203.0.113" not in line
    assert json.loads(line) == {
        "at": json.loads(line)["at"], "level": "error", "logger": "forum.web.errors", "event": "it failed: %s",
        "route": "/t/<thread>", "error": "ValueError",
    }  # fmt: skip


def test_what_libraries_say_is_reduced_to_its_place() -> None:
    line = json.loads(line_of(record("engineio.server", f"sid from {CANARY}")))
    assert line["event"] == "a library reports something"
    assert line["where"] == "y.py:7"


def test_times_are_cut_to_the_minute() -> None:
    assert len(json.loads(line_of(record("forum", "x")))["at"]) == len("2026-11-20T03:00Z")


def test_every_message_in_the_code_is_a_fixed_sentence() -> None:
    """An f-string would put values into the template, past the filter."""
    loose = []
    for path in sorted((ROOT / "forum").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            owner = node.func.value
            if getattr(owner, "id", "") in ("log", "logger") and node.func.attr in (
                "debug", "info", "warning", "error", "critical", "exception",
            ):  # fmt: skip
                first = node.args[0]
                fixed = isinstance(first, ast.Constant) or (
                    isinstance(first, ast.IfExp)
                    and all(isinstance(p, ast.Constant) for p in (first.body, first.orelse))
                )
                if not fixed:
                    loose.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert loose == []


def test_database_errors_quote_no_parameters(app: Flask) -> None:
    with app.app_context(), pytest.raises(StatementError) as caught:
        db.session.execute(db.text("INSERT INTO nowhere VALUES (:words)"), {"words": CANARY})
    assert "canary" not in str(caught.value)


def test_a_crash_logs_its_kind_and_place_only(
    app: Flask, browser: object, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> str:
        raise RuntimeError(CANARY)

    monkeypatch.setitem(app.view_functions, "home.about", broken)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    app.test_client().get("/about", base_url="http://127.0.0.1:5000")
    lines = [line_of(found) for found in caplog.records]
    assert any("RuntimeError" in line for line in lines)
    assert not any("canary" in line for line in lines)


def test_a_thread_that_dies_says_nothing_of_why(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise RuntimeError(CANARY)

    kept = threading.excepthook
    logs.speak_for_threads()
    try:
        thread = threading.Thread(target=broken)
        thread.start()
        thread.join()
    finally:
        threading.excepthook = kept
    assert "canary" not in capsys.readouterr().err
    assert any(found.getMessage() == "a thread ended" for found in caplog.records)


def test_gunicorn_takes_addresses_and_uris_out_of_its_own_messages() -> None:
    source = Path(ROOT / "gunicorn.conf.py").read_text()
    assert "accesslog = None" in source
    tree = ast.parse(source)
    (node,) = [n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == "_NamesNobody"]
    scope: dict[str, object] = {}
    module = ast.Module([ast.parse("import logging, traceback").body[0], node], [])
    exec(compile(module, "gunicorn.conf.py", "exec"), scope)
    keeper = scope["_NamesNobody"]()  # type: ignore[operator]
    for message, args in (
        (f"Invalid request from ip={CANARY}: x", ()),
        ("Error handling request %s %s", ("GET", f"/t/x?q={CANARY}")),
    ):
        found = record("gunicorn.error", message, *args, error=ValueError(CANARY))
        keeper.filter(found)  # type: ignore[attr-defined]
        assert "canary" not in found.getMessage()
        assert "canary" not in str(found.exc_text)
        assert found.exc_info is None
