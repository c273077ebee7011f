-- What the playbook's formula said of a client or lead, kept as a reading with its parts; without parts somebody said it.
ALTER TABLE reading ADD COLUMN parts VARCHAR CONSTRAINT parts_of_a_rating CHECK (parts IS NULL OR (kind IN ('health', 'engagement', 'score') AND value IS NOT NULL AND json_valid(parts)));
