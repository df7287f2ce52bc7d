"""What officers see of all licences at once: who lacks what, what expires, and what nobody has verified."""
