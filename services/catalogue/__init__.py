"""Competence models, offers and bookings."""
