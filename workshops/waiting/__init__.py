"""People who wait for a seat: joining the list, offers, leaving it."""
