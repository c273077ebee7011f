"""The records as SQLModel tables, one module per noun; `improv.models` hands them all out."""
