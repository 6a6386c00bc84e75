"""Schemathesis over one of our documents: cases that keep to it and cases that break it, each answer checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.core.result import Ok

PATIENCE_S = 30

CONFIG = {
    # Parameters nobody knows are ignored; the bearer token is given, not guessed.
    "generation": {"deterministic": True, "allow-extra-parameters": False, "with-security-parameters": False},
    # A phone, a key or a token is any string to the document, so most of what it allows is rightly refused. What is
    # wrong is refused by its size as well, before it is read.
    "checks": {
        "positive_data_acceptance": {"enabled": False},
        "negative_data_rejection": {
            "expected-statuses": ["400", "401", "403", "404", "409", "413", "415", "422", "429"]
        },
    },
}


class Explorer:
    """Sends what Schemathesis makes of an operation's document and has the answers checked against it."""

    def __init__(
        self,
        url: str,
        document: dict[str, Any],
        headers: Mapping[str, str],
        examples: int,
        seed: int | None = None,
    ) -> None:
        self._url = url
        self._seed = seed
        self.cases = 0
        self._examples = examples
        self._headers = dict(headers)
        self._schema = schemathesis.openapi.from_dict(document, config=SchemathesisConfig.from_dict(CONFIG))
        self.statuses: dict[str, set[int]] = {}

    def explore(self, mode: GenerationMode, **fixed: Any) -> None:
        """Go through every operation. Raises what Schemathesis finds wrong."""
        for found in self._schema.get_all_operations():
            assert isinstance(found, Ok), found.err()
            operation = found.ok()
            known = {name: value for name, value in fixed.items() if "{" + name + "}" in operation.path}
            if mode is GenerationMode.NEGATIVE and not _can_be_wrong(operation):
                continue
            self._explore(operation, operation.as_strategy(mode, path_parameters=known or None))

    def _explore(self, operation: Any, cases: Any) -> None:
        seen = self.statuses.setdefault(operation.label, set())

        @settings(
            max_examples=self._examples,
            derandomize=self._seed is None,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=cases)
        def holds(case: Any) -> None:
            self.cases += 1
            answer = case.call(base_url=self._url, headers=self._headers, timeout=PATIENCE_S)
            seen.add(answer.status_code)
            case.validate_response(answer)

        (holds if self._seed is None else seed(self._seed)(holds))()

    def chain(self, chains: int) -> None:
        """Walk chains of operations, each given what an earlier one answered, as far as the document tells how."""
        url, headers, explorer = self._url, self._headers, self

        class Walk(self._schema.as_state_machine()):  # type: ignore[misc]
            def get_call_kwargs(self, case: Any) -> dict[str, Any]:
                explorer.cases += 1
                return {"base_url": url, "headers": headers, "timeout": PATIENCE_S}

        run_state_machine_as_test(
            Walk,
            settings=settings(
                max_examples=chains,
                stateful_step_count=6,
                derandomize=self._seed is None,
                database=None,
                deadline=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            ),
        )


def _can_be_wrong(operation: Any) -> bool:
    """Whether the document forbids anything: any text at all is some key or some session's name."""
    return bool(operation.body) or any(each.location != "path" for each in operation.iter_parameters())
