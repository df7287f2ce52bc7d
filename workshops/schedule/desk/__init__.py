"""The staff desk of the schedule: workshops and venues."""
