"""Every example in a docstring parses, and each call in it fits the signature of what it calls.

An example is an indented block of a docstring. griffe reads the sources, so nothing is imported.
"""

import ast
import builtins
import importlib.util
import inspect
import re
import textwrap
from collections.abc import Iterator
from functools import cache

import griffe
import pytest

from tests.docs.generate import commands
from tests.docs.pages import ROOT

#: What examples call of other libraries without importing it.
OTHERS = {"Path", "flow"}
#: A line that a shell runs; what follows `python -m` or `spuriforge` must exist.
SHELL = re.compile(r"^(python -m|spuriforge|make|inspect eval|lmms-eval|git|docker) ")


@cache
def _package() -> griffe.Module:
    found = griffe.load("spuriforge", search_paths=[ROOT / "src"], resolve_aliases=True)
    assert isinstance(found, griffe.Module)
    return found


def _objects(parent: griffe.Object) -> Iterator[griffe.Object]:
    yield parent
    for member in parent.members.values():
        if not member.is_alias:
            yield from _objects(member)  # type: ignore[arg-type]


def examples(docstring: str) -> list[str]:
    """Returns the indented blocks of a docstring."""
    blocks: list[list[str]] = [[]]
    for line in inspect.cleandoc(docstring).splitlines():
        if line.startswith("    ") or (blocks[-1] and not line.strip()):
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    return [textwrap.dedent("\n".join(block)).strip() for block in blocks if block]


EXAMPLES = [
    pytest.param(thing, example, id=f"{thing.path.removeprefix('spuriforge.')}-{number}")
    for thing in _objects(_package())
    if thing.docstring
    for number, example in enumerate(examples(thing.docstring.value))
]


@pytest.mark.parametrize(("thing", "example"), EXAMPLES)
def test_example(thing: griffe.Object, example: str) -> None:
    lines = example.splitlines()
    for line in lines:
        if SHELL.match(line):
            _check_shell(line)
    code = "\n".join(line for line in lines if not SHELL.match(line))
    # `...` stands for arguments that are left out.
    code = re.sub(r"(?<=\()\.\.\.(?=[,)])", "*_left_out", code)
    code = re.sub(r", \.\.\.(?=\))", ", *_left_out", code)
    code = re.sub(r", \.\.\.(?=})", "", code)
    if re.search(r"\w\(", code):
        _check_calls(ast.parse(code), thing.module)


def _check_shell(line: str) -> None:
    words = line.partition("  #")[0].split()
    if words[:2] == ["python", "-m"] and words[2].startswith(("spuriforge.", "tests.")):
        name = words[2].removeprefix("spuriforge.").replace(".", "/")
        assert (ROOT / f"{name}.py").is_file() or (ROOT / name / "__main__.py").is_file(), line
    if words[0] == "spuriforge" and words[1] != "...":
        known = dict(commands())
        assert words[1] in known, line
        assert not hasattr(known[words[1]], "commands") or " ".join(words[1:3]) in known, line


def _check_calls(tree: ast.Module, module: griffe.Module) -> None:
    defined = _defined(tree)
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        names = ast.unparse(call.func).split(".")
        if not all(name.isidentifier() for name in names):
            continue
        if names[0] in defined and len(names) == 1:
            continue
        if len(names) == 1 and (hasattr(builtins, names[0]) or names[0] in OTHERS):
            continue
        targets = _resolve(module, names, tree)
        if targets:
            _bind_to_any(targets, call)
        else:
            assert len(names) > 1, f"{module.path}: nothing is called {names[0]}"


def _defined(tree: ast.Module) -> set[str]:
    """The example's own variables: names that it assigns, or uses other than to call them."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called
    }


@cache
def _by_name() -> dict[str, list[griffe.Object]]:
    """Every function and class of the package by its name alone."""
    result: dict[str, list[griffe.Object]] = {}
    for thing in _objects(_package()):
        if thing.is_class or (thing.is_function and thing.parent and thing.parent.is_module):
            result.setdefault(thing.name, []).append(thing)
    return result


def _resolve(module: griffe.Module, names: list[str], tree: ast.Module) -> list[griffe.Object]:
    """What `names` may mean: by the example's imports, in the module, or else in the package."""
    imported = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    path = ".".join([imported.get(names[0], f"{module.path}.{names[0]}"), *names[1:]])
    if not path.startswith("spuriforge."):
        return [griffe.Attribute(names[0])]
    try:
        found = _package()[path.removeprefix("spuriforge.")]
        return [found.final_target if found.is_alias else found]
    except (KeyError, griffe.AliasResolutionError):
        if names[0] in module.members:
            return [griffe.Attribute(names[0])]
        return _by_name().get(names[0], []) if len(names) == 1 else []


