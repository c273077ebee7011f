"""improv: a sales and client tracker for solo consultants, over one local file."""

__version__ = "0.1.0"
