"""The search for a route."""
