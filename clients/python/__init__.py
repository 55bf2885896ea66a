"""A small subscriber to a tenant's feed, three ways; see clients/README.md."""
