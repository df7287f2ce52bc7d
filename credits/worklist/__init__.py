"""The CE officers' list of things to do, as pages and over the API."""
