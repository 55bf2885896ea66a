"""Traces, metrics and JSON logs, with the correlation id on each."""
