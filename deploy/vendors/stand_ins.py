"""Files that stand in for what customers would have sent."""


def _grey_jpeg(blocks_wide: int, blocks_high: int) -> bytes:
    """A grey picture of so many blocks of 8 × 8 pixels: baseline JPEG (ITU-T T.81), two bits a block, all of them 0."""
    height, width = (8 * blocks_high).to_bytes(2), (8 * blocks_wide).to_bytes(2)
    one_code = b"\x01" + bytes(15) + b"\x00"
    return b"".join(
        (
            b"\xff\xd8",
            b"\xff\xdb\x00\x43\x00" + b"\x01" * 64,
            b"\xff\xc0\x00\x0b\x08" + height + width + b"\x01\x01\x11\x00",
            b"\xff\xc4\x00\x14\x00" + one_code,
            b"\xff\xc4\x00\x14\x10" + one_code,
            b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00",
            bytes(-(-blocks_wide * blocks_high // 4)),
            b"\xff\xd9",
        )
    )


PICTURE = _grey_jpeg(40, 30)
"""A picture of 320 × 240 pixels."""
