"""QR codes: which modules are dark. Byte mode, error correction L, versions 1 to 40 (ISO/IEC 18004).

A page's code changes every twenty seconds and ten thousand pages may be open, so one must cost next to nothing. What
depends on the version alone is worked out once; a text then takes arithmetic on whole numbers and one permutation. The
mask is always the same: choosing the best of eight is nine tenths of what libraries spend, and a reader undoes any.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from operator import itemgetter

# For error correction L, by version: error correction bytes in a block, and blocks.
_CORRECTION_BYTES = (
    7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28, 28, 28, 30, 30, 26, 28,
    *[30] * 14,
)  # fmt: skip
_BLOCKS = (
    1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8, 8, 9, 9, 10, 12, 12, 12, 13, 14, 15, 16, 17, 18, 19,
    19, 20, 21, 22, 24, 25,
)  # fmt: skip
_VERSIONS = range(1, 41)
_LONG_COUNT_FROM = 10
_VERSION_TOLD_FROM = 7
_BYTE_MODE = 0b0100
_FORMAT = 0b01_000
"""Error correction L with mask 0, which turns every second module over like a chessboard."""

_FILLING = b"\xec\x11"
_FINDER = tuple((row, column) for row in range(-1, 8) for column in range(-1, 8))

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Layout:
    """What all codes of one version share."""

    side: int
    data_bytes: int
    block_bytes: tuple[int, ...]
    correction: tuple[int, ...]
    """The generator polynomial without its first term, times each byte, as whole numbers."""

    correction_bytes: int
    bits: int
    """How many modules carry the text; the last few may be left over."""

    mask: int
    permute: Callable[[str], tuple[str, ...]]
    """From the bits in the order of the text, followed by a light and a dark one, to the modules row by row."""


def qr_rows(text: str) -> Sequence[str]:
    """Return the rows of a text's code: `1` is dark, `0` light, no quiet zone. ValueError when it is too long."""
    data = text.encode()
    version = next((each for each in _VERSIONS if len(data) <= _room(each)), None)
    if version is None:
        raise ValueError("the text does not fit into a QR code")
    layout = _layout(version)
    words = _corrected(_words(data, version, layout), layout)
    left_over = layout.bits - 8 * len(words)
    bits = int.from_bytes(words) << left_over ^ layout.mask
    modules = "".join(layout.permute(f"{bits:0{layout.bits}b}01"))
    return [modules[at : at + layout.side] for at in range(0, len(modules), layout.side)]


def _room(version: int) -> int:
    """Return how many bytes of text fit."""
    return _layout(version).data_bytes - 1 - _count_bits(version) // 8


def _count_bits(version: int) -> int:
    return 16 if version >= _LONG_COUNT_FROM else 8


def _words(data: bytes, version: int, layout: _Layout) -> bytes:
    """Return mode, length and text, closed by four zero bits and filled up."""
    count_bits = _count_bits(version)
    head = _BYTE_MODE << count_bits | len(data)
    used = len(data) + 1 + count_bits // 8
    words = ((head << 8 * len(data) | int.from_bytes(data)) << 4).to_bytes(used)
    return words + (_FILLING * layout.data_bytes)[: layout.data_bytes - used]


def _corrected(words: bytes, layout: _Layout) -> bytes:
    """Split into blocks, correct each, and take a byte of each in turn."""
    blocks, at = [], 0
    for size in layout.block_bytes:
        blocks.append(words[at : at + size])
        at += size
    shortest = layout.block_bytes[0]
    corrections = [_remainder(block, layout) for block in blocks]
    longer = (block[shortest:] for block in blocks)
    return bytes(
        chain(chain.from_iterable(zip(*blocks, strict=False)), *longer, *zip(*corrections, strict=True))
    )


def _remainder(block: bytes, layout: _Layout) -> bytes:
    """Divide by the generator, a byte at a time, in the field of 256 elements."""
    correction, shift = layout.correction, 8 * (layout.correction_bytes - 1)
    low, rest = (1 << shift) - 1, 0
    for byte in block:
        rest = (rest & low) << 8 ^ correction[byte ^ rest >> shift]
    return rest.to_bytes(layout.correction_bytes)


# -- what depends on the version alone -------------------------------------------------------------------------------


