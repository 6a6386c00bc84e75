"""Every screen of the page in every width, theme and language, and its QR read at every density and in every theme."""

from __future__ import annotations

import os
import sys

import pytest


def main() -> int:
    """Run the page's tests over everything; 0 when all of it holds."""
    os.environ["AI_ADMIN_THOROUGH"] = "1"
    return int(pytest.main(["-q", "tests/e2e/test_page_screens.py", "tests/e2e/test_page_flow.py"]))


if __name__ == "__main__":
    sys.exit(main())
