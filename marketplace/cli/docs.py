"""``flask docs workflow``: the lives of things, written from the very rows that the site moves them by."""

from collections.abc import Iterator
from pathlib import Path

import click
from flask.cli import with_appcontext

from config import PROJECT
from marketplace.core.workflow import MACHINES, Machine

WORKFLOW = PROJECT / "docs" / "workflow.md"
HEAD = """# 状态与流转

本页由 `flask docs workflow` 根据代码中的流转行生成，请勿手工修改；测试会核对两者一致。
"""


def _diagram(machine: Machine) -> Iterator[str]:
    yield "```mermaid"
    yield "stateDiagram-v2"
    for state in machine.states:
        yield f'  state "{state.title}" as {state.value}'
    yield f"  [*] --> {machine.initial.value}"
    for row in machine.transitions:
        for source in sorted(row.sources):
            yield f"  {source.value} --> {row.target.value}: {row.action.title}"
    yield "```"


def _table(machine: Machine) -> Iterator[str]:
    yield "| 操作 | 从 | 到 | 由谁 | 条件 | 须填理由 |"
    yield "|---|---|---|---|---|---|"
    for row in machine.transitions:
        sources = "、".join(state.title for state in machine.states if state in row.sources)
        cells = (row.action.title, sources, row.target.title, row.actor, row.guard_text or "—",
                 "是" if row.needs_reason else "否")  # fmt: skip
        yield f"| {' | '.join(cells)} |"


def workflow_text() -> str:
    """The whole page."""
    lines = [HEAD]
    for name, machine in sorted(MACHINES.items()):
        lines += [f"## {machine.title}", "", f"代码：`{name}`", ""]
        lines += [*_table(machine), "", *_diagram(machine), ""]
    return "\n".join(lines)


@click.group()
def docs() -> None:
    """Pages of docs/ that are written from the code."""


@docs.command()
@click.option("--path", type=click.Path(dir_okay=False, path_type=Path), default=WORKFLOW)
@with_appcontext
def workflow(path: Path) -> None:
    """Write docs/workflow.md from the transition rows."""
    path.write_text(workflow_text(), encoding="utf-8")
    click.echo(f"{path.name}: {len(MACHINES)} machines")
