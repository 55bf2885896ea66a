"""The list of pages is whole: whoever adds one says where it is seen, or that it is none."""

from tests.browser.addresses import EXAMPLES, NO_PAGES, routes


def test_every_address_is_a_page_or_said_to_be_none():
    without = [path for path in routes() if "{" in path and path not in {*EXAMPLES, *NO_PAGES}]
    assert without == [], "name an example in EXAMPLES, or what it is in NO_PAGES"


def test_nothing_is_said_of_addresses_that_are_gone():
    assert {*EXAMPLES, *NO_PAGES} <= set(routes())
