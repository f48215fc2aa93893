"""inspect_ai's task file: a task for each config that has questions, and no import of ours."""

import ast
from pathlib import Path

from spuriforge.pipeline.release.exports.inspect_ai import write
from spuriforge.pipeline.release.exports.task_source import TaskSource


def _tasks(module: ast.Module) -> list[str]:
    return [
        node.name
        for node in module.body
        if isinstance(node, ast.FunctionDef)
        and any(isinstance(mark, ast.Name) and mark.id == "task" for mark in node.decorator_list)
    ]


def test_there_is_a_task_for_each_config_with_questions(tmp_path: Path) -> None:
    for configs in (("anchors", "pairs", "controls"), ("pairs",)):
        source = TaskSource("tiny", "1.0.0", "/somewhere", None, "all", configs)
        (path,) = write(source, tmp_path)
        assert _tasks(ast.parse(path.read_text())) == list(configs)


def test_the_file_imports_nothing_of_this_project(tmp_path: Path) -> None:
    source = TaskSource("tiny", "1.0.0", "/somewhere", None, "test", ("pairs",))
    (path,) = write(source, tmp_path)
    imports = [
        node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)
    ]
    assert "inspect_ai" in {node.module for node in imports}
    assert not any(node.level or "spuriforge" in str(node.module) for node in imports)
    assert 'SPLIT = "test"' in path.read_text().splitlines()
