"""How long records are kept, what goes afterwards, and legal hold (decision 0035)."""
