"""Mail before a deadline: when, of what, and how a person stops it. Decision 0030."""
