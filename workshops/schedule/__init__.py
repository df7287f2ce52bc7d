"""When, where and by whom a workshop is held: its page, and the desk at which it is planned."""
