"""The calendar: what a store holds of it, and the file that calendar programs read."""
