"""What must be true of the repository as a whole: its top level, its pins, its words, its size, its documents."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOP_LEVEL = {
    ".ci", ".gitignore", ".pre-commit-config.yaml", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile",
    "README.md", "SECURITY.md", "bench", "deploy", "docs", "forum", "gunicorn.conf.py", "instance", "pyproject.toml",
    "requirements-dev.txt", "requirements.txt", "tests", "wsgi.py",
}  # fmt: skip
OWNERS_PACKAGES = (
    "flask", "flask-socketio", "flask-sqlalchemy", "flask-login", "bleach",
    "detoxify", "gunicorn", "eventlet", "pytest",
)  # fmt: skip
HEAVY = {"detoxify", "torch", "transformers"}
PIN = re.compile(r"^(?P<name>[A-Za-z0-9_.-]+)(\[[a-z,]+\])?==(?P<version>[0-9][0-9A-Za-z.]*)(\s*;\s*[^#]+?)?(\s+#.*)?$")
SOURCE_SUFFIXES = {".py", ".html", ".js", ".css", ".yaml", ".toml", ".sh"}
# Put together here, so that this file does not find itself.
HOSTS = tuple(
    ".".join(parts) for parts in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("deb", "debian", "org"))
)
TORCH_HOST = ".".join(("download", "pytorch", "org"))
TORCH_HOST_BELONGS = {"README.md", "deploy/setup.sh"}
MACHINE_PATH = re.compile(r"(?<![\w.~-])/(?:work|root|Users|home/[a-z]+|opt/(?:wheels|pypi))/")
OUTSIDE_DATA = re.compile(r"(?:\.\./|work/|[\"'])" + "shared" + r"/")


@cache
def tracked() -> tuple[Path, ...]:
    """Return every file that is in git or about to be, relative to the root."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(Path(line) for line in listed.stdout.splitlines() if (ROOT / line).is_file())


def texts(*suffixes: str, under: str = "") -> list[tuple[str, str]]:
    """Return (path, text) of tracked text files; all suffixes where none is given."""
    found = []
    for path in tracked():
        if path.as_posix().startswith(under) and (not suffixes or path.suffix in suffixes):
            try:
                found.append((path.as_posix(), (ROOT / path).read_text(encoding="utf-8")))
            except UnicodeDecodeError:
                continue
    return found


def hits(pattern: re.Pattern[str], files: list[tuple[str, str]]) -> list[str]:
    """Return file:line: text for every line the pattern is found in."""
    return [
        f"{path}:{number}: {line.strip()[:120]}"
        for path, text in files
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def pins(name: str) -> dict[str, str]:
    """Return package → version of a requirements file; fail on any line that is not an exact pin."""
    found = {}
    for line in (ROOT / name).read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            match = PIN.match(line)
            assert match, f"{name}: not an exact pin: {line!r}"
            found[re.sub(r"[-_.]+", "-", match["name"]).lower()] = match["version"]
    return found


# ── The tree ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_top_level_holds_only_what_belongs_there() -> None:
    assert {path.parts[0] for path in tracked()} <= TOP_LEVEL


def test_instance_data_is_never_in_git() -> None:
    assert [p.as_posix() for p in tracked() if p.parts[0] == "instance"] == ["instance/README.md"]


def test_licence_is_the_whole_agpl() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert "GNU AFFERO GENERAL PUBLIC LICENSE" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert "13. Remote Network Interaction" in text


def test_import_rules_hold() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout[-4000:]


# ── Words that must not be there ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("host", HOSTS)
def test_no_package_registry_is_named(host: str) -> None:
    assert hits(re.compile(re.escape(host)), texts()) == []


def test_the_torch_index_is_named_only_where_operators_need_it() -> None:
    assert {path for path, text in texts() if TORCH_HOST in text} <= TORCH_HOST_BELONGS


def test_no_path_of_somebodys_machine_is_named() -> None:
    assert hits(MACHINE_PATH, texts()) == []


def test_product_and_tests_read_nothing_outside_the_repository() -> None:
    assert hits(OUTSIDE_DATA, texts(".py", ".sh", ".toml", under="")) == []


def test_nothing_is_left_for_later() -> None:
    files = [(p, t) for p, t in texts(*SOURCE_SUFFIXES, under="forum/") if "/vendor/" not in p]
    assert hits(re.compile(r"\b(TODO|FIXME|HACK)\b"), files) == []


# ── Templates: the content security policy allows none of these ──────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("style element", r"<style\b"),
        ("style attribute", r"\sstyle\s*="),
        ("event attribute", r"<[^>]*\son[a-z]+\s*=\s*[\"']"),
        ("javascript address", r"javascript:"),
        ("script without an address", r"<script\b(?![^>]*\b(?:src=|type=\"application/json\"))"),
        ("script without a nonce", r"<script\b(?![^>]*\bnonce=)"),
        ("somebody else's server", r"<(?:script|link|img|iframe|source)\b[^>]*(?:src|href)=\"https?:"),
    ],
)
def test_templates_have_no(what: str, pattern: str) -> None:
    assert hits(re.compile(pattern, re.IGNORECASE), texts(".html", under="forum/templates/")) == [], what


