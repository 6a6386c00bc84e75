"""What went wrong, as the models hold it: a code that finds its sentences, and what fills them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Trouble:
    """A problem to be shown.

    `code` finds its explanation (`desktop.model.explain`), `message` is the gateway's own sentence in the person's
    language when it sent one, `reference` finds the problem in the gateway's log.
    """

    code: str
    params: Mapping[str, str] = field(default_factory=dict)
    message: str = ""
    reference: str = ""
