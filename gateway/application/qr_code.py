"""QR codes of level L in byte mode (ISO/IEC 18004), made quickly: thousands of pages show a new one every 20 seconds.

Everything that depends on the size alone is worked out once for each size; a text then costs a division for its error
correction and one look-up that puts its bits in their places. The mask is always the same: choosing the best of eight
costs more than all the rest, any one can be read, and the texts are random enough for it not to matter.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter

MOST_BYTES = 2953
"""What fits in the largest code."""

_CORRECTION = (
    7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28,
    28, 28, 30, 30, 26, 28, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30,
)  # fmt: skip
"""Error correction codewords of each block, by version from 1."""

_BLOCKS = (
    1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8,
    8, 9, 9, 10, 12, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20, 21, 22, 24, 25,
)  # fmt: skip
"""Blocks, by version from 1."""

_LONG_COUNT_FROM = 10
"""From this version on a text's length takes two bytes."""

_FIELD = 0x11D
_FORMAT = 0b111011111000100
"""Level L and mask 0, with their own error correction."""

_VERSION_CHECK = 0x1F25
_LIGHT, _DARK = "0", "1"


@dataclass(frozen=True, slots=True)
class _Layout:
    """What every code of one version shares. Bits are those of the codewords, then a light and a dark one."""

    side: int
    data_bytes: int
    blocks: tuple[slice, ...]
    """Where each block's data lies."""

    place: Callable[[str], tuple[str, ...]]
    """The bit of every module, row by row."""

    mask: int
    """The modules that are turned over, as one number, row by row."""

    steps: tuple[int, ...]
    """What each byte divided leaves, as one number of as many bytes as a block has for correction."""

    correction: int


def qr_rows(text: str) -> list[str]:
    """Return the code's rows as strings of 0 and 1, 1 being dark. Raises ValueError for a text that is too long."""
    data = text.encode()
    layout = _layout(_version_for(len(data)))
    codewords = _interleaved(_stream(data, layout), layout)
    bits = bin(int.from_bytes(b"\x01" + codewords))[3:]
    modules = int("".join(layout.place(bits + _LIGHT + _DARK)), 2) ^ layout.mask
    side = layout.side
    flat = f"{modules:0{side * side}b}"
    return [flat[start : start + side] for start in range(0, side * side, side)]


def _version_for(length: int) -> int:
    for version in range(1, 41):
        if length <= _data_bytes(version) - _head_bytes(version):
            return version
    raise ValueError(f"{length} bytes do not fit in a QR code")


def _head_bytes(version: int) -> int:
    """Return the bytes that mode and length take, rounded up: half a byte is left at the end."""
    return 3 if version >= _LONG_COUNT_FROM else 2


