"""What a process did lately, from two looks at its metrics."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from shared.telemetry.recent import Recent, look, number, quantile, together

INFINITE = float("inf")


class _Process:
    """The metrics of a process, under the names that it exports."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.events = Histogram(
            "event_critical_time_seconds",
            "",
            ["type"],
            registry=self.registry,
            buckets=(0.1, 1, 10),
        )
        self.requests = Histogram(
            "http_server_duration_seconds", "", ["status"], registry=self.registry, buckets=(1,)
        )
        self.parked = Counter("events_parked", "", registry=self.registry)
        self.lag = Gauge("consumer_lag", "", ["topic"], registry=self.registry)

    def finish(self, event_type: str, seconds: float, times: int = 1) -> None:
        for _ in range(times):
            self.events.labels(event_type).observe(seconds)


def test_a_window_has_what_was_done_in_it() -> None:
    process, recent = _Process(), Recent(60)
    process.finish("a", 0.05, times=100)
    recent.add(look(0, process.registry.collect()))
    process.finish("a", 5, times=10)
    process.parked.inc(3)
    process.requests.labels("503").observe(0.2)
    recent.add(look(50, process.registry.collect()))
    process.finish("b", 0.5)
    process.lag.labels("toy-events").set(7)
    recent.add(look(60, process.registry.collect()))
    short, long = recent.since(10), recent.since(60)
    assert {name: number(each) for name, each in short.events.items()} == {"b": 1}
    assert {name: number(each) for name, each in long.events.items()} == {"a": 10, "b": 1}
    assert (short.counters["events_parked"], long.counters["events_parked"]) == (0, 3)
    assert {name: number(each) for name, each in long.requests.items()} == {"503": 1}
    assert recent.newest.lag == {"toy-events": 7}
    assert recent.finished() == ["b"]


def test_requests_of_those_who_watch_are_no_work() -> None:
    registry, recent = CollectorRegistry(), Recent(60)
    requests = Histogram("http_server_duration_seconds", "", ["status", "route"], registry=registry)
    recent.add(look(0, registry.collect()))
    watched = ("/health/ready", "/metrics", "/v1/operations/status", "/v1/programmes", "none")
    for route in watched:
        requests.labels("200", route).observe(0.1)
    recent.add(look(10, registry.collect()))
    assert {name: number(each) for name, each in recent.since(10).requests.items()} == {"200": 2}


def test_looks_that_are_not_needed_any_more_are_let_go() -> None:
    process, recent = _Process(), Recent(60)
    for at in range(0, 1_000, 2):
        recent.add(look(at, process.registry.collect()))
    assert len(recent._looks) <= 32


def test_without_telemetry_there_is_nothing_to_say() -> None:
    recent = Recent(60)
    recent.add(look(0, []))
    assert (recent.since(10).events, recent.finished(), recent.newest.lag) == ({}, [], {})


def test_a_quantile_lies_between_its_bounds() -> None:
    counted = {0.1: 50.0, 1.0: 90.0, 10.0: 100.0, INFINITE: 100.0}
    assert quantile(counted, 0.5) == 0.1
    assert quantile(counted, 0.7) == 0.1 + 0.9 * 20 / 40
    assert quantile(counted, 0.99) == 1 + 9 * 0.9
    assert quantile({1.0: 0.0, INFINITE: 4.0}, 0.99) == 1.0, "above the last bound"
    assert quantile({}, 0.5) is None


def test_several_processes_are_counted_together() -> None:
    assert together([{1.0: 2, INFINITE: 3}, {1.0: 1, INFINITE: 1}]) == {1.0: 3, INFINITE: 4}
