"""One module for each noun of the API; each registers its calls, its deeds and what can be included in its objects."""