# ── Size: a file fits a person's head, a function a screen ───────────────────────────────────────────────────────


def python_files() -> list[tuple[str, str]]:
    return [(path, text) for path, text in texts(".py", under="forum/") if "/migrations/" not in path]


def test_files_are_split_by_noun_before_they_grow() -> None:
    assert [f"{path}: {n}" for path, text in python_files() if (n := len(text.splitlines())) > 300] == []


def test_no_function_is_longer_than_a_screen() -> None:
    functions = [
        (path, node)
        for path, text in python_files()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert [f"{p}: {f.name}" for p, f in functions if (f.end_lineno or 0) - f.lineno + 1 > 60] == []


# ── Pins ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_an_exact_pin(name: str) -> None:
    assert len(pins(name)) > 10


@pytest.mark.parametrize("package", OWNERS_PACKAGES)
def test_the_owners_packages_are_required(package: str) -> None:
    assert package in pins("requirements.txt")


def test_both_files_pin_the_same_versions() -> None:
    main, dev = pins("requirements.txt"), pins("requirements-dev.txt")
    assert {name: (main[name], dev[name]) for name in main.keys() & dev.keys() if main[name] != dev[name]} == {}


def test_the_heavy_part_stands_apart() -> None:
    text = (ROOT / "requirements.txt").read_text()
    heavy = text[text.index("# >>> detoxify") : text.index("# <<< detoxify")]
    for name in HEAVY:
        assert f"\n{name}==" in heavy
        assert text.count(f"\n{name}==") == 1


def test_no_gevent_websocket() -> None:
    """With it installed every WebSocket upgrade fails silently."""
    assert "gevent-websocket" not in pins("requirements.txt") | pins("requirements-dev.txt")


# ── Tools and documents ──────────────────────────────────────────────────────────────────────────────────────────


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_make_has_the_promised_commands() -> None:
    assert {"run", "test", "check", "demo", "bench", "evaluate", "train-scorers", "clean", "help"} <= make_targets()


def test_no_recipe_has_a_backtick() -> None:
    """Inside double quotes the shell would run what stands between two of them."""
    recipes = [line for line in (ROOT / "Makefile").read_text().splitlines() if line.startswith("\t")]
    assert [line for line in recipes if "`" in line] == []


def test_hooks_call_make_and_nothing_else() -> None:
    entries = re.findall(r"entry: (.+)", (ROOT / ".pre-commit-config.yaml").read_text())
    assert entries
    assert all(entry.startswith("make ") and entry[5:] in make_targets() for entry in entries)


def test_ci_is_check_and_test_with_every_service() -> None:
    text = (ROOT / ".ci/run").read_text()
    assert "FORUM_REQUIRE_SERVICES=1" in text
    assert "make check test" in text


@pytest.mark.parametrize("script", [".ci/run", "deploy/setup.sh", "deploy/backup.sh", "deploy/check-migrations.sh"])
def test_shell_scripts_run_and_parse(script: str) -> None:
    assert (ROOT / script).stat().st_mode & 0o111, "not executable"
    assert "set -euo pipefail" in (ROOT / script).read_text()
    result = subprocess.run(["bash", "-n", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def documented_settings() -> set[str]:
    return set(re.findall(r"^\| `([A-Za-z0-9_.]+)` \|", (ROOT / "docs/settings.md").read_text(), re.MULTILINE))


def test_every_deployment_setting_is_documented() -> None:
    config = (ROOT / "forum/config.py").read_text()
    names = set(re.findall(r"\"((?:FORUM|FLASK)_[A-Z0-9_]+|HOST|PORT)\"", config))
    assert names - documented_settings() == set()


def declared_rows() -> list[str]:
    """Return the row of docs/settings.md that each `declare(…)` call in the code asks for."""
    rows = []
    for _, text in texts(".py", under="forum/"):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "declare" and len(node.args) == 4:
                name, default, unit, sentence = (ast.literal_eval(argument) for argument in node.args)
                rows.append(f"| `{name}` | {type(default).__name__} | {unit} | `{default}` | {sentence} |")
    return rows


def test_site_settings_are_documented_as_they_are_declared() -> None:
    _, written = (ROOT / "docs/settings.md").read_text().split("## Site settings")
    listed = {line for line in written.splitlines() if line.startswith("| `")}
    declared = set(declared_rows())
    assert declared - listed == set(), "add these rows to docs/settings.md"
    assert listed - declared == set(), "no code declares these: take them out of docs/settings.md"


def test_env_example_names_only_known_settings() -> None:
    names = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / "deploy/env.example").read_text(), re.MULTILINE))
    assert names
    assert names <= documented_settings()


def test_every_decision_is_listed() -> None:
    listed = (ROOT / "docs/decisions/README.md").read_text()
    pages = [p.name for p in (ROOT / "docs/decisions").glob("[0-9]*.md")]
    assert pages
    assert [page for page in pages if f"({page})" not in listed] == []


def test_links_between_documents_lead_somewhere() -> None:
    link = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")
    broken = [
        f"{path} → {target}"
        for path, text in texts(".md")
        for target in link.findall(text)
        if not (ROOT / path).parent.joinpath(target).exists()
    ]
    assert broken == []
