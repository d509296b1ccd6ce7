"""docs/workflow.md says what the transition rows say."""

import sys
from pathlib import Path

from flask import Flask

from marketplace.cli.docs import WORKFLOW, workflow_text
from marketplace.core.workflow import MACHINES, Transition


def test_the_page_of_the_workflow_is_up_to_date(app: Flask) -> None:
    written = WORKFLOW.read_text(encoding="utf-8")
    assert written == workflow_text(), "run: flask docs workflow"


def test_the_command_writes_the_page(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "workflow.md"
    result = app.test_cli_runner().invoke(args=["docs", "workflow", "--path", str(path)])
    assert result.exit_code == 0, result.output
    assert path.read_text(encoding="utf-8") == workflow_text()


def test_every_row_says_who_and_what_its_guard_asks(app: Flask) -> None:
    for name, machine in MACHINES.items():
        for row in machine.transitions:
            assert row.actor, (name, row.action)
            assert bool(row.guard) == bool(row.guard_text), (name, row.action)
            assert row.target in machine.states and row.sources <= set(machine.states), (name, row.action)


def test_no_life_is_left_out(app: Flask) -> None:
    """Every tuple of transition rows of a ``workflow`` module belongs to a declared machine."""
    declared = {id(row) for machine in MACHINES.values() for row in machine.transitions}
    names = {m.__name__ for machine in MACHINES.values() for m in [sys.modules[machine.states.__module__]]}
    assert len(names) >= 6
    for name, module in sorted(sys.modules.items()):
        if not (name.startswith("marketplace.") and name.endswith("workflow")):
            continue
        for attribute, value in vars(module).items():
            if isinstance(value, tuple) and value and isinstance(value[0], Transition):
                listing = name in ("marketplace.demands.workflow", "marketplace.results.workflow")
                twin = listing and attribute == "TRANSITIONS"  # one life for both libraries
                assert twin or {id(row) for row in value} <= declared, f"{name}.{attribute}"


def test_every_row_stands_in_the_page(app: Flask) -> None:
    lines = workflow_text().splitlines()
    for machine in MACHINES.values():
        for row in machine.transitions:
            assert any(line.startswith(f"| {row.action.title} |") and row.actor in line for line in lines), (
                row.action
            )
