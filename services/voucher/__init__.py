"""Funding programmes, vouchers and the ledger."""
