"""A small federated server for a neighbourhood."""

__version__ = "0.1.0"
