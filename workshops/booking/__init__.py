"""Registration for a workshop: who comes, what they are asked, what they accept, and the ticket they get."""
