"""The PDFs of a proof of use, in German and English."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from services.voucher.adapters.proof_files import JsonFile
from services.voucher.application.proof_document import Lines, Row, Section, sections, written
from services.voucher.domain.proof import Proof
from services.voucher.domain.words import AREAS, COMPETENCE_FIELDS, Language, called
from shared.documents import pdf

#: So many receipts are printed, and attached; longer lists are in the other files.
PRINTED: Final = 1_000

_TEMPLATE: Final = Path(__file__).with_name("documents") / "proof_of_use.typ"


async def typeset(proof: Proof, lines: Lines) -> Mapping[str, bytes]:
    """The PDF in each language; the JSON document is in it, without the lists where they are too long to print."""
    printed = sum(proof.head["numerical_part"]["receipts"].values()) <= PRINTED
    lists: dict[str, list[Row] | None] = {each.value: None for each in Section}
    attachment = orjson.dumps(proof.head)
    if printed:
        async for section, rows in sections(proof, lines):
            lists[section.value] = [*(lists[section.value] or []), *rows]
        attachment = b"".join([part async for part in written(proof, lines, JsonFile())])
    data = {"head": proof.head, **lists, "attachment": attachment.decode()}
    return {language.value: await _set(proof, data, language) for language in Language}


async def _set(proof: Proof, data: Mapping[str, Any], language: Language) -> bytes:
    words = {**AREAS, **COMPETENCE_FIELDS}
    part = proof.head["factual_part"]
    keys = [row["key"] for each in ("states", "regions", "competence_fields") for row in part[each]]
    said = {
        "language": language.value,
        "called": {key: called(key, words, language) for key in keys},
    }
    return await asyncio.to_thread(pdf.render, _TEMPLATE, {**data, **said}, proof.requested_at)
