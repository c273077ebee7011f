-- An exact company name (`improv show "Acme"`, every `lead add`, which asks whether somebody is known already): today a scan
-- of `lead` by each (200,000 leads: 25 ms of 120); with it two searches. Costs an insert of a lead one entry where a
-- company is given.
CREATE INDEX lead_by_company ON lead (company_folded) WHERE company_folded IS NOT NULL;

-- `lead add --email`: the duplicate check asks `lower(email) = …`, which ix_lead_email (email) cannot answer; today a scan of
-- `lead` and of `client`. In the place of ix_lead_email, so that an insert costs what it did.
DROP INDEX ix_lead_email;
CREATE INDEX ix_lead_email ON lead (lower(email)) WHERE email IS NOT NULL;

-- What is booked and not over: S1 and S8, `next_event`, `next_visit` (S3, C1, C7), `todo`, today's page, visits not logged yet.
-- Of 1,128,998 events 7,817 are scheduled: `improv alerts` scans all of them twice (2 × 110 ms at a million), with it none.
-- It costs an event that is booked one entry, and one that is imported as done nothing.
CREATE INDEX events_ahead ON event (scheduled_for) WHERE status = 'scheduled';
