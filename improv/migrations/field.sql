-- What the user's own fields of a record say, from a day on; the playbook declares them.
CREATE TABLE field_value (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	recorded_at VARCHAR NOT NULL,
	lead_id INTEGER,
	opportunity_id INTEGER,
	event_id INTEGER,
	client_id INTEGER,
	visit_id INTEGER,
	testimonial_id INTEGER,
	story_id INTEGER,
	referral_id INTEGER,
	activity_id INTEGER,
	task_id INTEGER,
	campaign_id INTEGER,
	upsell_id INTEGER,
	survey_answer_id INTEGER,
	field VARCHAR NOT NULL,
	kind VARCHAR NOT NULL,
	on_day DATE NOT NULL,
	value INTEGER,
	text VARCHAR,
	CONSTRAINT belongs_to_one CHECK ((lead_id IS NOT NULL) + (opportunity_id IS NOT NULL) + (event_id IS NOT NULL) + (client_id IS NOT NULL) + (visit_id IS NOT NULL) + (testimonial_id IS NOT NULL) + (story_id IS NOT NULL) + (referral_id IS NOT NULL) + (activity_id IS NOT NULL) + (task_id IS NOT NULL) + (campaign_id IS NOT NULL) + (upsell_id IS NOT NULL) + (survey_answer_id IS NOT NULL) = 1),
	CONSTRAINT field_is_given CHECK (length(trim(field)) > 0),
	CONSTRAINT kind_is_known CHECK (kind IS NULL OR kind IN ('text', 'number', 'money', 'day', 'choice', 'yes-no')),
	CONSTRAINT on_day_is_a_day CHECK (on_day IS NULL OR (date(on_day, '+0 days') IS on_day AND on_day BETWEEN '1900-01-01' AND '2199-12-31')),
	CONSTRAINT value_is_whole CHECK (value IS NULL OR typeof(value) = 'integer'),
	CONSTRAINT a_number_in_value CHECK (value IS NULL OR kind IN ('number', 'money', 'yes-no')),
	CONSTRAINT words_in_text CHECK (text IS NULL OR NOT kind IN ('number', 'money', 'yes-no')),
	CONSTRAINT a_day_is_a_day CHECK (kind <> 'day' OR text IS NULL OR (date(text, '+0 days') IS text AND text BETWEEN '1900-01-01' AND '2199-12-31')),
	CONSTRAINT yes_or_no CHECK (kind <> 'yes-no' OR value IS NULL OR value IN (0, 1)),
	CONSTRAINT recorded_at_is_an_instant CHECK (strftime('%Y-%m-%dT%H:%M:%SZ', recorded_at, '+0 days') IS recorded_at),
	FOREIGN KEY(lead_id) REFERENCES lead (id),
	FOREIGN KEY(opportunity_id) REFERENCES opportunity (id),
	FOREIGN KEY(event_id) REFERENCES event (id),
	FOREIGN KEY(client_id) REFERENCES client (id),
	FOREIGN KEY(visit_id) REFERENCES visit (id),
	FOREIGN KEY(testimonial_id) REFERENCES testimonial (id),
	FOREIGN KEY(story_id) REFERENCES story (id),
	FOREIGN KEY(referral_id) REFERENCES referral (id),
	FOREIGN KEY(activity_id) REFERENCES activity (id),
	FOREIGN KEY(task_id) REFERENCES task (id),
	FOREIGN KEY(campaign_id) REFERENCES campaign (id),
	FOREIGN KEY(upsell_id) REFERENCES upsell (id),
	FOREIGN KEY(survey_answer_id) REFERENCES survey_answer (id)
);
CREATE INDEX values_of_activity ON field_value (activity_id, field, on_day) WHERE activity_id IS NOT NULL;
CREATE INDEX values_of_campaign ON field_value (campaign_id, field, on_day) WHERE campaign_id IS NOT NULL;
CREATE INDEX values_of_client ON field_value (client_id, field, on_day) WHERE client_id IS NOT NULL;
CREATE INDEX values_of_event ON field_value (event_id, field, on_day) WHERE event_id IS NOT NULL;
CREATE INDEX values_of_lead ON field_value (lead_id, field, on_day) WHERE lead_id IS NOT NULL;
CREATE INDEX values_of_opportunity ON field_value (opportunity_id, field, on_day) WHERE opportunity_id IS NOT NULL;
CREATE INDEX values_of_referral ON field_value (referral_id, field, on_day) WHERE referral_id IS NOT NULL;
CREATE INDEX values_of_story ON field_value (story_id, field, on_day) WHERE story_id IS NOT NULL;
CREATE INDEX values_of_survey_answer ON field_value (survey_answer_id, field, on_day) WHERE survey_answer_id IS NOT NULL;
CREATE INDEX values_of_task ON field_value (task_id, field, on_day) WHERE task_id IS NOT NULL;
CREATE INDEX values_of_testimonial ON field_value (testimonial_id, field, on_day) WHERE testimonial_id IS NOT NULL;
CREATE INDEX values_of_upsell ON field_value (upsell_id, field, on_day) WHERE upsell_id IS NOT NULL;
CREATE INDEX values_of_visit ON field_value (visit_id, field, on_day) WHERE visit_id IS NOT NULL;
