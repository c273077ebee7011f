"""Faults that are made on purpose, with the libraries that make them: how often each was tried, and what was lost."""
