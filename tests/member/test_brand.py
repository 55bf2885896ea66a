"""How a tenant looks: colours that everybody can read, and logos that do nothing but show."""

import struct
import zlib
from base64 import b64encode
from contextlib import suppress
from typing import Any
from uuid import UUID

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from services.member.adapters.unit_of_work import PostgresUnitOfWork
from services.member.domain.brand import Brand, Colour
from services.member.domain.logo import MAX_BYTES, Logo, MediaType
from services.member.domain.onboarding_errors import (
    LogoRefusedError,
    LowContrastError,
    MalformedColourError,
)
from shared.database.unit_of_work import UnitsOfWork
from tests.member.http import bearer

BLACK, WHITE = Colour("#000000"), Colour("#FFFFFF")

colours = st.integers(0, 0xFFFFFF).map(lambda number: Colour(f"#{number:06x}"))


def chunk(name: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")


def png(width: int = 2, height: int = 2, *, extra: bytes = b"") -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\xff" * 8) * 2)
    parts = chunk(b"IHDR", header) + extra + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def svg(inside: str = '<path d="M0 0h1v1z" fill="#1a5fb4"/>', attributes: str = "") -> bytes:
    return f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}>{inside}</svg>'.encode()


@given(colours, colours)
def test_contrast_is_the_same_both_ways_and_within_its_bounds(one: Colour, other: Colour) -> None:
    assert 1 <= one.contrast(other) == other.contrast(one) <= BLACK.contrast(WHITE)
    assert one.contrast(one) == 1


@given(colours, colours)
def test_a_brand_can_be_read_or_is_refused_with_its_contrast(one: Colour, other: Colour) -> None:
    contrast = one.contrast(other)
    if contrast >= 4.5:
        assert Brand("Stadt", one, other).primary == one
        return
    with pytest.raises(LowContrastError) as error:
        Brand("Stadt", one, other)
    shown = float(str(error.value).partition(":1")[0].rpartition(" ")[2])
    assert contrast - 0.01 < shown < 4.5


@pytest.mark.parametrize(
    ("one", "other", "contrast"),
    [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48), ("#767676", "#ffffff", 4.54)],
)
def test_contrast_is_what_others_count(one: str, other: str, contrast: float) -> None:
    assert Colour(one).contrast(Colour(other)) == pytest.approx(contrast, abs=0.005)


@pytest.mark.parametrize("code", ["", "red", "#fff", "#12345g", "#1234567", "123456"])
def test_other_texts_are_no_colours(code: str) -> None:
    with pytest.raises(MalformedColourError):
        Colour(code)


def test_what_only_draws_is_taken() -> None:
    Logo(MediaType.PNG, png(extra=chunk(b"tEXt", b"Title\0Wappen")))
    inside = """<defs><linearGradient id="a"><stop offset="0"/></linearGradient></defs>
    <style>.b { fill: url(#a) }</style><g style="stroke: #000"><use href="#b"/></g>
    <text x="1">Stadt &amp; Land</text>"""
    Logo(MediaType.SVG, svg(inside))


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        "<foreignObject/>",
        '<image href="https://example.org/x.png"/>',
        '<a href="#x"/>',
        '<path onload="alert(1)"/>',
        '<path ONCLICK="alert(1)"/>',
        '<use href="other.svg#a"/>',
        '<use href=" javascript:alert(1)"/>',
        '<path style="fill: url(https://example.org/a)"/>',
        "<path style=\"fill: url( 'a.svg#b' )\"/>",
        "<style>@import 'a.css'</style>",
        "<style>@im\\port 'a.css'</style>",
        '<p xmlns="http://www.w3.org/1999/xhtml">x</p>',
        '<set attributeName="href" to="x"/>',
        '<?xml-stylesheet href="a.css"?>',
        "<path",
    ],
)
def test_pictures_that_do_more_are_refused(inside: str) -> None:
    with pytest.raises(LogoRefusedError):
        Logo(MediaType.SVG, svg(inside))


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        (MediaType.SVG, b""),
        (MediaType.SVG, b"\x00"),
        (MediaType.SVG, b"<html/>"),
        (MediaType.SVG, png()),
        (MediaType.SVG, b'<!DOCTYPE svg [<!ENTITY a "b">]>' + svg("<text>&a;</text>")),
        (MediaType.SVG, svg("<g>" * 10_000)),
        (MediaType.SVG, svg(f"<desc>{'a' * MAX_BYTES}</desc>")),
        (MediaType.PNG, svg()),
        (MediaType.PNG, png()[:-1]),
        (MediaType.PNG, png().replace(b"IDAT", b"IDAX")),
        (MediaType.PNG, png(width=100_000)),
        (MediaType.PNG, png(height=0)),
        (MediaType.PNG, png(extra=chunk(b"junk", b"x" * MAX_BYTES))),
        (MediaType.PNG, b"\x89PNG\r\n\x1a\n"),
        (
            MediaType.PNG,
            b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", b"") + chunk(b"IDAT", b"") + chunk(b"IEND", b""),
        ),
    ],
)
def test_files_that_are_not_what_they_say_are_refused(
    media_type: MediaType, content: bytes
) -> None:
    with pytest.raises(LogoRefusedError):
        Logo(media_type, content)


