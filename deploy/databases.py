"""One database and two roles per service: the owner migrates, the service alters no table.

The service's role neither owns tables nor bypasses row-level security, so a policy always holds.
"""

from collections.abc import Mapping, Sequence

import asyncpg


def literal(text: str) -> str:
    """Quote for SQL: role statements take no parameters."""
    return "'" + text.replace("'", "''") + "'"


def grants(service: str) -> tuple[str, ...]:
    """What makes every later table of the owner usable, but not changeable, by the service."""
    owner = f"{service}_owner"
    defaults = f"ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public"
    return (
        f"ALTER SCHEMA public OWNER TO {owner}",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        f"GRANT USAGE ON SCHEMA public TO {service}",
        f"{defaults} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {service}",
        f"{defaults} GRANT USAGE ON SEQUENCES TO {service}",
    )


async def prepare_databases(
    host: str, port: int, admin_password: str, passwords: Mapping[str, str]
) -> None:
    """Create what is missing; `passwords` has one for each role (`voucher`, `voucher_owner`)."""
    services = tuple(role for role in passwords if not role.endswith("_owner"))
    server = await asyncpg.connect(
        host=host,
        port=port,
        user="postgres",
        password=admin_password,
        database="postgres",
    )
    try:
        known_roles = await _column(server, "SELECT rolname FROM pg_roles")
        for role, password in passwords.items():
            verb = "ALTER" if role in known_roles else "CREATE"
            await server.execute(
                f"{verb} ROLE {role} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE"
                f" PASSWORD {literal(password)}"
            )
        known_databases = await _column(server, "SELECT datname FROM pg_database")
        missing = [service for service in services if service not in known_databases]
        for service in missing:
            await server.execute(f"CREATE DATABASE {service} OWNER {service}_owner")
            await server.execute(f"REVOKE ALL ON DATABASE {service} FROM PUBLIC")
            await server.execute(f"GRANT CONNECT ON DATABASE {service} TO {service}")
    finally:
        await server.close()
    for service in services:
        await _execute_all(host, port, admin_password, service, grants(service))


async def _column(server: asyncpg.Connection, query: str) -> set[str]:
    return {str(row[0]) for row in await server.fetch(query)}


async def _execute_all(
    host: str, port: int, password: str, database: str, statements: Sequence[str]
) -> None:
    connection = await asyncpg.connect(
        host=host, port=port, user="postgres", password=password, database=database
    )
    try:
        await connection.execute(";".join(statements))
    finally:
        await connection.close()
