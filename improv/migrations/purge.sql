-- That somebody was purged, and nothing of who it was: how many rows went, and which entries of the journal lost some.
CREATE TABLE purge (
	entry_id INTEGER NOT NULL PRIMARY KEY REFERENCES journal_entry (id),
	on_day TEXT NOT NULL,
	erased TEXT NOT NULL CHECK (json_valid(erased)),
	cut TEXT NOT NULL CHECK (json_valid(cut))
);
