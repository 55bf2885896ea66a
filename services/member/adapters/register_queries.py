"""Reading the register of members as of a day, for the cooperative."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.member.application.queries import RegisterLine
from services.member.domain.membership import Standing

_STANDINGS = """
    SELECT tenant_id, member_number, sum(shares) AS shares, sum(cents) AS paid_cents,
           (array_agg(name ORDER BY from_day DESC, number DESC) FILTER (WHERE name IS NOT NULL))[1] AS name,
           max(from_day) FILTER (WHERE kind = 'admitted') AS admitted_on,
           max(from_day) FILTER (WHERE kind = 'exited') AS exited_on
    FROM register_entry JOIN membership USING (tenant_id)
    WHERE from_day <= :day GROUP BY tenant_id, member_number
"""
_LINES = text(f"{_STANDINGS} ORDER BY member_number LIMIT :limit OFFSET :offset")
_VOTES = text(f"SELECT count(*) FROM ({_STANDINGS}) AS standing WHERE shares > 0")


class RegisterQueries:
    """The register on one connection that acts as the operator."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lines(self, on: date, limit: int, offset: int) -> Sequence[RegisterLine]:
        """Everybody who was a member by a day, by number; who has left has no share any more."""
        page = {"day": on, "limit": limit, "offset": offset}
        return [_line(row) for row in (await self._connection.execute(_LINES, page)).mappings()]

    async def votes(self, on: date) -> int:
        """How many votes a general meeting has on a day: one a member."""
        votes: int = (await self._connection.execute(_VOTES, {"day": on})).scalar_one()
        return votes


def _line(row: RowMapping) -> RegisterLine:
    standing = Standing(
        shares=int(row["shares"]),
        paid_cents=int(row["paid_cents"]),
        name=row["name"],
        admitted_on=row["admitted_on"],
        exited_on=row["exited_on"],
    )
    return RegisterLine(row["tenant_id"], row["member_number"], standing)
