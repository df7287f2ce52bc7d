"""A seat that changes hands: offered to one person, who accepts or declines. Money stays with whoever paid."""
