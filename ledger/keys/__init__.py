"""Where private keys live: files, hardware tokens, and the memory of what a checkpoint key has signed."""
