"""Small changes of Python code: each yields the node that is replaced and what replaces it."""

import ast
import copy
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

Change = tuple[ast.AST, ast.AST]
Node = TypeVar("Node", bound=ast.AST)

COMPARISONS: Mapping[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
ARITHMETIC: Mapping[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
OPPOSITES = {"min": "max", "max": "min", "any": "all", "all": "any"}


def changes_of(node: ast.AST) -> Iterator[Change]:
    """Yield all changes of a node itself; its children are asked on their own."""
    for kind, change in CHANGES.items():
        if isinstance(node, kind):
            yield from change(node)


def _changed(node: Node, **fields: object) -> Node:
    made = copy.copy(node)
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def _comparison(node: ast.Compare) -> Iterator[Change]:
    for place, operator in enumerate(node.ops):
        for other in COMPARISONS[type(operator)]:
            operators = [*node.ops[:place], other(), *node.ops[place + 1 :]]
            yield node, _changed(node, ops=operators)


def _and_or(node: ast.BoolOp) -> Iterator[Change]:
    yield node, _changed(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
    for place in range(len(node.values)):
        left = [*node.values[:place], *node.values[place + 1 :]]
        yield node, left[0] if len(left) == 1 else _changed(node, values=left)


def _not(node: ast.UnaryOp) -> Iterator[Change]:
    if isinstance(node.op, ast.Not):
        yield node, node.operand


def _branch(node: ast.If | ast.IfExp) -> Iterator[Change]:
    for value in (True, False):
        yield node.test, ast.Constant(value)


def _filter(node: ast.comprehension) -> Iterator[Change]:
    for test in node.ifs:
        yield test, ast.Constant(True)


def _arithmetic(node: ast.BinOp) -> Iterator[Change]:
    other = ARITHMETIC.get(type(node.op))
    if other:
        yield node, _changed(node, op=other())


def _constant(node: ast.Constant) -> Iterator[Change]:
    if isinstance(node.value, bool):
        yield node, ast.Constant(not node.value)
    elif isinstance(node.value, int):
        yield node, ast.Constant(node.value + 1)
        yield node, ast.Constant(node.value - 1)


def _call(node: ast.Call) -> Iterator[Change]:
    if isinstance(node.func, ast.Name) and node.func.id in OPPOSITES:
        yield node.func, ast.Name(OPPOSITES[node.func.id])


def negated(node: ast.Return) -> Iterator[Change]:
    """Turn around what a function answers that says yes or no."""
    # A comparison alone is turned around anyway.
    if node.value is not None and not isinstance(node.value, ast.Compare | ast.Constant):
        yield node.value, ast.UnaryOp(ast.Not(), node.value)


def _list(node: ast.List) -> Iterator[Change]:
    """Leave out one of several things that are made for a list, like actions of a transaction."""
    if len(node.elts) > 1 and all(isinstance(each, ast.Call) for each in node.elts):
        for place in range(len(node.elts)):
            yield node, _changed(node, elts=[*node.elts[:place], *node.elts[place + 1 :]])


def _left_out(node: ast.stmt) -> Iterator[Change]:
    if not isinstance(node, ast.Expr) or isinstance(node.value, ast.Call):
        yield node, ast.Pass()


def _next_round(node: ast.Continue) -> Iterator[Change]:
    yield node, ast.Break()


# Any: a change takes the kind of node that it stands beside.
CHANGES: Mapping[type[ast.AST], Callable[..., Iterator[Change]]] = {
    ast.Compare: _comparison,
    ast.BoolOp: _and_or,
    ast.UnaryOp: _not,
    ast.If: _branch,
    ast.IfExp: _branch,
    ast.comprehension: _filter,
    ast.BinOp: _arithmetic,
    ast.Constant: _constant,
    ast.Call: _call,
    ast.List: _list,
    ast.Raise: _left_out,
    ast.Expr: _left_out,
    ast.AugAssign: _left_out,
    ast.Continue: _next_round,
}
