"""Keeping a place safe: backups, restores, and moves from one database to another."""
