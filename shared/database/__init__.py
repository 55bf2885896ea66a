"""PostgreSQL: connections, tenant transactions, row-level security, migrations, bulk writes."""
