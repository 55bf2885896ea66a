"""What the stories on the whole platform find wrong with deliveries."""

from tests.clients.stories import lives
from tests.support.subscribers import in_order_and_without_strange_doubles

HISTORY = lives(12)


def test_doubles_of_anything_delivered_are_allowed():
    assert in_order_and_without_strange_doubles([*HISTORY, *HISTORY[:10]]) == []


def test_a_later_event_before_an_earlier_one_is_wrong():
    assert in_order_and_without_strange_doubles(reversed(HISTORY)) != []


def test_one_id_with_two_contents_is_wrong():
    changed = {**HISTORY[0], "data": {}}
    assert in_order_and_without_strange_doubles([HISTORY[0], changed]) != []
