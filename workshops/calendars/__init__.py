"""Workshops in people's own calendars."""
