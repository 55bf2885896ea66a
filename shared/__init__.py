"""The technical foundation of every service. It names no service."""
