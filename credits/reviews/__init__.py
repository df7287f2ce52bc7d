"""Awards that are held for review, over the API: what a hold reaches, beginning and ending one, and flags of completions."""
