"""Idempotency keys on PostgreSQL: a repeated request gets the earlier answer, and one effect."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.database.engine import transaction
from shared.http.fields import Body, View
from shared.http.idempotency import Asked, answer_each_once, answer_once
from shared.http.problems import Problem
from tests.conftest import EngineFor
from tests.shared.toys import NOW
from tests.support.waiting import until

_WAITING = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE wait_event_type = 'Lock' AND query LIKE '%INSERT INTO idempotency_key%'"
)


class OrderBody(Body):
    toy: str = "ball"
    sizes: frozenset[int] = frozenset()


class OrderView(View):
    order_id: UUID
    toy: str
    at: datetime


@dataclass
class Shop:
    """Takes orders of one tenant; `orders` are the effects."""

    engine: AsyncEngine
    tenant_id: UUID = field(default_factory=uuid4)
    orders: list[OrderView] = field(default_factory=list)

    async def order(
        self,
        key: str | None,
        body: OrderBody | None = None,
        *,
        command: str = "order",
        before: Callable[[], Awaitable[object]] | None = None,
    ) -> OrderView:
        async def action() -> OrderView:
            self.orders.append(OrderView(order_id=uuid4(), toy=command, at=NOW))
            if before:
                await before()
            return self.orders[-1]

        async with transaction(self.engine, [self.tenant_id]) as connection:
            return await answer_once(
                connection, self.tenant_id, key, (command, body), action, OrderView
            )

    async def orders_of(
        self, *asked: tuple[str | None, str], refused: str = ""
    ) -> Sequence[OrderView | Exception]:
        """Many at once, each with its key and toy."""

        async def action(places: Sequence[int]) -> Sequence[OrderView | Exception]:
            return [self._sold(asked[place][1], refused) for place in places]

        commands = [Asked(self.tenant_id, key, ("order", OrderBody(toy=toy))) for key, toy in asked]
        async with transaction(self.engine, [self.tenant_id]) as connection:
            return await answer_each_once(connection, commands, action, OrderView)

    def _sold(self, toy: str, refused: str) -> OrderView | Exception:
        if toy == refused:
            return LookupError()
        self.orders.append(OrderView(order_id=uuid4(), toy=toy, at=NOW))
        return self.orders[-1]


@pytest.fixture
def shop(engine_for: EngineFor) -> Shop:
    return Shop(engine_for("voucher"))


async def _fails() -> None:
    raise LookupError


async def test_the_same_request_again_gets_the_earlier_answer(shop: Shop) -> None:
    answers = [await shop.order("key", OrderBody()) for _ in range(3)]
    assert shop.orders == answers[:1]
    assert answers == answers[:1] * 3


async def test_a_request_without_a_body_is_repeated_too(shop: Shop) -> None:
    assert await shop.order("key") == await shop.order("key")
    assert len(shop.orders) == 1


@pytest.mark.parametrize(
    ("body", "command"),
    [(OrderBody(toy="doll"), "order"), (OrderBody(), "order-2"), (None, "order")],
    ids=["another body", "another command", "no body"],
)
async def test_a_key_used_for_another_request_is_refused(
    shop: Shop, body: OrderBody | None, command: str
) -> None:
    first = await shop.order("key", OrderBody())
    with pytest.raises(Problem, match="new key") as refused:
        await shop.order("key", body, command=command)
    assert (refused.value.status, refused.value.code) == (409, "idempotency_key_reused")
    assert shop.orders == [first]
    assert await shop.order("key", OrderBody()) == first, "the refusal left the first answer"


async def test_each_key_has_its_own_effect(shop: Shop) -> None:
    one, other = await shop.order("one", OrderBody()), await shop.order("other", OrderBody())
    assert shop.orders == [one, other]


async def test_without_a_key_every_request_has_its_effect(shop: Shop) -> None:
    one, other = await shop.order(None, OrderBody()), await shop.order(None, OrderBody())
    assert shop.orders == [one, other]
    assert one != other


async def test_a_failed_request_leaves_its_key_free(shop: Shop) -> None:
    with pytest.raises(LookupError):
        await shop.order("key", OrderBody(), before=_fails)
    answer = await shop.order("key", OrderBody(toy="doll"))
    assert shop.orders[1:] == [answer]


async def test_another_tenant_may_use_the_same_key(shop: Shop) -> None:
    other = Shop(shop.engine)
    answers = [await shop.order("key", OrderBody()), await other.order("key", OrderBody(toy="x"))]
    assert [*shop.orders, *other.orders] == answers


async def test_a_set_is_the_same_in_any_order(shop: Shop) -> None:
    bodies = [OrderBody.model_validate({"sizes": sizes}) for sizes in ([0, 8], [8, 0])]
    assert [list(body.sizes) for body in bodies] == [[0, 8], [8, 0]], "they are read differently"
    assert await shop.order("key", bodies[0]) == await shop.order("key", bodies[1])


async def test_another_set_is_another_request(shop: Shop) -> None:
    await shop.order("key", OrderBody(sizes=frozenset([0, 8])))
    with pytest.raises(Problem):
        await shop.order("key", OrderBody(sizes=frozenset([0])))


async def _race(
    shop: Shop, ending: Callable[[], Awaitable[object]]
) -> list[asyncio.Task[OrderView]]:
    """Two requests with one key; the first ends once the second waits for it."""
    acting, may_end = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        acting.set()
        await may_end.wait()
        await ending()

    async def waiting() -> int:
        async with shop.engine.connect() as connection:
            return int((await connection.execute(_WAITING)).scalar_one())

    first = asyncio.create_task(shop.order("key", OrderBody(), before=hold))
    await acting.wait()
    second = asyncio.create_task(shop.order("key", OrderBody()))
    await until(waiting, lambda count: count == 1, seconds=10)
    may_end.set()
    await asyncio.wait([first, second])
    return [first, second]


async def _succeeds() -> None:
    pass


async def test_of_two_requests_at_once_the_second_waits_for_the_firsts_answer(shop: Shop) -> None:
    first, second = await _race(shop, _succeeds)
    assert shop.orders == [first.result()]
    assert second.result() == first.result()


async def test_of_two_requests_at_once_the_second_acts_when_the_first_fails(shop: Shop) -> None:
    first, second = await _race(shop, _fails)
    assert isinstance(first.exception(), LookupError)
    assert shop.orders[1:] == [second.result()]


async def test_of_many_each_is_answered_once(shop: Shop) -> None:
    earlier = await shop.order("before", OrderBody(toy="car"))
    shop.orders.clear()
    many = await shop.orders_of(
        ("b", "ball"),
        (None, "kite"),
        ("before", "car"),
        ("a", "doll"),
        ("b", "ball"),
        (None, "kite"),
    )
    assert [each.toy for each in shop.orders] == ["ball", "kite", "doll", "kite"]
    ball, kite, doll, other_kite = shop.orders
    assert [*many] == [ball, kite, many[2], doll, ball, other_kite]
    assert isinstance(many[2], OrderView)
    assert many[2].order_id == earlier.order_id
    assert await shop.orders_of(("a", "doll"), ("b", "ball")) == [doll, ball]


async def test_among_many_a_key_used_for_another_request_is_refused_alone(shop: Shop) -> None:
    await shop.orders_of(("old", "car"))
    many = await shop.orders_of(("old", "doll"), ("new", "ball"), ("new", "kite"))
    assert [getattr(each, "code", "answered") for each in many] == [
        "idempotency_key_reused",
        "answered",
        "idempotency_key_reused",
    ]
    assert [each.toy for each in shop.orders] == ["car", "ball"]


async def test_a_refusal_among_many_leaves_its_key_free(shop: Shop) -> None:
    many = await shop.orders_of(("k", "gun"), ("other", "ball"), ("k", "gun"), refused="gun")
    assert [type(each) for each in many] == [LookupError, OrderView, LookupError]
    assert await shop.orders_of(("k", "doll")) == [shop.orders[-1]]
    assert [each.toy for each in shop.orders] == ["ball", "doll"]
