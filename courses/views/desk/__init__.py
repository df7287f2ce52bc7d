"""Desk pages of courses: writing, publishing, rosters."""
