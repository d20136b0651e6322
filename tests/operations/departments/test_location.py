"""No picture or film that leaves the house says where it was taken; its picture stays as it is."""

import random
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations.departments.location import without_location
from tests.operations.departments import pictures


@pytest.mark.parametrize("order", ["<", ">"], ids=["little-endian", "big-endian"])
def test_a_photo_loses_its_place_and_keeps_orientation_and_length(order: str) -> None:
    photo = pictures.jpeg(order)

    served = without_location(photo)

    assert pictures.latitude(order) in photo
    assert pictures.latitude(order) not in served
    assert struct.pack(order + "HHIHH", 0x0112, 3, 1, 6, 0) in served
    assert len(served) == len(photo)
    assert b"pixels of the picture" in served


def test_a_second_picture_behind_the_first_loses_it_too() -> None:
    served = without_location(pictures.jpeg(behind=pictures.jpeg(">")))

    assert pictures.latitude("<") not in served
    assert pictures.latitude(">") not in served


def test_positions_in_xmp_are_blanked() -> None:
    xmp = b'<rdf:Description exif:GPSLatitude="31,13.8N" x="1"/><exif:GPSLongitude>121,28.4E</exif:GPSLongitude>'

    served = without_location(pictures.jpeg(xmp=xmp))

    assert b"31,13.8N" not in served
    assert b"121,28.4E" not in served
    assert b'x="1"' in served


def test_a_png_loses_place_and_words_and_its_checksums_stay_right() -> None:
    served = without_location(pictures.png())

    assert pictures.latitude(">") not in served
    assert b"31.13" not in served
    at = 8
    while at < len(served):
        length = struct.unpack_from(">I", served, at)[0]
        body, told = served[at + 4 : at + 8 + length], struct.unpack_from(">I", served, at + 8 + length)[0]
        assert zlib.crc32(body) == told
        at += 12 + length


def test_heic_and_films_lose_it() -> None:
    assert pictures.latitude(">") not in without_location(pictures.heic())
    assert b"31.2304" not in without_location(pictures.film())


def test_what_is_no_picture_comes_back_as_it_is() -> None:
    words = b"a report about exif:GPSLatitude='31' and +31.2304+121.4737/ " + pictures.tiff()

    assert without_location(words) == words


@given(cut=st.integers(0, len(pictures.jpeg())), seed=st.integers(0, 2**32))
def test_broken_pictures_never_crash_it_and_keep_their_length(cut: int, seed: int) -> None:
    picture = bytearray(pictures.jpeg(">")[:cut])
    noise = random.Random(seed)
    for _ in range(min(len(picture), 6)):
        picture[noise.randrange(len(picture))] = noise.randrange(256)

    assert len(without_location(bytes(picture))) == cut
