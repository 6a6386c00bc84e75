"""The version of what is released here: gateway and console are of one release, so they have one number."""

from typing import Final

VERSION: Final = "0.1.0"
