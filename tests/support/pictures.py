"""Pictures for the repository: few colours, for pages and windows have few, and small files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import cast

from PIL import Image

from resources import make_tokens

_COLOURS = 64


def write_small(picture: Image.Image, path: Path) -> None:
    """Write a picture in the palette's own colours and those it has most of."""
    whole = picture.convert("RGB")
    whole.quantize(palette=_palette(whole), dither=Image.Dither.NONE).save(path, optimize=True)


def _palette(image: Image.Image) -> Image.Image:
    tokens = make_tokens.load()
    own = [_rgb(value) for theme in ("light", "dark") for value in tokens[theme].values()]
    seen = Counter(cast("Iterable[tuple[int, int, int]]", image.get_flattened_data()))
    common = [colour for colour, _ in seen.most_common(_COLOURS)]
    chosen = list(dict.fromkeys([*(colour for colour in own if colour in seen), *common]))[:_COLOURS]
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour in chosen for part in colour])
    return palette


def _rgb(value: str) -> tuple[int, int, int]:
    return int(value[1:3], 16), int(value[3:5], 16), int(value[5:7], 16)
