"""Repairs: dead letters driven again or discarded, previewed, in growing batches, each with one holder."""
