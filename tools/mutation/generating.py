"""All mutants of a source file."""

import ast
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeGuard

from tools.mutation import expressions
from tools.mutation.mutant import Edit, Mutant, with_own_names
from tools.mutation.operators import changes_of, negated

FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef
Text = ast.Constant | ast.JoinedStr


def mutants_of(path: Path, root: Path) -> list[Mutant]:
    """Make all mutants of a file, in the order of their lines."""
    source = path.read_bytes()
    found = _Walk(path, path.relative_to(root).as_posix(), source).walk(
        ast.parse(source), Place(scope=())
    )
    return list(with_own_names(sorted(found, key=lambda each: (each.edits[0].start, each.name))))


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file a node stands."""

    scope: tuple[str, ...]
    statement: int = 0
    function: tuple[str, int] | None = None
    answers_yes_or_no: bool = False
    expression: str | None = None
    # Values of the function around, by their placeholder: what a removed clause leaves over.
    values: dict[str, list[Edit]] = field(default_factory=dict)


class _Walk:
    """A walk over one file that leaves out what is no behaviour: annotations and decorators."""

    def __init__(self, path: Path, name: str, source: bytes) -> None:
        self._path, self._name, self._source = path, name, source
        self._lines = source.splitlines(keepends=True)
        lengths = [len(line) for line in self._lines]
        self._starts = [sum(lengths[:place]) for place in range(len(lengths))]

    def walk(self, node: ast.AST, place: Place) -> Iterator[Mutant]:
        """Yield the mutants of a node and all below it."""
        if _is_for_types_alone(node):
            return
        if isinstance(node, ast.stmt) and not isinstance(node, ast.ClassDef):
            place = replace(place, statement=node.lineno)
        yield from self._own(node, place)
        if not isinstance(node, ast.JoinedStr):  # parts of it have no place of their own
            for child, inner in self._children(node, place):
                yield from self.walk(child, inner)

    def _own(self, node: ast.AST, place: Place) -> Iterator[Mutant]:
        if place.expression and _is_text(node):
            yield from self._texts(place, node)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr) and not place.function:
            return  # a union of types
        for old, new in changes_of(node):
            yield self._python(place, old, new)
        if isinstance(node, ast.Return) and place.answers_yes_or_no:
            for old, new in negated(node):
                yield self._python(place, old, new)

    def _children(self, node: ast.AST, place: Place) -> Iterator[tuple[ast.AST, Place]]:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                scope = (*place.scope, node.name)
                first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
                function = place.function or (".".join(scope), first)
                inner = replace(
                    place,
                    scope=scope,
                    function=function,
                    answers_yes_or_no=isinstance(node.returns, ast.Name)
                    and node.returns.id == "bool",
                    values=self._values(node),
                )
                yield from ((each, inner) for each in node.body)
                yield from ((each, place) for each in _defaults(node))
            case ast.ClassDef():
                yield from (
                    (each, replace(place, scope=(*place.scope, node.name))) for each in node.body
                )
            case ast.AnnAssign():
                yield from ((each, place) for each in (node.value,) if each)
            case ast.keyword(arg=str(name)) if name in expressions.EXPRESSIONS:
                yield node.value, replace(place, expression=name)
            case ast.Dict():
                for key, value in zip(node.keys, node.values, strict=True):
                    said = str(key.value) if isinstance(key, ast.Constant) else ""
                    kind = said if said in expressions.EXPRESSIONS else place.expression
                    yield value, replace(place, expression=kind)
            case _:
                yield from ((each, place) for each in ast.iter_child_nodes(node))

    def _python(self, place: Place, old: ast.AST, new: ast.AST) -> Mutant:
        text = ast.unparse(new)
        if isinstance(old, ast.expr):
            text = f"({text})" if not isinstance(new, ast.Constant | ast.Name) else text
        edit = self._edit(old, text)
        line = self._source[: edit.start].count(b"\n")
        beside = f" in: {self._lines[line].decode().strip()}"
        return self._mutant(place, ast.unparse(old).splitlines()[0], text + beside, [edit])

    def _texts(self, place: Place, node: Text) -> Iterator[Mutant]:
        is_plain = isinstance(node, ast.Constant)
        text = str(node.value) if isinstance(node, ast.Constant) else self._text(node)[2:-1]
        for new in expressions.variants(place.expression or "", text):
            edit = self._edit(node, ("" if is_plain else "f") + json.dumps(new))
            yield self._mutant(place, text, new, [edit])
        if place.expression == expressions.KEY_CONDITION and is_plain:
            (first, *others), word = expressions.clauses(text)
            for place_of, _clause in enumerate(others):
                left = word.join([first, *others[:place_of], *others[place_of + 1 :]])
                unused = [
                    edit
                    for name, edits in place.values.items()
                    if name in text and name not in left
                    for edit in edits
                ]
                edits = [self._edit(node, json.dumps(left)), *unused]
                yield self._mutant(place, text, left, edits)

    def _values(self, function: FUNCTIONS) -> dict[str, list[Edit]]:
        """Find the entries of dictionaries that give placeholders their values."""
        found: dict[str, list[Edit]] = {}
        for node in ast.walk(function):
            pairs = zip(node.keys, node.values, strict=True) if isinstance(node, ast.Dict) else ()
            for key, value in pairs:
                if isinstance(key, ast.Constant) and str(key.value).startswith(":"):
                    end = self._end(value)
                    comma = self._source[end : end + 1] == b","
                    edit = Edit(self._edit(key, "").start, end + comma, "")
                    found.setdefault(str(key.value), []).append(edit)
        return found

    def _mutant(self, place: Place, old: str, new: str, edits: list[Edit]) -> Mutant:
        where = ".".join(place.scope) or "module"
        change = f"{' '.join(old.split())} -> {' '.join(new.split())}"
        return Mutant(
            path=self._path,
            name=f"{self._name} {where}: {change}",
            edits=tuple(edits),
            statement=place.statement,
            function=place.function,
        )

    def _edit(self, node: ast.AST, text: str) -> Edit:
        assert isinstance(node, ast.expr | ast.stmt)
        return Edit(self._starts[node.lineno - 1] + node.col_offset, self._end(node), text)

    def _end(self, node: ast.expr | ast.stmt) -> int:
        return self._starts[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)

    def _text(self, node: ast.expr) -> str:
        edit = self._edit(node, "")
        return self._source[edit.start : edit.end].decode()


def _is_for_types_alone(node: ast.AST) -> bool:
    test = node.test if isinstance(node, ast.If) else None
    return isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"


def _is_text(node: ast.AST) -> TypeGuard[Text]:
    is_constant = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return is_constant or isinstance(node, ast.JoinedStr)


def _defaults(node: FUNCTIONS) -> Iterable[ast.expr]:
    return [*node.args.defaults, *(each for each in node.args.kw_defaults if each)]