def _stream(data: bytes, layout: _Layout) -> bytes:
    """Return the data codewords: mode, length, text, end, and the filling."""
    room = layout.data_bytes
    count_bits = 16 if layout.side >= _side(_LONG_COUNT_FROM) else 8
    head = 0b0100 << count_bits | len(data)
    bits = 4 + count_bits + 8 * len(data) + 4
    whole = (head << 8 * len(data) | int.from_bytes(data)) << 4
    filling = bytes((0xEC, 0x11)) * (room // 2 + 1)
    return whole.to_bytes(bits // 8) + filling[: room - bits // 8]


def _interleaved(data: bytes, layout: _Layout) -> bytes:
    """Return the blocks' codewords taken in turn, first of the data, then of the correction."""
    blocks = [data[where] for where in layout.blocks]
    shortest = len(blocks[0])
    turns = b"".join(bytes(turn) for turn in zip(*(block[:shortest] for block in blocks), strict=True))
    left = b"".join(block[shortest:] for block in blocks)
    rests = (_remainder(block, layout).to_bytes(layout.correction) for block in blocks)
    return turns + left + b"".join(bytes(turn) for turn in zip(*rests, strict=True))


def _remainder(block: bytes, layout: _Layout) -> int:
    steps, top = layout.steps, 8 * (layout.correction - 1)
    kept = (1 << top) - 1
    rest = 0
    for byte in block:
        rest = (rest & kept) << 8 ^ steps[rest >> top ^ byte]
    return rest


# ------------------------------------------------------------------------------------------ once for each version


@functools.cache
def _layout(version: int) -> _Layout:
    side, correction = _side(version), _CORRECTION[version - 1]
    fixed = _fixed_modules(version)
    bits = 8 * _codewords(version)
    order, mask = [bits + fixed.get(divmod(place, side), 0) for place in range(side * side)], 0
    for number, (row, column) in enumerate(_free_modules(side, fixed)):
        order[row * side + column] = min(number, bits)  # what is left over at the end is light
        if (row + column) % 2 == 0:
            mask |= 1 << (side * side - 1 - row * side - column)
    return _Layout(
        side, _data_bytes(version), _block_slices(version), itemgetter(*order), mask,
        _division_steps(correction), correction,
    )  # fmt: skip


def _side(version: int) -> int:
    return 17 + 4 * version


def _codewords(version: int) -> int:
    side = _side(version)
    free = side * side - len(_fixed_modules(version))
    return free // 8


def _data_bytes(version: int) -> int:
    return _codewords(version) - _CORRECTION[version - 1] * _BLOCKS[version - 1]


def _block_slices(version: int) -> tuple[slice, ...]:
    """Return where each block lies; the last ones are a byte longer when the data do not share evenly."""
    count = _BLOCKS[version - 1]
    least, longer = divmod(_data_bytes(version), count)
    slices, start = [], 0
    for number in range(count):
        end = start + least + (number >= count - longer)
        slices.append(slice(start, end))
        start = end
    return tuple(slices)


@functools.cache
def _fixed_modules(version: int) -> dict[tuple[int, int], int]:
    """Return every module that holds no data: 1 for a dark one, by row and column."""
    side = _side(version)
    fixed: dict[tuple[int, int], int] = {}
    for line in range(8, side - 8):
        fixed[6, line] = fixed[line, 6] = (line + 1) % 2
    for row, column in _alignments(version):
        _draw_rings(fixed, side, row, column, 2)
    for row, column in ((3, 3), (3, side - 4), (side - 4, 3)):
        _draw_rings(fixed, side, row, column, 4)
    _draw_format(fixed, side)
    if version >= 7:
        _draw_version(fixed, side, version)
    return fixed


def _alignments(version: int) -> Iterator[tuple[int, int]]:
    if version == 1:
        return
    count = version // 7 + 2
    last = _side(version) - 7
    step = 26 if version == 32 else (version * 4 + count * 2 + 1) // (count * 2 - 2) * 2
    lines = [6, *sorted(last - step * number for number in range(count - 1))]
    corners = {(6, 6), (6, last), (last, 6)}
    yield from ((row, column) for row in lines for column in lines if (row, column) not in corners)


def _draw_rings(fixed: dict[tuple[int, int], int], side: int, row: int, column: int, reach: int) -> None:
    """Draw squares one in another round a middle: a finder with its light border (4) or an alignment mark (2)."""
    for down in range(-reach, reach + 1):
        for right in range(-reach, reach + 1):
            place = row + down, column + right
            if 0 <= place[0] < side and 0 <= place[1] < side:
                ring = max(abs(down), abs(right))
                fixed[place] = int(ring not in ((2, 4) if reach == 4 else (1,)))


def _draw_format(fixed: dict[tuple[int, int], int], side: int) -> None:
    for number in range(15):
        bit = _FORMAT >> number & 1
        near = number if number < 6 else number + 1
        first = (near, 8) if number < 8 else (8, 15 - number if number == 8 else 14 - number)
        second = (8, side - 1 - number) if number < 8 else (side - 15 + number, 8)
        fixed[first] = fixed[second] = bit
    fixed[side - 8, 8] = 1


def _draw_version(fixed: dict[tuple[int, int], int], side: int, version: int) -> None:
    rest = version
    for _ in range(12):
        rest = rest << 1 ^ (rest >> 11) * _VERSION_CHECK
    bits = version << 12 | rest
    for number in range(18):
        long, short = side - 11 + number % 3, number // 3
        fixed[long, short] = fixed[short, long] = bits >> number & 1


def _free_modules(side: int, fixed: dict[tuple[int, int], int]) -> Iterator[tuple[int, int]]:
    """Walk the modules in the order of the bits: columns in pairs from the right, up and down in turn."""
    is_up = True
    for right in (*range(side - 1, 6, -2), 5, 3, 1):
        for step in range(side):
            row = side - 1 - step if is_up else step
            for column in (right, right - 1):
                if (row, column) not in fixed:
                    yield row, column
        is_up = not is_up


@functools.cache
def _division_steps(degree: int) -> tuple[int, ...]:
    """Return for each byte its multiple of the generator of this degree, as one number."""
    generator = [1]
    root = 1
    for _ in range(degree):
        generator = [
            above ^ _product(below, root)
            for above, below in zip([*generator, 0], [0, *generator], strict=True)
        ]
        root = _product(root, 2)
    return tuple(_as_number([_product(each, byte) for each in generator[1:]]) for byte in range(256))


def _as_number(values: Sequence[int]) -> int:
    return int.from_bytes(bytes(values))


def _product(one: int, other: int) -> int:
    """Multiply two elements of the field of 256."""
    result = 0
    for bit in range(7, -1, -1):
        result = result << 1 ^ (result >> 7) * _FIELD
        result ^= (other >> bit & 1) * one
    return result
