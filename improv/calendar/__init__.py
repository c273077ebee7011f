"""The calendar: what a store holds of it, the file that calendar programs read, and the message to the other side."""
