"""What can be wrong, with stable codes and words that say what to do."""


class FeedError(Exception):
    """A rule of this service was violated."""

    code = "rule_violated"
