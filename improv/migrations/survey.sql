CREATE TABLE survey_answer (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	recorded_at VARCHAR NOT NULL,
	question VARCHAR NOT NULL,
	reason VARCHAR,
	words VARCHAR,
	answered_on DATE NOT NULL,
	lead_id INTEGER,
	opportunity_id INTEGER,
	client_id INTEGER,
	external_id VARCHAR,
	CONSTRAINT question_is_known CHECK (question IS NULL OR question IN ('clicked', 'bought', 'did not buy', 'called support', 'left')),
	CONSTRAINT says_something CHECK (reason IS NOT NULL OR words IS NOT NULL),
	CONSTRAINT answered_on_is_a_day CHECK (answered_on IS NULL OR (date(answered_on, '+0 days') IS answered_on AND answered_on BETWEEN '1900-01-01' AND '2199-12-31')),
	CONSTRAINT belongs_to_at_most_one CHECK ((lead_id IS NOT NULL) + (opportunity_id IS NOT NULL) + (client_id IS NOT NULL) <= 1),
	CONSTRAINT recorded_at_is_an_instant CHECK (strftime('%Y-%m-%dT%H:%M:%SZ', recorded_at, '+0 days') IS recorded_at),
	FOREIGN KEY(lead_id) REFERENCES lead (id),
	FOREIGN KEY(opportunity_id) REFERENCES opportunity (id),
	FOREIGN KEY(client_id) REFERENCES client (id)
);
CREATE INDEX answers_of_client ON survey_answer (client_id, answered_on);
CREATE INDEX answers_of_lead ON survey_answer (lead_id, answered_on);
CREATE INDEX answers_of_opportunity ON survey_answer (opportunity_id, answered_on);
CREATE INDEX ix_survey_answer_answered_on ON survey_answer (answered_on);
CREATE INDEX ix_survey_answer_external_id ON survey_answer (external_id);
