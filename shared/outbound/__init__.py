"""Calling an address that a tenant gave, without being led to what only the platform can reach."""
