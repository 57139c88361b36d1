"""Put changed code in the place of what was imported, in this process alone."""

import ast
import gc
import importlib.machinery
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

from tools.mutation.mutant import Mutant

Qualified = tuple[str, int]


class Functions:
    """The functions of some files that this process has imported."""

    def __init__(self, paths: Iterable[Path]) -> None:
        wanted = {str(path) for path in paths}
        self._found: dict[tuple[str, Qualified], list[FunctionType]] = {}
        for each in gc.get_objects():
            if isinstance(each, FunctionType) and each.__code__.co_filename in wanted:
                code = each.__code__
                key = (code.co_filename, (code.co_qualname, code.co_firstlineno))
                self._found.setdefault(key, []).append(each)

    def swap(self, mutant: Mutant) -> bool:
        """Put the code of a mutant into its functions; False when that cannot be done."""
        if mutant.function is None:
            return False
        made = compile(mutant.source(), str(mutant.path), "exec")
        return self.replace(str(mutant.path), dict(_codes(made)), mutant.function)

    def give_globals(self, path: str, **values: object) -> None:
        """Add global names to the modules of a file."""
        for (where, _function), found in self._found.items():
            if where == path:
                for each in found:
                    each.__globals__.update(values)

    def replace(self, path: str, codes: dict[Qualified, CodeType], function: Qualified) -> bool:
        """Replace the code of one function wherever it is used."""
        found = self._found.get((path, function), [])
        code = codes.get(function)
        if not found or code is None or code.co_freevars != found[0].__code__.co_freevars:
            return False
        for each in found:
            each.__code__ = code
        return True


def _codes(code: CodeType) -> Iterator[tuple[Qualified, CodeType]]:
    """Find all functions in compiled code."""
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield (each.co_qualname, each.co_firstlineno), each
            yield from _codes(each)


def import_instead(mutant: Mutant) -> None:
    """Have the next import of a mutant's file read the mutant."""
    loader = importlib.machinery.SourceFileLoader
    usual: Callable[..., Any] = loader.get_code

    def get_code(self: importlib.machinery.SourceFileLoader, fullname: str) -> Any:
        if Path(self.path) == mutant.path:
            return compile(mutant.source(), str(mutant.path), "exec")
        return usual(self, fullname)

    loader.get_code = get_code  # type: ignore[method-assign,assignment]


class _Marked(ast.NodeTransformer):
    """Note each statement that is reached."""

    def __init__(self, path: str) -> None:
        self._path = path

    def visit(self, node: ast.AST) -> ast.AST:
        """Put a note before each statement of each block."""
        super().generic_visit(node)
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list) and not isinstance(node, ast.Module | ast.ClassDef):
                setattr(node, name, [each for old in block for each in (self._note(old), old)])
        return node

    def _note(self, node: ast.stmt) -> ast.stmt:
        note = ast.parse(f"__reached__.add(({self._path!r}, {node.lineno}))").body[0]
        for each in ast.walk(note):
            ast.copy_location(each, node)
        return note


def mark_statements(paths: Iterable[Path], functions: Functions) -> set[tuple[str, int]]:
    """Have every statement in a function say when it is reached; give where they say it."""
    reached: set[tuple[str, int]] = set()
    for path in map(str, paths):
        tree = ast.parse(Path(path).read_bytes())
        _Marked(path).visit(tree)
        codes = dict(_codes(compile(tree, path, "exec")))
        for function in codes:
            functions.replace(path, codes, function)
        functions.give_globals(path, __reached__=reached)
    return reached
