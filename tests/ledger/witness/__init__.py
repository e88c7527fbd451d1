"""Witnesses: asking one, and being one."""
