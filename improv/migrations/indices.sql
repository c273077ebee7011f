-- What docs/performance.md has found no use of goes: each costs every row that is written.
DROP INDEX ix_activity_external_id;
DROP INDEX ix_campaign_external_id;
DROP INDEX ix_campaign_result_external_id;
DROP INDEX ix_client_external_id;
DROP INDEX ix_event_external_id;
DROP INDEX ix_lead_email;
DROP INDEX ix_lead_external_id;
DROP INDEX ix_opportunity_external_id;
DROP INDEX ix_qualification_decided_on;
DROP INDEX ix_referral_external_id;
DROP INDEX ix_saved_list_name_folded;
DROP INDEX ix_story_external_id;
DROP INDEX ix_survey_answer_external_id;
DROP INDEX ix_task_external_id;
DROP INDEX ix_testimonial_external_id;
DROP INDEX ix_visit_external_id;
-- Whether a new lead is known already, by company and by address.
CREATE INDEX lead_company_folded ON lead (company_folded) WHERE company_folded IS NOT NULL;
CREATE INDEX lead_email ON lead (lower(email)) WHERE email IS NOT NULL;
-- What is booked and not over: few of all events there ever were.
CREATE INDEX events_ahead ON event (scheduled_for) WHERE status = 'scheduled';
-- What was booked for a day, as of a past one: a status is read off the day an event was closed on.
DROP INDEX events_by_day;
CREATE INDEX events_by_day ON event (scheduled_for, status, closed_on, set_on);
