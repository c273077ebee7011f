-- Bookings that lie ahead of a day, as they had been set by it: opportunities_with_next_event (and with an anticipated
-- stage, with time set aside), visits_booked, clients_with_next_visit. In place of events_by_day (scheduled_for, status),
-- which begins alike. Plan before and after: SEARCH event USING INDEX (scheduled_for>?); after, set_on is asked of the index
-- before a row is read. 1,000,000 events, the rows ahead of today 9.5 ms → 8.9, of five months ago 148 → 18, of a year ago
-- 364 → 28. An insert writes one entry as before, longer by a day. Needed only for looking back at twice the time at most.
DROP INDEX events_by_day;
CREATE INDEX events_by_day ON event (scheduled_for, status, set_on);
