"""`python -m deploy.setup databases|topics`: roles, databases, Kafka users, topics.

Compose and Kubernetes run it before the services; the local start calls the same functions itself.
"""

import asyncio
import os
import sys
from collections.abc import Mapping

from deploy.databases import prepare_databases
from deploy.names import SERVICES
from deploy.topics import TENANT_ACCESS, load_contracts, prepare_broker


def database_passwords(environment: Mapping[str, str]) -> dict[str, str]:
    """VOUCHER_DATABASE_PASSWORD and VOUCHER_OWNER_PASSWORD, for each service."""
    services = {each: environment[f"{each.upper()}_DATABASE_PASSWORD"] for each in SERVICES}
    owners = {f"{each}_owner": environment[f"{each.upper()}_OWNER_PASSWORD"] for each in SERVICES}
    return {**services, **owners}


def kafka_passwords(environment: Mapping[str, str]) -> dict[str, str]:
    """VOUCHER_KAFKA_PASSWORD, for each service; and for the user that lets tenants in."""
    services = {each: environment[f"{each.upper()}_KAFKA_PASSWORD"] for each in SERVICES}
    return {**services, TENANT_ACCESS: environment["MEMBER_ACCESS_KAFKA_PASSWORD"]}


def main(what: str, environment: Mapping[str, str]) -> int:
    """Do the one thing that is asked for; a missing variable ends it with its name."""
    if what == "databases":
        host, port = (
            environment["POSTGRES_HOST"],
            int(environment.get("POSTGRES_PORT", "5432")),
        )
        passwords = database_passwords(environment)
        asyncio.run(prepare_databases(host, port, environment["POSTGRES_PASSWORD"], passwords))
    elif what == "topics":
        prepare_broker(
            environment["KAFKA_BOOTSTRAP_SERVERS"],
            environment["KAFKA_ADMIN_PASSWORD"],
            kafka_passwords(environment),
            load_contracts(SERVICES),
            replication=int(environment.get("KAFKA_REPLICATION", "1")),
            security_protocol=environment["KAFKA_SECURITY_PROTOCOL"],
        )
    else:
        print(__doc__, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "", os.environ))
