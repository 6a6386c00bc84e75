from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from resources import path_of

ICONS = sorted([*path_of("icons").glob("*.svg"), *path_of("icons/console").glob("*.svg")])
_SHAPES = {"path", "circle", "rect"}


@pytest.mark.parametrize("path", ICONS, ids=lambda path: path.stem)
def test_an_icon_is_a_line_drawing_of_twenty_units_in_the_colour_around_it(path: Path) -> None:
    picture = ElementTree.fromstring(path.read_text(encoding="utf-8"))
    assert picture.get("viewBox") == "0 0 20 20"
    assert {one.tag.rpartition("}")[2] for one in picture} <= _SHAPES
    colours = {one.get(name) for one in picture.iter() for name in ("fill", "stroke")}
    assert colours <= {None, "none", "currentColor"}


def test_both_folders_name_each_icon_once() -> None:
    names = [path.stem for path in ICONS]
    assert len(names) == len(set(names))
