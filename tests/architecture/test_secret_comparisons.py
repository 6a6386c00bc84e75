"""No secret is compared by a means whose time tells how far the guess was right (goal B4, ASVS 11.2.4)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.tree import modules_of, shown

SECRET_LIKE = re.compile(
    r"(?:^|_)(?:tokens?|secrets?|api_keys?|signatures?|sign|digest|mac|hmac|password|authorization|bearer|data_key"
    r"|webhook_key|key_digest|sealed|proof_of|credential)$"
)
LEAKING = (ast.Eq, ast.NotEq, ast.In, ast.NotIn)
ALLOWED: dict[tuple[str, str], str] = {
    (
        "gateway/domain/webhooks.py",
        "token in spelled",
    ): "looked for in order to hide it, in what is proven already",
}
"""Comparisons that look like one of a secret and are none, each with the reason."""


def leaking_comparisons(source: str) -> Iterator[str]:
    """Yield every comparison of something called like a secret, other than with a literal or None."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Compare) or not any(isinstance(op, LEAKING) for op in node.ops):
            continue
        sides = [node.left, *node.comparators]
        if any(_is_literal(side) for side in sides):
            continue
        if any(SECRET_LIKE.search(name.lower()) for side in sides for name in _names(side)):
            yield ast.unparse(node)


def _is_literal(node: ast.expr) -> bool:
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return all(_is_literal(each) for each in node.elts)
    if isinstance(node, ast.Name) and node.id.isupper():
        return True  # a constant of the program is known to everybody who reads it
    return isinstance(node, ast.Constant)


def _names(node: ast.expr) -> Iterator[str]:
    """Yield what a side of a comparison is called: a name, an attribute, a key, what is called on it."""
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Attribute):
        yield node.attr
    elif isinstance(node, ast.Subscript):
        yield from _names(node.value)
        if isinstance(node.slice, ast.Constant):
            yield str(node.slice.value)
    elif isinstance(node, ast.Call):
        yield from _names(node.func)
        if isinstance(node.func, ast.Attribute):
            yield from _names(node.func.value)
        yield from (str(each.value) for each in node.args if isinstance(each, ast.Constant))


@pytest.mark.parametrize("package", ["gateway", "shared"])
def test_nothing_that_is_called_like_a_secret_is_compared_in_a_way_that_leaks(package: str) -> None:
    found = [
        (shown(path), said)
        for path in modules_of(package)
        if "sandbox" not in path.parts  # it plays the partner: its one secret is the tests' own
        for said in leaking_comparisons(path.read_text(encoding="utf-8"))
    ]
    assert [each for each in found if each not in ALLOWED] == []


def test_every_exception_is_still_needed() -> None:
    for (path, said), _reason in ALLOWED.items():
        (module,) = [each for each in modules_of("gateway") if shown(each) == path]
        assert said in list(leaking_comparisons(module.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "leaks",
    [
        "given == self._token", "row['api_key'] != sent", "given in tokens", "body.get('partner_token') == expected",
        "hmac.new(k, m).digest() == given", "settings.metrics_token.get_secret_value() == token",
        "a == b == signature", "key not in self.secrets", "record.digest == other",
    ],
)  # fmt: skip
def test_each_way_to_leak_is_found(leaks: str) -> None:
    assert list(leaking_comparisons(leaks))


@pytest.mark.parametrize(
    "safe",
    [
        "hmac.compare_digest(a, token)",
        "token is None",
        "token == ''",
        "name in ('token',)",
        "tokens and x == y",
    ],
)
def test_what_leaks_nothing_is_let_be(safe: str) -> None:
    assert not list(leaking_comparisons(safe))
