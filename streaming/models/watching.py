"""Grants, playback sessions and watch evidence."""
