"""What a Word file proves by itself."""
