"""What is shown by reading the code and the files that come with it: no request is made here."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from forum.config import Secrets
from forum.identity import passwords, phrase
from tests.browser.server import ROOT
from tests.conftest import Browser

FORUM = ROOT / "forum"
EXCEPTIONS = 28
"""Lines of ours that ruff's S rules leave out; each has its reason in docs/security-testing.md. One more is a change of
that table, and somebody reads it."""
STARTS_PROGRAMS = {"core/backup.py", "moderation/scoring/keeper.py"}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(FORUM.rglob("*.py")):
        yield str(path.relative_to(FORUM)), ast.parse(path.read_text(encoding="utf-8"))


def imported(tree: ast.Module) -> set[str]:
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    plain = {one.name.split(".")[0] for node in found if isinstance(node, ast.Import) for one in node.names}
    return plain | {(node.module or "").split(".")[0] for node in found if isinstance(node, ast.ImportFrom)}


def called(tree: ast.Module) -> set[str]:
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {ast.unparse(call) for call in calls}


def test_no_shell_no_eval_and_programs_in_two_places() -> None:
    for name, tree in modules():
        assert not called(tree) & {"eval", "exec", "os.system", "os.popen", "pickle.loads", "pickle.load"}, name
        shells = [one for node in ast.walk(tree) if isinstance(node, ast.Call) for one in node.keywords]
        assert "shell" not in {one.arg for one in shells}, name
        assert "subprocess" not in imported(tree) or name in STARTS_PROGRAMS, name


def test_chance_that_matters_is_the_systems() -> None:
    """`random` draws training examples, and nothing else."""
    users = [name for name, tree in modules() if "random" in imported(tree)]
    assert [name for name in users if not name.startswith("moderation/training/")] == []


def test_ciphers_and_hashes_are_those_of_known_libraries() -> None:
    others = {"Crypto", "Cryptodome", "nacl", "rsa", "ecdsa", "bcrypt", "jwt", "jose", "OpenSSL", "M2Crypto"}
    weak = {"hashlib.md5", "hashlib.sha1", "hashlib.new"}
    for name, tree in modules():
        assert not imported(tree) & others, name
        assert not called(tree) & weak, name


def test_slow_hashes_cost_what_the_documents_say() -> None:
    assert passwords.hash_password("kettle window orchard stair").startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    assert phrase._hasher.hash("x").startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_every_exception_to_the_rules_is_counted() -> None:
    files = [*FORUM.rglob("*.py"), ROOT / "wsgi.py", ROOT / "gunicorn.conf.py"]
    lines = [line for path in files for line in path.read_text(encoding="utf-8").splitlines()]
    assert sum(bool(re.search(r"noqa:[^#]*\bS\d{3}", line)) for line in lines) == EXCEPTIONS
    assert not [line for line in lines if "# nosec" in line]


def test_every_key_of_the_server_is_explained() -> None:
    settings = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    for name in Secrets.__slots__:
        assert f"`FORUM_{name.upper().removesuffix('S')}`" in settings, name
    assert "`secrets.json` is not in it" in (ROOT / "docs" / "deploy" / "backup.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "line",
    ["ssl_protocols TLSv1.2 TLSv1.3;", "return 301 https://", "access_log off;", "client_header_timeout 10s;",
     "client_body_timeout 10s;", 'proxy_set_header Forwarded "";', "proxy_set_header X-Forwarded-For $remote_addr;"],
)  # fmt: skip
def test_the_nginx_that_comes_along_does_its_part(line: str) -> None:
    assert line in (ROOT / "deploy" / "nginx" / "smallhours.conf").read_text(encoding="utf-8")


def test_no_script_reads_a_cookie_and_none_can(browser: Browser) -> None:
    scripts: list[Path] = sorted((FORUM / "static" / "js").glob("*.js"))
    assert scripts
    assert [path.name for path in scripts if "document.cookie" in path.read_text(encoding="utf-8")] == []
    cookies = browser.post("/theme", {"theme": "dark"}).headers.getlist("Set-Cookie")
    assert cookies
    assert [one for one in cookies if "HttpOnly" not in one] == []
