"""The mail before a workshop: to whoever has a seat, and to whoever teaches."""
