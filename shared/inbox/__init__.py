"""Events arrive at least once and take effect once: dedup row, state and answers in one transaction."""
