"""Sheets of codes on PostgreSQL, their codes by fingerprint, and who used which."""

import hmac
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import RowMapping, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.voucher.adapters import giving_tables as tables
from services.voucher.domain.code_sheet import CodeSheet, PaperCode
from shared.database.bulk import Row, insert, upsert
from shared.sealing import key_bytes

_BYTES = 12
_COLUMNS = tuple(column.name for column in tables.code_sheet.c)


class CodeFingerprints:
    """What is kept of a code: HMAC-SHA-256 (RFC 2104) under a key that is not in the database."""

    def __init__(self, key: str) -> None:
        """The key is 32 bytes in base64url. Raises MasterKeyError."""
        self._key = key_bytes(key)

    def of(self, number: int) -> bytes:
        """The fingerprint of a code's number."""
        return hmac.digest(self._key, number.to_bytes(_BYTES, "big"), "sha256")


class CodeSheetRepository:
    """Sheets of the tenants that the transaction acts for."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, sheet: CodeSheet, codes: Sequence[PaperCode]) -> None:
        """Keep a new sheet with its codes."""
        await insert(self._connection, tables.code_sheet, [_sheet_row(sheet)])
        await insert(self._connection, tables.paper_code, map(_code_row, codes))

    async def get(self, sheet_id: UUID) -> CodeSheet | None:
        """A sheet."""
        table = tables.code_sheet
        query = select(table).where(table.c.sheet_id == sheet_id)
        row = (await self._connection.execute(query)).mappings().first()
        return CodeSheet(**row) if row else None

    async def some(self, limit: int, offset: int) -> Sequence[CodeSheet]:
        """Sheets, newest first."""
        table = tables.code_sheet
        query = select(table).order_by(table.c.created_at.desc(), table.c.sheet_id)
        rows = (await self._connection.execute(query.limit(limit).offset(offset))).mappings()
        return [CodeSheet(**row) for row in rows]

    async def save(self, sheet: CodeSheet) -> None:
        """Keep a changed sheet."""
        await upsert(self._connection, tables.code_sheet, [_sheet_row(sheet)])

    async def lock(self, fingerprints: Collection[bytes]) -> Mapping[bytes, PaperCode]:
        """Codes that nobody else uses meanwhile, always locked in the same order; one that is not there is missing."""
        code, sheet = tables.paper_code, tables.code_sheet
        same = (sheet.c.tenant_id == code.c.tenant_id) & (sheet.c.sheet_id == code.c.sheet_id)
        query = (
            select(sheet, code.c.fingerprint, code.c.number, code.c.used)
            .join_from(code, sheet, same)
            .where(code.c.fingerprint == func.any(list(fingerprints)))
            .order_by(code.c.fingerprint)
            .with_for_update(of=code)
        )
        rows = (await self._connection.execute(query)).mappings()
        return {row["fingerprint"]: _code_of(row) for row in rows}

    async def users(self, fingerprints: Collection[bytes]) -> Collection[tuple[bytes, UUID]]:
        """Who has used these codes: fingerprint and person."""
        table = tables.code_use
        query = select(table.c.fingerprint, table.c.person_id).where(
            table.c.fingerprint == func.any(list(fingerprints))
        )
        rows = await self._connection.execute(query)
        return {(row.fingerprint, row.person_id) for row in rows}

    async def save_uses(self, uses: Sequence[tuple[PaperCode, UUID, UUID]]) -> None:
        """Keep how often codes were used, and who got which voucher: code, person, voucher."""
        codes = {code.fingerprint: code for code, _, _ in uses}
        await upsert(self._connection, tables.paper_code, map(_code_row, codes.values()))
        rows = [
            {
                "tenant_id": code.sheet.tenant_id,
                "fingerprint": code.fingerprint,
                "person_id": person_id,
                "voucher_id": voucher_id,
            }
            for code, person_id, voucher_id in uses
        ]
        await insert(self._connection, tables.code_use, rows)


def _sheet_row(sheet: CodeSheet) -> Row:
    return {name: getattr(sheet, name) for name in _COLUMNS}


def _code_row(code: PaperCode) -> Row:
    return {
        "tenant_id": code.sheet.tenant_id,
        "fingerprint": code.fingerprint,
        "sheet_id": code.sheet.sheet_id,
        "number": code.number,
        "used": code.used,
    }


def _code_of(row: RowMapping) -> PaperCode:
    sheet = CodeSheet(**{name: row[name] for name in _COLUMNS})
    return PaperCode(row["fingerprint"], row["number"], sheet, row["used"])
