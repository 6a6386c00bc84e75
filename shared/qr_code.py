"""QR codes as rows of modules, encoded by zint, which comes with zxing-cpp: about a millisecond a code."""

from __future__ import annotations

import zxingcpp

_AS_DIGITS = bytes.maketrans(b"\x00\xff", b"10")


def qr_rows(text: str) -> list[str]:
    """Return the rows of the QR code of `text` (error correction L), `1` where it is dark, without the quiet zone.

    Raises ValueError when `text` is empty or does not fit the largest code (2,953 bytes).
    """
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="L")
    image = code.to_image(scale=1, add_quiet_zones=False)
    side: int = image.shape[0]
    modules = bytes(memoryview(image)).translate(_AS_DIGITS).decode()  # type: ignore[arg-type]  # an Image is a buffer
    return [modules[start : start + side] for start in range(0, side * side, side)]
