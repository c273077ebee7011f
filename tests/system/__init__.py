"""Tests that need a system program or other people's heavy packages; run by `make test-system`."""
