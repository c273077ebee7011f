"""The verbs: what a command does to the records, one module per noun.

An action takes the transaction it works in and values that were read already, checks what a table cannot check
(parents, order of days, the playbook's lists), writes, and returns the record. It never prints, prompts or reads the
clock.
"""
