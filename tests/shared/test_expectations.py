"""What a story lacks, from what its services declare."""

from datetime import timedelta

from shared.expectations import Expectation, expected, missing
from tests.shared.toys import NOW

ANSWER = Expectation("asked", ("granted", "refused"), by="other", within=timedelta(seconds=30))
USE = Expectation("done", ("used",), by="other", within=timedelta(minutes=1), given="granted")


def test_what_has_to_follow_has_its_time() -> None:
    [answer] = expected([ANSWER, USE], "asked", NOW)
    assert (answer.types, answer.by) == (("granted", "refused"), "other")
    assert answer.due_at == NOW + timedelta(seconds=30)
    assert missing(["asked"], [answer]) == [answer]


def test_one_of_several_answers_is_enough() -> None:
    assert missing(["asked", "refused"], expected([ANSWER], "asked", NOW)) == []


def test_some_are_expected_in_some_stories_only() -> None:
    use = expected([USE], "done", NOW)
    assert missing(["done"], use) == []
    assert missing(["granted", "done"], use) == use
