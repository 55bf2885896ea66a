"""The one sentence says the worst first."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.console.domain import reasons
from services.console.domain.headline import Headline, headline
from services.console.domain.health import WELL, Condition, Health
from tests.console.statuses import NOW, ago


def trouble(condition: Condition = Condition.DOWN, **more: Any) -> Health:
    return Health(condition, reasons.WORKER_GONE, **{"since": NOW, **more})


def test_nothing_stands_still() -> None:
    assert headline({"kafka": WELL}, {"voucher": WELL}) == Headline()


def test_the_worst_is_said_and_how_many_more_there_are() -> None:
    services = {"member": trouble(Condition.DEGRADED), "voucher": trouble(), "feed": WELL}
    said = headline({"kafka": WELL}, services)
    assert (said.subject, said.more) == ("voucher", 1)


def test_what_all_share_is_said_before_who_needs_it() -> None:
    said = headline({"kafka": trouble()}, {"voucher": trouble(since=ago(60))})
    assert said.subject == "kafka"


def test_of_equals_that_which_began_first_is_said() -> None:
    services = {"member": trouble(), "voucher": trouble(since=ago(60)), "feed": trouble(since=None)}
    assert headline({}, services).subject == "voucher"


def test_three_tenants_are_named() -> None:
    several = trouble(tenants=("a", "b", "c", "d"), tenants_hit=9)
    assert headline({}, {"voucher": several}).named == ("a", "b", "c")
    assert headline({}, {"voucher": trouble(tenants_hit=2)}).named == ()


CONDITIONS = st.sampled_from([each for each in Condition if each is not Condition.PROGRESSING])


@given(st.lists(CONDITIONS, min_size=1, max_size=8), st.randoms())
def test_none_is_worse_than_what_is_said(conditions: list[Condition], random: Any) -> None:
    found = {
        str(n): Health(each, None if each is Condition.OK else reasons.STALE)
        for n, each in enumerate(conditions)
    }
    names = list(found)
    random.shuffle(names)
    said = headline({}, {name: found[name] for name in names})
    assert said.health.condition == max(conditions)
    assert said.more == max(0, sum(each is not Condition.OK for each in conditions) - 1)
