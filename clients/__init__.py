"""Subscribers in several languages; see README.md."""
