"""Fixtures for every test: the real programs that stand around the server."""

pytest_plugins = ["tests.components.plugin"]
