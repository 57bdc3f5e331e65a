"""Synthetic people, what is sent about them, and what must become of it."""
