from __future__ import annotations

import os
import subprocess
import sys

import pytest

from gateway.whatsapp.memory import resident_bytes


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells it in /proc")
def test_a_running_process_has_some_and_one_that_is_gone_none() -> None:
    assert (resident_bytes(os.getpid()) or 0) > 2**20
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait(30)
    assert resident_bytes(child.pid) is None
