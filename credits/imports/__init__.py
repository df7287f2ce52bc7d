"""Certificates issued before this system: read from a file, checked line by line, imported, undone."""
