"""What is shipped: the wheel, the source distribution, the import contracts."""
