"""The tests of improv."""
