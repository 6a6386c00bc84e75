"""Running one of the page's modules in Node, without a browser."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from typing import Any

from resources import path_of

_RUN = """
import { createInterface } from "node:readline";
const lines = [];
for await (const line of createInterface({ input: process.stdin })) lines.push(line);
const { source, body, data } = JSON.parse(lines.join("\\n"));
const module = await import("data:text/javascript;base64," + source);
const run = new Function("m", "data", body);
console.log(JSON.stringify(run(module, data) ?? null));
"""


def run_in_node(module: str, body: str, data: Any = None) -> Any:
    """Run `body` (the inside of a function of `m`, the module, and `data`) and return what it returns.

    The module may import nothing: it is handed over as text, so that no file's ending decides how it is read.
    """
    node = os.environ.get("AI_ADMIN_NODE") or shutil.which("node")
    assert node is not None, "no Node: the marker `node` should have left this test out"
    source = base64.b64encode(path_of(f"web/page/{module}.js").read_bytes()).decode()
    given = json.dumps({"source": source, "body": body, "data": data})
    done = subprocess.run(
        [node, "--input-type=module", "--eval", _RUN],
        input=given,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