@cache
def _layout(version: int) -> _Layout:
    side = 17 + 4 * version
    fixed = dict(_fixed_modules(version, side))
    places = [place for place in _zigzag(side) if place not in fixed]
    order = {place: number for number, place in enumerate(places)}
    light = len(places)
    every = ((row, column) for row in range(side) for column in range(side))
    picked = [light + fixed[place] if place in fixed else order[place] for place in every]
    size = _CORRECTION_BYTES[version - 1]
    block_bytes = _block_bytes(len(places) // 8, _BLOCKS[version - 1], size)
    mask = "".join("01"[(row + column) % 2 == 0] for row, column in places)
    return _Layout(
        side,
        sum(block_bytes),
        block_bytes,
        _products(size),
        size,
        len(places),
        int(mask, 2),
        itemgetter(*picked),
    )


def _block_bytes(total: int, blocks: int, correction: int) -> tuple[int, ...]:
    """Return the sizes of the blocks without their correction: the longer ones come last."""
    short, longer = divmod(total, blocks)
    return (*[short - correction] * (blocks - longer), *[short - correction + 1] * longer)


def _fixed_modules(version: int, side: int) -> Iterator[tuple[Place, bool]]:
    """Tell the modules that are the same whatever the text; a later one replaces an earlier one."""
    yield from _timing(side)
    yield from _alignment(version, side)
    yield from _finders(side)
    yield from _format(side)
    if version >= _VERSION_TOLD_FROM:
        yield from _version(version, side)


def _timing(side: int) -> Iterator[tuple[Place, bool]]:
    for at in range(side):
        yield (6, at), at % 2 == 0
        yield (at, 6), at % 2 == 0


def _finders(side: int) -> Iterator[tuple[Place, bool]]:
    for top, left in ((0, 0), (0, side - 7), (side - 7, 0)):
        for row, column in _FINDER:
            place = top + row, left + column
            if min(place) >= 0 and max(place) < side:
                yield place, max(abs(row - 3), abs(column - 3)) in (0, 1, 3)


def _alignment(version: int, side: int) -> Iterator[tuple[Place, bool]]:
    centres = _alignment_centres(version, side)
    corners = (
        {(centres[0], centres[0]), (centres[0], centres[-1]), (centres[-1], centres[0])} if centres else ()
    )
    for middle in ((row, column) for row in centres for column in centres):
        for row, column in _FINDER if middle not in corners else ():
            distance = max(abs(row - 3), abs(column - 3))
            if distance <= 2:
                yield (middle[0] + row - 3, middle[1] + column - 3), distance != 1


def _alignment_centres(version: int, side: int) -> Sequence[int]:
    if version == 1:
        return ()
    count = version // 7 + 2
    step = 26 if version == 32 else (version * 4 + count * 2 + 1) // (count * 2 - 2) * 2
    return [6, *reversed([side - 7 - step * number for number in range(count - 1)])]


def _format(side: int) -> Iterator[tuple[Place, bool]]:
    bits = (_FORMAT << 10 | _checked(_FORMAT, 10, 0x537)) ^ 0x5412
    around = [*range(6), 7, 8]
    first = [*((row, 8) for row in around), (8, 7), *((8, column) for column in reversed(range(6)))]
    second = [*((8, side - 1 - at) for at in range(8)), *((side - 7 + at, 8) for at in range(7))]
    for places in (first, second):
        for number, place in enumerate(places):
            yield place, bool(bits >> number & 1)
    yield (side - 8, 8), True


def _version(version: int, side: int) -> Iterator[tuple[Place, bool]]:
    bits = version << 12 | _checked(version, 12, 0x1F25)
    for number in range(18):
        row, column = side - 11 + number % 3, number // 3
        is_dark = bool(bits >> number & 1)
        yield (row, column), is_dark
        yield (column, row), is_dark


def _checked(value: int, bits: int, divisor: int) -> int:
    """Return the check bits of a value."""
    rest = value << bits
    while rest.bit_length() > bits:
        rest ^= divisor << rest.bit_length() - bits - 1
    return rest


def _zigzag(side: int) -> Iterator[Place]:
    """Tell the modules in the order in which the text fills them: two columns at a time, up and down."""
    upwards = True
    for right in (*range(side - 1, 6, -2), *range(5, 0, -2)):
        rows = range(side)
        for row in reversed(rows) if upwards else rows:
            yield row, right
            yield row, right - 1
        upwards = not upwards


@cache
def _products(size: int) -> tuple[int, ...]:
    """Return the generator polynomial of `size` correction bytes, without its first term, times every byte."""
    generator = [*[0] * (size - 1), 1]
    root = 1
    for _ in range(size):
        shifted = [*generator[1:], 0]
        generator = [_times(each, root) ^ after for each, after in zip(generator, shifted, strict=True)]
        root = _times(root, 2)
    return tuple(int.from_bytes(_times(each, byte) for each in generator) for byte in range(256))


def _times(one: int, other: int) -> int:
    """Multiply in the field of 256 elements."""
    product = 0
    for bit in reversed(range(8)):
        product = product << 1 ^ (product >> 7) * 0x11D
        product ^= (other >> bit & 1) * one
    return product
