"""Postgres, Valkey and ffmpeg from wheels, for machines that have none of them.

Only the standard library is imported here: this package runs before the settings are read.
"""