@given(st.sampled_from(MediaType), st.binary(max_size=300), st.booleans())
def test_any_bytes_are_taken_or_refused(media_type: MediaType, content: bytes, begun: bool) -> None:
    begin = png()[:33] if media_type is MediaType.PNG else svg("")[:-7]
    with suppress(LogoRefusedError):
        Logo(media_type, begin + content if begun else content)


def brand(**changes: Any) -> dict[str, Any]:
    usual = {
        "display_name": "Stadt Ludwigshafen",
        "primary_colour": "#1A5FB4",
        "text_colour": "#ffffff",
        "logo": {"media_type": "image/png", "content": b64encode(png()).decode()},
    }
    return {**usual, **changes}


@pytest.mark.usefixtures("engine_for")
async def test_a_brand_is_chosen_and_announced_once(
    client: httpx.AsyncClient,
    admin: dict[str, str],
    postgres_units: UnitsOfWork[PostgresUnitOfWork],
) -> None:
    assert (await client.get("/v1/tenant/brand", headers=admin)).status_code == 404
    for body in (brand(), brand(), brand(logo=None)):
        put = await client.put("/v1/tenant/brand", json=body, headers=admin)
        assert put.status_code == 200, put.text
        got = await client.get("/v1/tenant/brand", headers=admin)
        shown = {**body, "primary_colour": "#1a5fb4", "contrast": put.json()["contrast"]}
        assert got.json() == put.json() == shown
    tenant_id = UUID(admin["Authorization"].rpartition("|")[2])
    async with postgres_units([tenant_id]) as work:
        told = await work.connection.execute(
            text("SELECT type FROM outbox_event WHERE tenant_id = :id ORDER BY id"),
            {"id": tenant_id},
        )
        assert told.scalars().all() == [
            "tenant.limited.v1",
            "tenant.activated.v1",
            *["tenant.branded.v1"] * 2,
        ]


@pytest.mark.usefixtures("engine_for")
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"text_colour": "#1a5fb5"}, "contrast_too_low"),
        ({"text_colour": "white"}, "invalid_request"),
        ({"display_name": ""}, "invalid_request"),
        ({"logo": {"media_type": "image/gif", "content": ""}}, "invalid_request"),
        ({"logo": {"media_type": "image/png", "content": "not base64!"}}, "logo_refused"),
        ({"logo": {"media_type": "image/png", "content": "ä"}}, "logo_refused"),
        ({"logo": {"media_type": "image/png", "content": "A" * 100_000}}, "invalid_request"),
        (
            {"logo": {"media_type": "image/svg+xml", "content": b64encode(png()).decode()}},
            "logo_refused",
        ),
    ],
)
async def test_brands_that_cannot_be(
    client: httpx.AsyncClient, admin: dict[str, str], changes: dict[str, Any], code: str
) -> None:
    answer = await client.put("/v1/tenant/brand", json=brand(**changes), headers=admin)
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    if code == "contrast_too_low":
        assert "1.0" in answer.json()["detail"]


@pytest.mark.usefixtures("engine_for")
async def test_only_the_administrator_chooses(
    client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    tenant_id = admin["Authorization"].rpartition("|")[2]
    member = bearer("", "hr", tenant_id)
    assert (await client.put("/v1/tenant/brand", json=brand(), headers=member)).status_code == 403
