"""What must hold of places and bookings at every moment; checked in production too."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

#: Each query lists violations; none means that it holds. They see the providers acted for, or all
#: of them as operator.
INVARIANTS = {
    "as many places of a date are taken as bookings have one": """
        SELECT seats.offer_id FROM seats
        LEFT JOIN (
            SELECT offer_id, count(*) AS held FROM booking
            WHERE status IN ('confirmed', 'completed') GROUP BY offer_id
        ) AS holding USING (offer_id)
        WHERE seats.taken <> COALESCE(holding.held, 0)
    """,
    "nobody waits while a date has a free place": """
        SELECT seats.offer_id FROM seats
        WHERE seats.taken < seats.capacity AND EXISTS (
            SELECT FROM booking
            WHERE booking.offer_id = seats.offer_id AND booking.status = 'waitlisted'
        )
    """,
}


async def violated_invariants(connection: AsyncConnection) -> list[str]:
    """The names of the invariants that do not hold, for the tenants acted for."""
    return [
        name
        for name, query in INVARIANTS.items()
        if (await connection.execute(text(query))).first() is not None
    ]
