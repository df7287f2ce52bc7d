"""Checkout sessions: what is sold (`lines`), the calls of the API (`sessions`), and what a person does on the page (`paying`)."""
