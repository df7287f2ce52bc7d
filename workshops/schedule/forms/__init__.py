"""What is typed at the desk of the schedule."""
