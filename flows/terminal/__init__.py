"""What the commands show in the terminal: tables and sentences, and what is computed for them."""
