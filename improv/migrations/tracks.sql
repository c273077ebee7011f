-- The day somebody asked for no more mail; and who is on which track, with pauses, and what became of each step.
ALTER TABLE lead ADD COLUMN unsubscribed_on DATE CONSTRAINT unsubscribed_on_is_a_day CHECK (unsubscribed_on IS NULL OR (date(unsubscribed_on, '+0 days') IS unsubscribed_on AND unsubscribed_on BETWEEN '1900-01-01' AND '2199-12-31'));
ALTER TABLE client ADD COLUMN unsubscribed_on DATE CONSTRAINT unsubscribed_on_is_a_day CHECK (unsubscribed_on IS NULL OR (date(unsubscribed_on, '+0 days') IS unsubscribed_on AND unsubscribed_on BETWEEN '1900-01-01' AND '2199-12-31'));
CREATE TABLE enrolment (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	recorded_at VARCHAR NOT NULL,
	track VARCHAR NOT NULL,
	lead_id INTEGER,
	client_id INTEGER,
	since DATE NOT NULL,
	until DATE,
	ending VARCHAR,
	because VARCHAR,
	CONSTRAINT track_is_given CHECK (length(trim(track)) > 0),
	CONSTRAINT belongs_to_one CHECK ((lead_id IS NOT NULL) + (client_id IS NOT NULL) = 1),
	CONSTRAINT since_is_a_day CHECK (since IS NULL OR (date(since, '+0 days') IS since AND since BETWEEN '1900-01-01' AND '2199-12-31')),
	CONSTRAINT until_is_a_day CHECK (until IS NULL OR (date(until, '+0 days') IS until AND until BETWEEN '1900-01-01' AND '2199-12-31')),
	CONSTRAINT until_not_before_since CHECK (until IS NULL OR until >= since),
	CONSTRAINT ending_is_known CHECK (ending IS NULL OR ending IN ('finished', 'moved on', 'taken off', 'replied', 'booked', 'won', 'unsubscribed', 'not qualified', 'left', 'sent a form', 'clicked')),
	CONSTRAINT an_end_says_how CHECK ((until IS NULL) = (ending IS NULL)),
	CONSTRAINT recorded_at_is_an_instant CHECK (strftime('%Y-%m-%dT%H:%M:%SZ', recorded_at, '+0 days') IS recorded_at),
	FOREIGN KEY(lead_id) REFERENCES lead (id),
	FOREIGN KEY(client_id) REFERENCES client (id)
);
CREATE INDEX ix_enrolment_client_id ON enrolment (client_id);
CREATE INDEX ix_enrolment_lead_id ON enrolment (lead_id);
CREATE UNIQUE INDEX one_open_enrolment_of_client ON enrolment (client_id) WHERE until IS NULL;
CREATE UNIQUE INDEX one_open_enrolment_of_lead ON enrolment (lead_id) WHERE until IS NULL;
CREATE TABLE enrolment_pause (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	recorded_at VARCHAR NOT NULL,
	enrolment_id INTEGER NOT NULL,
	since DATE NOT NULL,
	until_on DATE,
	ended_on DATE,
	CONSTRAINT since_is_a_day CHECK (since IS NULL OR (date(since, '+0 days') IS since AND since BETWEEN '1900-01-01' AND '2199-12-31')),
	CONSTRAINT until_on_is_a_day CHECK (until_on IS NULL OR (date(until_on, '+0 days') IS until_on AND until_on BETWEEN '1900-01-01' AND '2199-12-31')),
	CONSTRAINT ended_on_is_a_day CHECK (ended_on IS NULL OR (date(ended_on, '+0 days') IS ended_on AND ended_on BETWEEN '1900-01-01' AND '2199-12-31')),
	CONSTRAINT until_on_not_before_since CHECK (until_on IS NULL OR until_on >= since),
	CONSTRAINT ended_on_not_before_since CHECK (ended_on IS NULL OR ended_on >= since),
	CONSTRAINT recorded_at_is_an_instant CHECK (strftime('%Y-%m-%dT%H:%M:%SZ', recorded_at, '+0 days') IS recorded_at),
	FOREIGN KEY(enrolment_id) REFERENCES enrolment (id)
);
CREATE INDEX ix_enrolment_pause_enrolment_id ON enrolment_pause (enrolment_id);
CREATE TABLE enrolment_step (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	recorded_at VARCHAR NOT NULL,
	enrolment_id INTEGER NOT NULL,
	step INTEGER NOT NULL,
	kind VARCHAR NOT NULL,
	task_id INTEGER NOT NULL,
	made_on DATE NOT NULL,
	ended_on DATE,
	ending VARCHAR,
	CONSTRAINT step_not_negative CHECK (step IS NULL OR (typeof(step) = 'integer' AND step >= 0)),
	CONSTRAINT kind_is_given CHECK (length(trim(kind)) > 0),
	CONSTRAINT made_on_is_a_day CHECK (made_on IS NULL OR (date(made_on, '+0 days') IS made_on AND made_on BETWEEN '1900-01-01' AND '2199-12-31')),
	CONSTRAINT ended_on_is_a_day CHECK (ended_on IS NULL OR (date(ended_on, '+0 days') IS ended_on AND ended_on BETWEEN '1900-01-01' AND '2199-12-31')),
	CONSTRAINT ended_on_not_before_made_on CHECK (ended_on IS NULL OR ended_on >= made_on),
	CONSTRAINT ending_is_known CHECK (ending IS NULL OR ending IN ('done', 'skipped', 'dropped')),
	CONSTRAINT an_end_says_how CHECK ((ended_on IS NULL) = (ending IS NULL)),
	CONSTRAINT recorded_at_is_an_instant CHECK (strftime('%Y-%m-%dT%H:%M:%SZ', recorded_at, '+0 days') IS recorded_at),
	FOREIGN KEY(enrolment_id) REFERENCES enrolment (id),
	FOREIGN KEY(task_id) REFERENCES task (id)
);
CREATE UNIQUE INDEX each_step_once ON enrolment_step (enrolment_id, step);
CREATE INDEX ix_enrolment_step_task_id ON enrolment_step (task_id);
