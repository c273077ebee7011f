-- What was over on a day or in a month: what earned points then, and what a calendar shows of it.
CREATE INDEX events_closed ON event (closed_on);
-- The leads of a source, in the order of their list.
CREATE INDEX leads_of_source ON lead (source, received_on) WHERE source IS NOT NULL;
