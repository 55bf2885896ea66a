"""Issuers, their keys, and the credentials that they sign."""
