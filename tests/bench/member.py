"""`make bench-member`: reads, people and onboarding of the member service, each on a platform of its own."""

import uvloop

from deploy.local.stack import INFRASTRUCTURE
from tests.bench import member_onboarding, member_reads, member_scim
from tests.bench.report import Row, publish
from tests.support.platform import migrate, test_stack

#: All of Germany's municipalities.
TENANTS = 11_000
#: How long organizations may be made in Keycloak for them.
FILL_SECONDS = 400.0


def main() -> None:
    """Start what is needed, measure, print and keep."""
    rows: list[Row] = []
    with test_stack(INFRASTRUCTURE) as stack:
        migrate(stack, "member")
        rows += uvloop.run(member_reads.measure(stack))
    with test_stack(("postgres",)) as stack:
        migrate(stack, "member")
        rows.append(uvloop.run(member_scim.measure(stack)))
    with test_stack(INFRASTRUCTURE) as stack:
        migrate(stack, "member")
        rows += uvloop.run(
            member_onboarding.measure(stack, present=TENANTS, fill_seconds=FILL_SECONDS)
        )
    publish("member", rows)


if __name__ == "__main__":
    main()
