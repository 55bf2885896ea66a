"""Tenants, their onboarding, and their people."""
