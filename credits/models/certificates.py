"""What was issued on paper and as a badge."""
