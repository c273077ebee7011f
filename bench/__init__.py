"""How fast it is, and against what: `make bench` writes what is measured here into docs/performance.md."""
