"""QR codes as rows of modules, encoded by zint, which comes with zxing-cpp."""

from __future__ import annotations

import zxingcpp

MASK = 0
"""The standard has the best of eight masks chosen, which takes two thirds of the time. What that is to prevent, large
areas of one colour and look-alikes of the corners, comes of texts that repeat themselves. WhatsApp's are random keys,
over which every mask gives the same noise. A reader undoes whichever mask the code names."""

_AS_DIGITS = bytes.maketrans(b"\x00\xff", b"10")


def qr_rows(text: str) -> list[str]:
    """Return the rows of the QR code of `text` (error correction L), `1` where it is dark, without the quiet zone.

    Raises ValueError when `text` is empty or does not fit the largest code (2,953 bytes).
    """
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="L", data_mask=MASK)
    image = code.to_image(scale=1, add_quiet_zones=False)
    side: int = image.shape[0]
    modules = bytes(memoryview(image)).translate(_AS_DIGITS).decode()  # type: ignore[arg-type]  # an Image is a buffer
    return [modules[start : start + side] for start in range(0, side * side, side)]
