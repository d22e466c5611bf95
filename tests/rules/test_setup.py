"""The installer never pulls CUDA unasked, never lets PyTorch stop the forum, and does nothing twice.

A stand-in plays the part of the environment's Python, since the real answers depend on which packages this machine can
reach: it writes down how it was called and answers `pip` as the test says.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CPU_PLAN = ["detoxify", "torch", "transformers"]
CUDA_PLAN = [*CPU_PLAN, "nvidia-cudnn-cu13", "triton"]

STAND_IN = """#!/usr/bin/env bash
echo "$*" >> calls
case "$*" in
  -\\ *) exec {python} "$@" ;;
  *--dry-run*) [ -e plan.json ] && cp plan.json .venv/torch-plan.json ;;
  *--index-url*) [ -e index-answers ] ;;
  *"-r .venv/heavy.txt"*) [ ! -e heavy-fails ] ;;
  *"import detoxify"*) [ ! -e import-fails ] ;;
esac
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a copy of what the installer needs, with the stand-in as its Python."""
    (tmp_path / "deploy").mkdir()
    shutil.copy(ROOT / "deploy/setup.sh", tmp_path / "deploy/setup.sh")
    shutil.copy(ROOT / "requirements.txt", tmp_path / "requirements.txt")
    stand_in = tmp_path / ".venv/bin/python"
    stand_in.parent.mkdir(parents=True)
    stand_in.write_text(STAND_IN.format(python=sys.executable))
    stand_in.chmod(0o755)
    return tmp_path


def setup(place: Path, part: str = "run", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the installer and return what it said."""
    inherited = {name: value for name, value in os.environ.items() if name not in ("LEAN", "CUDA", "TORCH_INDEX")}
    return subprocess.run(
        [place / "deploy/setup.sh", part],
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def plan(place: Path, names: list[str]) -> None:
    """Let pip's dry run say that it would install these."""
    (place / "plan.json").write_text(json.dumps({"install": [{"metadata": {"name": name}} for name in names]}))


def pip_calls(place: Path) -> list[str]:
    calls = place / "calls"
    return [line for line in calls.read_text().splitlines() if "pip install" in line] if calls.exists() else []


def test_lean_never_asks_about_the_heavy_part(place: Path) -> None:
    assert setup(place, LEAN="1").returncode == 0
    assert not any("heavy" in call for call in pip_calls(place))
    lean = (place / ".venv/lean.txt").read_text()
    assert "flask==" in lean
    assert "torch==" not in lean


def test_a_cpu_build_from_the_usual_sources_is_taken(place: Path) -> None:
    plan(place, CPU_PLAN)
    assert setup(place).returncode == 0
    assert any(call.endswith("-r .venv/heavy.txt") and "--dry-run" not in call for call in pip_calls(place))
    assert not any("--index-url" in call for call in pip_calls(place))


def test_cuda_is_left_out_with_one_sentence_and_the_forum_goes_on(place: Path) -> None:
    plan(place, CUDA_PLAN)
    result = setup(place)
    assert result.returncode == 0
    assert "Detoxify was left out: only PyTorch builds with gigabytes of CUDA could be found." in result.stdout
    assert "make detoxify" in result.stdout
    assert not any("--dry-run" not in call and call.endswith("-r .venv/heavy.txt") for call in pip_calls(place))


def test_cuda_is_avoided_by_the_index_of_cpu_builds(place: Path) -> None:
    plan(place, CUDA_PLAN)
    (place / "index-answers").touch()
    assert setup(place, TORCH_INDEX="https://index.example/cpu").returncode == 0
    (torch,) = [call for call in pip_calls(place) if "--index-url" in call]
    assert "--no-deps" in torch
    assert torch.split("--index-url ")[1].startswith("https://index.example/cpu torch==")
    assert pip_calls(place)[-1].endswith("-r .venv/heavy.txt")


def test_an_empty_index_is_not_asked(place: Path) -> None:
    plan(place, CUDA_PLAN)
    assert setup(place, TORCH_INDEX="").returncode == 0
    assert not any("--index-url" in call for call in pip_calls(place))


def test_cuda_comes_when_asked_for(place: Path) -> None:
    plan(place, CUDA_PLAN)
    assert setup(place, "detoxify", CUDA="1").returncode == 0
    assert pip_calls(place)[-1].endswith("-r .venv/heavy.txt")


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("heavy-fails", "its packages could not be installed"),
        ("import-fails", "it was installed but does not load"),
        ("no-plan", "no PyTorch build for this system and Python could be fetched"),
    ],
)
def test_no_fault_of_the_heavy_part_stops_the_forum(place: Path, fault: str, reason: str) -> None:
    if fault != "no-plan":
        plan(place, CPU_PLAN)
    (place / fault).touch()
    result = setup(place)
    assert result.returncode == 0
    assert f"Detoxify was left out: {reason}." in result.stdout


def test_asking_for_it_by_name_fails_where_it_cannot_be_had(place: Path) -> None:
    plan(place, CUDA_PLAN)
    result = setup(place, "detoxify")
    assert result.returncode == 1
    assert "TORCH_INDEX=" in result.stdout
    assert "CUDA=1" in result.stdout


@pytest.mark.parametrize("names", [CPU_PLAN, CUDA_PLAN])
def test_a_second_start_runs_no_pip(place: Path, names: list[str]) -> None:
    plan(place, names)
    setup(place)
    (place / "calls").unlink()
    result = setup(place)
    assert result.returncode == 0
    assert pip_calls(place) == []
    assert result.stdout.count("\n") == (0 if names is CPU_PLAN else 1)


def test_changed_pins_are_installed(place: Path) -> None:
    setup(place, LEAN="1")
    (place / "calls").unlink()
    with (place / "requirements.txt").open("a") as file:
        file.write("another==1.0\n")
    assert setup(place, LEAN="1").returncode == 0
    assert any("-r .venv/lean.txt" in call for call in pip_calls(place))


def test_no_python_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    shutil.copy(ROOT / "deploy/setup.sh", tmp_path / "deploy/setup.sh")
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in ("bash", "dirname", "env"):
        (tools / tool).symlink_to(shutil.which(tool) or tool)
    result = setup(tmp_path, PATH=str(tools))
    assert result.returncode == 1
    assert "Python 3.11 or newer" in result.stderr
    assert "apt-get install python3 python3-venv" in result.stderr


def test_a_missing_venv_module_is_named(tmp_path: Path) -> None:
    """Debian leaves it out of its Python; the package's name carries the version."""
    (tmp_path / "deploy").mkdir()
    shutil.copy(ROOT / "deploy/setup.sh", tmp_path / "deploy/setup.sh")
    bare = tmp_path / "python3-bare"
    bare.write_text('#!/usr/bin/env bash\ncase "$*" in *ensurepip*) exit 1 ;; *print*) echo 3.12 ;; esac\n')
    bare.chmod(0o755)
    result = setup(tmp_path, PYTHON=str(bare))
    assert result.returncode == 1
    assert "sudo apt-get install python3.12-venv" in result.stderr
    assert not (tmp_path / ".venv").exists()
