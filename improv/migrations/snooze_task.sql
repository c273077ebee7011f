-- A flag about a task can be put aside too: the table is made anew, because a check cannot be changed in place.
CREATE TABLE snooze_anew (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	recorded_at VARCHAR NOT NULL,
	code VARCHAR NOT NULL,
	lead_id INTEGER,
	opportunity_id INTEGER,
	client_id INTEGER,
	referral_id INTEGER,
	event_id INTEGER,
	quota_id INTEGER,
	severity VARCHAR NOT NULL,
	since_on DATE NOT NULL,
	until_on DATE,
	because VARCHAR,
	ended_on DATE,
	task_id INTEGER,
	CONSTRAINT code_is_given CHECK (length(trim(code)) > 0),
	CONSTRAINT belongs_to_one CHECK ((lead_id IS NOT NULL) + (opportunity_id IS NOT NULL) + (client_id IS NOT NULL) + (referral_id IS NOT NULL) + (event_id IS NOT NULL) + (quota_id IS NOT NULL) + (task_id IS NOT NULL) = 1),
	CONSTRAINT severity_is_known CHECK (severity IS NULL OR severity IN ('warning', 'critical')),
	CONSTRAINT since_on_is_a_day CHECK (since_on IS NULL OR (date(since_on, '+0 days') IS since_on AND since_on BETWEEN '1900-01-01' AND '2199-12-31')),
	CONSTRAINT until_on_is_a_day CHECK (until_on IS NULL OR (date(until_on, '+0 days') IS until_on AND until_on BETWEEN '1900-01-01' AND '2199-12-31')),
	CONSTRAINT ended_on_is_a_day CHECK (ended_on IS NULL OR (date(ended_on, '+0 days') IS ended_on AND ended_on BETWEEN '1900-01-01' AND '2199-12-31')),
	CONSTRAINT until_on_not_before_since_on CHECK (until_on IS NULL OR until_on >= since_on),
	CONSTRAINT ended_on_not_before_since_on CHECK (ended_on IS NULL OR ended_on >= since_on),
	CONSTRAINT recorded_at_is_an_instant CHECK (strftime('%Y-%m-%dT%H:%M:%SZ', recorded_at, '+0 days') IS recorded_at),
	FOREIGN KEY(lead_id) REFERENCES lead (id),
	FOREIGN KEY(opportunity_id) REFERENCES opportunity (id),
	FOREIGN KEY(client_id) REFERENCES client (id),
	FOREIGN KEY(referral_id) REFERENCES referral (id),
	FOREIGN KEY(event_id) REFERENCES event (id),
	FOREIGN KEY(quota_id) REFERENCES quota (id),
	FOREIGN KEY(task_id) REFERENCES task (id)
);
INSERT INTO snooze_anew SELECT id, recorded_at, code, lead_id, opportunity_id, client_id, referral_id, event_id, quota_id, severity, since_on, until_on, because, ended_on, NULL FROM snooze;
-- No number is given twice, not even one whose snooze was undone.
DELETE FROM sqlite_sequence WHERE name = 'snooze_anew';
INSERT INTO sqlite_sequence SELECT 'snooze_anew', seq FROM sqlite_sequence WHERE name = 'snooze';
DROP TABLE snooze;
ALTER TABLE snooze_anew RENAME TO snooze;
CREATE INDEX ix_snooze_client_id ON snooze (client_id);
CREATE INDEX ix_snooze_event_id ON snooze (event_id);
CREATE INDEX ix_snooze_lead_id ON snooze (lead_id);
CREATE INDEX ix_snooze_opportunity_id ON snooze (opportunity_id);
CREATE INDEX ix_snooze_quota_id ON snooze (quota_id);
CREATE INDEX ix_snooze_referral_id ON snooze (referral_id);
CREATE INDEX ix_snooze_task_id ON snooze (task_id);
