"""What differs between an approval and what is offered under it, and what has to be filed with the board."""