def _signature(target: griffe.Object | griffe.Alias) -> inspect.Signature | None:
    """The signature of a function or a class as it is called; None where griffe cannot tell."""
    if target.is_function:
        method = target.parent is not None and target.parent.is_class
        static = "staticmethod" in target.labels
        return _made(list(target.parameters)[int(method and not static) :])
    if not target.is_class:
        return None
    fields = _settings(target)
    if fields is not None:
        return fields
    parameters = list(target.parameters)[1:]
    return _made(parameters) if parameters or "dataclass" in target.labels else None


def _settings(target: griffe.Object | griffe.Alias) -> inspect.Signature | None:
    """The fields of a pydantic model as keywords; None for any other class."""
    bases = [target, *target.mro()]  # type: ignore[union-attr]
    if not any("BaseModel" in str(base) for owner in bases for base in owner.bases):
        return None
    names = {
        name: field.value is not None
        for owner in reversed(bases)
        for name, field in owner.attributes.items()
        if field.annotation is not None
        and name != "model_config"
        and "property" not in field.labels
    }
    kind = inspect.Parameter.KEYWORD_ONLY
    empty = inspect.Parameter.empty
    return inspect.Signature(
        [
            inspect.Parameter(name, kind, default=None if has else empty)
            for name, has in names.items()
        ]
    )


def _made(parameters: list[griffe.Parameter]) -> inspect.Signature:
    by_name = {
        "positional-only": inspect.Parameter.POSITIONAL_ONLY,
        "positional or keyword": inspect.Parameter.POSITIONAL_OR_KEYWORD,
        "variadic positional": inspect.Parameter.VAR_POSITIONAL,
        "keyword-only": inspect.Parameter.KEYWORD_ONLY,
        "variadic keyword": inspect.Parameter.VAR_KEYWORD,
    }
    empty = inspect.Parameter.empty
    return inspect.Signature(
        [
            inspect.Parameter(
                parameter.name,
                by_name[parameter.kind.value],
                default=empty
                if parameter.default is None or parameter.kind.value.startswith("variadic")
                else parameter.default,
            )
            for parameter in parameters
        ]
    )


def _bind_to_any(targets: list[griffe.Object], call: ast.Call) -> None:
    """Fails if the call's arguments fit none of the targets."""
    signatures = [_signature(target) for target in targets]
    if None in signatures:
        return
    errors = [error for signature in signatures if (error := _misfit(signature, call))]
    assert len(errors) < len(signatures), f"{ast.unparse(call)}: {errors[0]}"


def _misfit(signature: inspect.Signature | None, call: ast.Call) -> str:
    """Why the call's arguments do not fit, or ""; a starred argument leaves any number open."""
    assert signature is not None
    positional = [arg for arg in call.args if not isinstance(arg, ast.Starred)]
    keywords = {word.arg: word for word in call.keywords if word.arg}
    partial = len(positional) < len(call.args) or len(keywords) < len(call.keywords)
    bind = signature.bind_partial if partial else signature.bind
    try:
        bind(*positional, **keywords)
    except TypeError as error:
        return f"{error}; it takes {signature}"
    return ""


def test_a_wrong_example_is_seen() -> None:
    module = _package()["pipeline.statistics"]
    with pytest.raises(AssertionError, match="missing a required argument"):
        _check_calls(ast.parse("wilson_interval(0.5)"), module)
    with pytest.raises(AssertionError, match="nothing is called wilson_"):
        _check_calls(ast.parse("wilson_(0.5, 3)"), module)
    _check_calls(ast.parse("wilson_interval(0.5, 3)"), module)


def test_the_package_is_read_as_it_is_imported() -> None:
    assert importlib.util.find_spec("spuriforge") is not None
    assert len(EXAMPLES) > 100
