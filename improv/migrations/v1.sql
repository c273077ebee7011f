CREATE TABLE campaign (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	recorded_at VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	name_folded VARCHAR NOT NULL, 
	type VARCHAR, 
	subtype VARCHAR, 
	starts_on DATE NOT NULL, 
	ends_on DATE, 
	tracked_phone VARCHAR, 
	keywords VARCHAR, 
	owner VARCHAR, 
	external_id VARCHAR, 
	CONSTRAINT name_is_given CHECK (length(trim(name)) > 0), 
	CONSTRAINT starts_on_is_a_day CHECK (starts_on IS NULL OR (date(starts_on, '+0 days') IS starts_on AND starts_on BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT ends_on_is_a_day CHECK (ends_on IS NULL OR (date(ends_on, '+0 days') IS ends_on AND ends_on BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT ends_on_not_before_starts_on CHECK (ends_on IS NULL OR ends_on >= starts_on), 
	CONSTRAINT recorded_at_is_an_instant CHECK (strftime('%Y-%m-%dT%H:%M:%SZ', recorded_at, '+0 days') IS recorded_at)
);
CREATE INDEX ix_campaign_external_id ON campaign (external_id);
CREATE INDEX ix_campaign_name_folded ON campaign (name_folded);

CREATE TABLE campaign_result (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	recorded_at VARCHAR NOT NULL, 
	campaign_id INTEGER NOT NULL, 
	on_day DATE NOT NULL, 
	spend INTEGER, 
	impressions INTEGER, 
	clicks INTEGER, 
	emails_opened INTEGER, 
	links_clicked INTEGER, 
	forms INTEGER, 
	platform_leads INTEGER, 
	platform_customers INTEGER, 
	external_id VARCHAR, 
	CONSTRAINT on_day_is_a_day CHECK (on_day IS NULL OR (date(on_day, '+0 days') IS on_day AND on_day BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT spend_not_negative CHECK (spend IS NULL OR (typeof(spend) = 'integer' AND spend >= 0)), 
	CONSTRAINT impressions_not_negative CHECK (impressions IS NULL OR (typeof(impressions) = 'integer' AND impressions >= 0)), 
	CONSTRAINT clicks_not_negative CHECK (clicks IS NULL OR (typeof(clicks) = 'integer' AND clicks >= 0)), 
	CONSTRAINT emails_opened_not_negative CHECK (emails_opened IS NULL OR (typeof(emails_opened) = 'integer' AND emails_opened >= 0)), 
	CONSTRAINT links_clicked_not_negative CHECK (links_clicked IS NULL OR (typeof(links_clicked) = 'integer' AND links_clicked >= 0)), 
	CONSTRAINT forms_not_negative CHECK (forms IS NULL OR (typeof(forms) = 'integer' AND forms >= 0)), 
	CONSTRAINT platform_leads_not_negative CHECK (platform_leads IS NULL OR (typeof(platform_leads) = 'integer' AND platform_leads >= 0)), 
	CONSTRAINT platform_customers_not_negative CHECK (platform_customers IS NULL OR (typeof(platform_customers) = 'integer' AND platform_customers >= 0)), 
	CONSTRAINT recorded_at_is_an_instant CHECK (strftime('%Y-%m-%dT%H:%M:%SZ', recorded_at, '+0 days') IS recorded_at), 
	FOREIGN KEY(campaign_id) REFERENCES campaign (id)
);
CREATE INDEX ix_campaign_result_campaign_id ON campaign_result (campaign_id);
CREATE INDEX ix_campaign_result_external_id ON campaign_result (external_id);

CREATE TABLE client (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	recorded_at VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	name_folded VARCHAR NOT NULL, 
	lead_id INTEGER, 
	contact_name VARCHAR, 
	email VARCHAR, 
	phone VARCHAR, 
	industry VARCHAR, 
	city VARCHAR, 
	region VARCHAR, 
	country VARCHAR, 
	since_on DATE NOT NULL, 
	referrals_before INTEGER, 
	external_id VARCHAR, 
	CONSTRAINT name_is_given CHECK (length(trim(name)) > 0), 
	CONSTRAINT since_on_is_a_day CHECK (since_on IS NULL OR (date(since_on, '+0 days') IS since_on AND since_on BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT referrals_before_not_negative CHECK (referrals_before IS NULL OR (typeof(referrals_before) = 'integer' AND referrals_before >= 0)), 
	CONSTRAINT recorded_at_is_an_instant CHECK (strftime('%Y-%m-%dT%H:%M:%SZ', recorded_at, '+0 days') IS recorded_at), 
	FOREIGN KEY(lead_id) REFERENCES lead (id)
);
CREATE INDEX ix_client_external_id ON client (external_id);
CREATE INDEX ix_client_lead_id ON client (lead_id);
CREATE INDEX ix_client_name_folded ON client (name_folded);
CREATE INDEX ix_client_since_on ON client (since_on);

CREATE TABLE client_status (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	recorded_at VARCHAR NOT NULL, 
	client_id INTEGER NOT NULL, 
	status VARCHAR NOT NULL, 
	since DATE NOT NULL, 
	until DATE, 
	reason VARCHAR, 
	CONSTRAINT status_is_known CHECK (status IS NULL OR status IN ('active', 'former')), 
	CONSTRAINT since_is_a_day CHECK (since IS NULL OR (date(since, '+0 days') IS since AND since BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT until_is_a_day CHECK (until IS NULL OR (date(until, '+0 days') IS until AND until BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT until_not_before_since CHECK (until IS NULL OR until >= since), 
	CONSTRAINT recorded_at_is_an_instant CHECK (strftime('%Y-%m-%dT%H:%M:%SZ', recorded_at, '+0 days') IS recorded_at), 
	FOREIGN KEY(client_id) REFERENCES client (id)
);
CREATE INDEX ix_client_status_client_id ON client_status (client_id);
CREATE UNIQUE INDEX one_open_status ON client_status (client_id) WHERE until IS NULL;

CREATE TABLE renewal (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	recorded_at VARCHAR NOT NULL, 
	client_id INTEGER NOT NULL, 
	due_on DATE NOT NULL, 
	noted_on DATE NOT NULL, 
	discussed_on DATE, 
	CONSTRAINT due_on_is_a_day CHECK (due_on IS NULL OR (date(due_on, '+0 days') IS due_on AND due_on BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT noted_on_is_a_day CHECK (noted_on IS NULL OR (date(noted_on, '+0 days') IS noted_on AND noted_on BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT discussed_on_is_a_day CHECK (discussed_on IS NULL OR (date(discussed_on, '+0 days') IS discussed_on AND discussed_on BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT recorded_at_is_an_instant CHECK (strftime('%Y-%m-%dT%H:%M:%SZ', recorded_at, '+0 days') IS recorded_at), 
	FOREIGN KEY(client_id) REFERENCES client (id)
);
CREATE INDEX ix_renewal_client_id ON renewal (client_id);

CREATE TABLE upsell (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	recorded_at VARCHAR NOT NULL, 
	client_id INTEGER NOT NULL, 
	visit_id INTEGER, 
	what VARCHAR NOT NULL, 
	value INTEGER, 
	found_on DATE NOT NULL, 
	closed_on DATE, 
	opportunity_id INTEGER, 
	because VARCHAR, 
	CONSTRAINT what_is_given CHECK (length(trim(what)) > 0), 
	CONSTRAINT value_not_negative CHECK (value IS NULL OR (typeof(value) = 'integer' AND value >= 0)), 
	CONSTRAINT found_on_is_a_day CHECK (found_on IS NULL OR (date(found_on, '+0 days') IS found_on AND found_on BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT closed_on_is_a_day CHECK (closed_on IS NULL OR (date(closed_on, '+0 days') IS closed_on AND closed_on BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT closed_on_not_before_found_on CHECK (closed_on IS NULL OR closed_on >= found_on), 
	CONSTRAINT recorded_at_is_an_instant CHECK (strftime('%Y-%m-%dT%H:%M:%SZ', recorded_at, '+0 days') IS recorded_at), 
	FOREIGN KEY(client_id) REFERENCES client (id), 
	FOREIGN KEY(visit_id) REFERENCES visit (id), 
	FOREIGN KEY(opportunity_id) REFERENCES opportunity (id)
);
CREATE INDEX ix_upsell_client_id ON upsell (client_id);
CREATE INDEX ix_upsell_opportunity_id ON upsell (opportunity_id);
CREATE INDEX ix_upsell_visit_id ON upsell (visit_id);

CREATE TABLE lead (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	recorded_at VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	name_folded VARCHAR NOT NULL, 
	company VARCHAR, 
	company_folded VARCHAR, 
	email VARCHAR, 
	phone VARCHAR, 
	website VARCHAR, 
	gender VARCHAR, 
	age_group VARCHAR, 
	job_profile VARCHAR, 
	industry VARCHAR, 
	city VARCHAR, 
	region VARCHAR, 
	country VARCHAR, 
	received_on DATE NOT NULL, 
	source VARCHAR, 
	referring_client_id INTEGER, 
	met_at VARCHAR, 
	met_on DATE, 
	platform VARCHAR, 
	campaign_id INTEGER, 
	first_meeting_on DATE, 
	external_id VARCHAR, 
	CONSTRAINT name_is_given CHECK (length(trim(name)) > 0), 
	CONSTRAINT received_on_is_a_day CHECK (received_on IS NULL OR (date(received_on, '+0 days') IS received_on AND received_on BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT met_on_is_a_day CHECK (met_on IS NULL OR (date(met_on, '+0 days') IS met_on AND met_on BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT first_meeting_on_is_a_day CHECK (first_meeting_on IS NULL OR (date(first_meeting_on, '+0 days') IS first_meeting_on AND first_meeting_on BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT recorded_at_is_an_instant CHECK (strftime('%Y-%m-%dT%H:%M:%SZ', recorded_at, '+0 days') IS recorded_at), 
	FOREIGN KEY(referring_client_id) REFERENCES client (id), 
	FOREIGN KEY(campaign_id) REFERENCES campaign (id)
);
CREATE INDEX ix_lead_campaign_id ON lead (campaign_id);
CREATE INDEX ix_lead_email ON lead (email);
CREATE INDEX ix_lead_external_id ON lead (external_id);
CREATE INDEX ix_lead_name_folded ON lead (name_folded);
CREATE INDEX ix_lead_received_on ON lead (received_on);
CREATE INDEX ix_lead_referring_client_id ON lead (referring_client_id);

CREATE TABLE lifecycle (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	recorded_at VARCHAR NOT NULL, 
	lead_id INTEGER NOT NULL, 
	state VARCHAR NOT NULL, 
	since DATE NOT NULL, 
	until DATE, 
	because VARCHAR, 
	CONSTRAINT state_is_known CHECK (state IS NULL OR state IN ('subscriber', 'lead', 'mql', 'sql', 'opportunity', 'customer')), 
	CONSTRAINT since_is_a_day CHECK (since IS NULL OR (date(since, '+0 days') IS since AND since BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT until_is_a_day CHECK (until IS NULL OR (date(until, '+0 days') IS until AND until BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT until_not_before_since CHECK (until IS NULL OR until >= since), 
	CONSTRAINT recorded_at_is_an_instant CHECK (strftime('%Y-%m-%dT%H:%M:%SZ', recorded_at, '+0 days') IS recorded_at), 
	FOREIGN KEY(lead_id) REFERENCES lead (id)
);
CREATE INDEX ix_lifecycle_lead_id ON lifecycle (lead_id);
CREATE UNIQUE INDEX one_open_lifecycle ON lifecycle (lead_id) WHERE until IS NULL;

CREATE TABLE qualification (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	recorded_at VARCHAR NOT NULL, 
	lead_id INTEGER NOT NULL, 
	decided_on DATE NOT NULL, 
	verdict VARCHAR NOT NULL, 
	because VARCHAR, 
	CONSTRAINT verdict_is_known CHECK (verdict IS NULL OR verdict IN ('yes', 'no')), 
	CONSTRAINT decided_on_is_a_day CHECK (decided_on IS NULL OR (date(decided_on, '+0 days') IS decided_on AND decided_on BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT recorded_at_is_an_instant CHECK (strftime('%Y-%m-%dT%H:%M:%SZ', recorded_at, '+0 days') IS recorded_at), 
	FOREIGN KEY(lead_id) REFERENCES lead (id)
);
CREATE INDEX ix_qualification_decided_on ON qualification (decided_on);
CREATE INDEX ix_qualification_lead_id ON qualification (lead_id);

CREATE TABLE reading (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	recorded_at VARCHAR NOT NULL, 
	lead_id INTEGER, 
	client_id INTEGER, 
	task_id INTEGER, 
	kind VARCHAR NOT NULL, 
	on_day DATE NOT NULL, 
	value INTEGER, 
	text VARCHAR, 
	CONSTRAINT belongs_to_one CHECK ((lead_id IS NOT NULL) + (client_id IS NOT NULL) + (task_id IS NOT NULL) = 1), 
	CONSTRAINT kind_is_known CHECK (kind IS NULL OR kind IN ('owner', 'score', 'temperature', 'health', 'engagement', 'revenue', 'due')), 
	CONSTRAINT on_day_is_a_day CHECK (on_day IS NULL OR (date(on_day, '+0 days') IS on_day AND on_day BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT value_is_whole CHECK (value IS NULL OR typeof(value) = 'integer'), 
	CONSTRAINT due_is_a_day CHECK (kind <> 'due' OR (date(text, '+0 days') IS text AND text BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT a_number_or_words CHECK ((value IS NULL) <> (text IS NULL)), 
	CONSTRAINT scores_up_to_100 CHECK (kind NOT IN ('score', 'health', 'engagement') OR value BETWEEN 0 AND 100), 
	CONSTRAINT recorded_at_is_an_instant CHECK (strftime('%Y-%m-%dT%H:%M:%SZ', recorded_at, '+0 days') IS recorded_at), 
	FOREIGN KEY(lead_id) REFERENCES lead (id), 
	FOREIGN KEY(client_id) REFERENCES client (id), 
	FOREIGN KEY(task_id) REFERENCES task (id)
);
CREATE INDEX reading_of_client ON reading (client_id, kind, on_day);
CREATE INDEX reading_of_lead ON reading (lead_id, kind, on_day);
CREATE INDEX reading_of_task ON reading (task_id, kind, on_day);

CREATE TABLE opportunity (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	recorded_at VARCHAR NOT NULL, 
	title VARCHAR NOT NULL, 
	title_folded VARCHAR NOT NULL, 
	lead_id INTEGER, 
	client_id INTEGER, 
	description VARCHAR, 
	type VARCHAR, 
	opened_on DATE NOT NULL, 
	source VARCHAR, 
	campaign_id INTEGER, 
	business_unit VARCHAR, 
	location VARCHAR, 
	rating VARCHAR, 
	external_id VARCHAR, 
	imported BOOLEAN NOT NULL, 
	CONSTRAINT title_is_given CHECK (length(trim(title)) > 0), 
	CONSTRAINT opened_on_is_a_day CHECK (opened_on IS NULL OR (date(opened_on, '+0 days') IS opened_on AND opened_on BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT type_is_known CHECK (type IS NULL OR type IN ('product', 'service')), 
	CONSTRAINT recorded_at_is_an_instant CHECK (strftime('%Y-%m-%dT%H:%M:%SZ', recorded_at, '+0 days') IS recorded_at), 
	FOREIGN KEY(lead_id) REFERENCES lead (id), 
	FOREIGN KEY(client_id) REFERENCES client (id), 
	FOREIGN KEY(campaign_id) REFERENCES campaign (id)
);
CREATE INDEX ix_opportunity_campaign_id ON opportunity (campaign_id);
CREATE INDEX ix_opportunity_client_id ON opportunity (client_id);
CREATE INDEX ix_opportunity_external_id ON opportunity (external_id);
CREATE INDEX ix_opportunity_lead_id ON opportunity (lead_id);
CREATE INDEX ix_opportunity_opened_on ON opportunity (opened_on);
CREATE INDEX ix_opportunity_title_folded ON opportunity (title_folded);

CREATE TABLE opportunity_terms (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	recorded_at VARCHAR NOT NULL, 
	opportunity_id INTEGER NOT NULL, 
	on_day DATE NOT NULL, 
	value INTEGER, 
	probability INTEGER, 
	close_on DATE, 
	owner VARCHAR, 
	CONSTRAINT on_day_is_a_day CHECK (on_day IS NULL OR (date(on_day, '+0 days') IS on_day AND on_day BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT close_on_is_a_day CHECK (close_on IS NULL OR (date(close_on, '+0 days') IS close_on AND close_on BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT value_not_negative CHECK (value IS NULL OR (typeof(value) = 'integer' AND value >= 0)), 
	CONSTRAINT probability_in_range CHECK (probability IS NULL OR (typeof(probability) = 'integer' AND probability BETWEEN 0 AND 100)), 
	CONSTRAINT recorded_at_is_an_instant CHECK (strftime('%Y-%m-%dT%H:%M:%SZ', recorded_at, '+0 days') IS recorded_at), 
	FOREIGN KEY(opportunity_id) REFERENCES opportunity (id)
);
CREATE INDEX terms_of_opportunity ON opportunity_terms (opportunity_id, on_day);

CREATE TABLE stage_stay (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	recorded_at VARCHAR NOT NULL, 
	opportunity_id INTEGER NOT NULL, 
	stage VARCHAR NOT NULL, 
	since DATE NOT NULL, 
	until DATE, 
	sequence INTEGER NOT NULL, 
	imported BOOLEAN NOT NULL, 
	CONSTRAINT stage_is_given CHECK (length(trim(stage)) > 0), 
	CONSTRAINT sequence_is_whole CHECK (sequence IS NULL OR typeof(sequence) = 'integer'), 
	CONSTRAINT since_is_a_day CHECK (since IS NULL OR (date(since, '+0 days') IS since AND since BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT until_is_a_day CHECK (until IS NULL OR (date(until, '+0 days') IS until AND until BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT until_not_before_since CHECK (until IS NULL OR until >= since OR imported = 1), 
	CONSTRAINT recorded_at_is_an_instant CHECK (strftime('%Y-%m-%dT%H:%M:%SZ', recorded_at, '+0 days') IS recorded_at), 
	FOREIGN KEY(opportunity_id) REFERENCES opportunity (id)
);
CREATE UNIQUE INDEX one_open_stay ON stage_stay (opportunity_id) WHERE until IS NULL;
CREATE INDEX stays_in_stage ON stage_stay (stage, since, until);
CREATE INDEX stays_of_opportunity ON stage_stay (opportunity_id, sequence);

CREATE TABLE opportunity_outcome (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	recorded_at VARCHAR NOT NULL, 
	opportunity_id INTEGER NOT NULL, 
	outcome VARCHAR NOT NULL, 
	stage VARCHAR, 
	since DATE NOT NULL, 
	until DATE, 
	reason VARCHAR, 
	words VARCHAR, 
	imported BOOLEAN NOT NULL, 
	CONSTRAINT outcome_is_known CHECK (outcome IS NULL OR outcome IN ('won', 'lost', 'no decision')), 
	CONSTRAINT since_is_a_day CHECK (since IS NULL OR (date(since, '+0 days') IS since AND since BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT until_is_a_day CHECK (until IS NULL OR (date(until, '+0 days') IS until AND until BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT until_not_before_since CHECK (until IS NULL OR until >= since OR imported = 1), 
	CONSTRAINT recorded_at_is_an_instant CHECK (strftime('%Y-%m-%dT%H:%M:%SZ', recorded_at, '+0 days') IS recorded_at), 
	FOREIGN KEY(opportunity_id) REFERENCES opportunity (id)
);
CREATE INDEX ix_opportunity_outcome_opportunity_id ON opportunity_outcome (opportunity_id);
CREATE UNIQUE INDEX one_open_outcome ON opportunity_outcome (opportunity_id) WHERE until IS NULL;
CREATE INDEX outcomes_by_day ON opportunity_outcome (since, outcome);

CREATE TABLE product_line (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	recorded_at VARCHAR NOT NULL, 
	opportunity_id INTEGER NOT NULL, 
	product VARCHAR NOT NULL, 
	revenue INTEGER, 
	cost INTEGER, 
	included BOOLEAN NOT NULL, 
	added_on DATE NOT NULL, 
	CONSTRAINT product_is_given CHECK (length(trim(product)) > 0), 
	CONSTRAINT revenue_not_negative CHECK (revenue IS NULL OR (typeof(revenue) = 'integer' AND revenue >= 0)), 
	CONSTRAINT cost_not_negative CHECK (cost IS NULL OR (typeof(cost) = 'integer' AND cost >= 0)), 
	CONSTRAINT added_on_is_a_day CHECK (added_on IS NULL OR (date(added_on, '+0 days') IS added_on AND added_on BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT recorded_at_is_an_instant CHECK (strftime('%Y-%m-%dT%H:%M:%SZ', recorded_at, '+0 days') IS recorded_at), 
	FOREIGN KEY(opportunity_id) REFERENCES opportunity (id)
);
CREATE INDEX ix_product_line_opportunity_id ON product_line (opportunity_id);

CREATE TABLE contact (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	recorded_at VARCHAR NOT NULL, 
	opportunity_id INTEGER, 
	client_id INTEGER, 
	name VARCHAR NOT NULL, 
	role VARCHAR, 
	email VARCHAR, 
	phone VARCHAR, 
	added_on DATE NOT NULL, 
	CONSTRAINT name_is_given CHECK (length(trim(name)) > 0), 
	CONSTRAINT role_is_known CHECK (role IS NULL OR role IN ('influencer', 'decision maker', 'buyer')), 
	CONSTRAINT added_on_is_a_day CHECK (added_on IS NULL OR (date(added_on, '+0 days') IS added_on AND added_on BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT belongs_to_at_most_one CHECK ((opportunity_id IS NOT NULL) + (client_id IS NOT NULL) <= 1), 
	CONSTRAINT recorded_at_is_an_instant CHECK (strftime('%Y-%m-%dT%H:%M:%SZ', recorded_at, '+0 days') IS recorded_at), 
	FOREIGN KEY(opportunity_id) REFERENCES opportunity (id), 
	FOREIGN KEY(client_id) REFERENCES client (id)
);
CREATE INDEX ix_contact_client_id ON contact (client_id);
CREATE INDEX ix_contact_opportunity_id ON contact (opportunity_id);

CREATE TABLE event (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	recorded_at VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	subject VARCHAR, 
	lead_id INTEGER, 
	opportunity_id INTEGER, 
	client_id INTEGER, 
	set_on DATE NOT NULL, 
	scheduled_for DATE NOT NULL, 
	scheduled_time VARCHAR, 
	ends_time VARCHAR, 
	place VARCHAR, 
	reminder_minutes INTEGER, 
	confirmation_on DATE, 
	visit_kind VARCHAR, 
	assigned_to VARCHAR, 
	assigned_by VARCHAR, 
	anticipated_stage VARCHAR, 
	status VARCHAR NOT NULL, 
	closed_on DATE, 
	actual_stage VARCHAR, 
	outcome VARCHAR, 
	discussion VARCHAR, 
	moved_from_id INTEGER, 
	first_set_on DATE NOT NULL, 
	external_id VARCHAR, 
	imported BOOLEAN NOT NULL, 
	CONSTRAINT kind_is_given CHECK (length(trim(kind)) > 0), 
	CONSTRAINT set_on_is_a_day CHECK (set_on IS NULL OR (date(set_on, '+0 days') IS set_on AND set_on BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT scheduled_for_is_a_day CHECK (scheduled_for IS NULL OR (date(scheduled_for, '+0 days') IS scheduled_for AND scheduled_for BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT closed_on_is_a_day CHECK (closed_on IS NULL OR (date(closed_on, '+0 days') IS closed_on AND closed_on BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT first_set_on_is_a_day CHECK (first_set_on IS NULL OR (date(first_set_on, '+0 days') IS first_set_on AND first_set_on BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT scheduled_for_not_before_set_on CHECK (scheduled_for IS NULL OR scheduled_for >= set_on OR imported = 1), 
	CONSTRAINT closed_on_not_before_set_on CHECK (closed_on IS NULL OR closed_on >= set_on OR imported = 1), 
	CONSTRAINT scheduled_time_is_a_time CHECK (scheduled_time IS NULL OR strftime('%H:%M', scheduled_time, '+0 days') IS scheduled_time), 
	CONSTRAINT ends_time_is_a_time CHECK (ends_time IS NULL OR strftime('%H:%M', ends_time, '+0 days') IS ends_time), 
	CONSTRAINT reminder_minutes_not_negative CHECK (reminder_minutes IS NULL OR (typeof(reminder_minutes) = 'integer' AND reminder_minutes >= 0)), 
	CONSTRAINT status_is_known CHECK (status IS NULL OR status IN ('scheduled', 'done', 'no-show', 'moved', 'cancelled')), 
	CONSTRAINT outcome_is_known CHECK (outcome IS NULL OR outcome IN ('positive', 'negative', 'needs adjustment')), 
	CONSTRAINT closed_has_a_day CHECK ((status = 'scheduled') = (closed_on IS NULL)), 
	CONSTRAINT recorded_at_is_an_instant CHECK (strftime('%Y-%m-%dT%H:%M:%SZ', recorded_at, '+0 days') IS recorded_at), 
	FOREIGN KEY(lead_id) REFERENCES lead (id), 
	FOREIGN KEY(opportunity_id) REFERENCES opportunity (id), 
	FOREIGN KEY(client_id) REFERENCES client (id), 
	FOREIGN KEY(moved_from_id) REFERENCES event (id)
);
CREATE INDEX events_by_day ON event (scheduled_for, status);
CREATE INDEX events_set ON event (set_on, scheduled_for);
CREATE INDEX ix_event_client_id ON event (client_id);
CREATE INDEX ix_event_external_id ON event (external_id);
CREATE INDEX ix_event_lead_id ON event (lead_id);
CREATE INDEX ix_event_moved_from_id ON event (moved_from_id);
CREATE INDEX ix_event_opportunity_id ON event (opportunity_id);

CREATE TABLE visit (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	recorded_at VARCHAR NOT NULL, 
	client_id INTEGER NOT NULL, 
	event_id INTEGER, 
	kind VARCHAR, 
	held_on DATE NOT NULL, 
	attendees VARCHAR, 
	topics VARCHAR, 
	outcomes VARCHAR, 
	satisfaction INTEGER, 
	asked_testimonial BOOLEAN NOT NULL, 
	asked_story BOOLEAN NOT NULL, 
	asked_referral BOOLEAN NOT NULL, 
	next_steps VARCHAR, 
	owner VARCHAR, 
	external_id VARCHAR, 
	CONSTRAINT held_on_is_a_day CHECK (held_on IS NULL OR (date(held_on, '+0 days') IS held_on AND held_on BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT satisfaction_in_range CHECK (satisfaction IS NULL OR (typeof(satisfaction) = 'integer' AND satisfaction BETWEEN 1 AND 5)), 
	CONSTRAINT recorded_at_is_an_instant CHECK (strftime('%Y-%m-%dT%H:%M:%SZ', recorded_at, '+0 days') IS recorded_at), 
	FOREIGN KEY(client_id) REFERENCES client (id), 
	FOREIGN KEY(event_id) REFERENCES event (id)
);
CREATE INDEX ix_visit_event_id ON visit (event_id);
CREATE INDEX ix_visit_external_id ON visit (external_id);
CREATE INDEX ix_visit_held_on ON visit (held_on);
CREATE INDEX visits_by_day ON visit (client_id, held_on);

CREATE TABLE testimonial (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	recorded_at VARCHAR NOT NULL, 
	client_id INTEGER NOT NULL, 
	visit_id INTEGER, 
	given_on DATE NOT NULL, 
	method VARCHAR, 
	kind VARCHAR, 
	collected_by VARCHAR, 
	content VARCHAR, 
	rating INTEGER, 
	permission VARCHAR, 
	published_on DATE, 
	published_where VARCHAR, 
	used_on DATE, 
	external_id VARCHAR, 
	CONSTRAINT given_on_is_a_day CHECK (given_on IS NULL OR (date(given_on, '+0 days') IS given_on AND given_on BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT kind_is_known CHECK (kind IS NULL OR kind IN ('written', 'video')), 
	CONSTRAINT rating_in_range CHECK (rating IS NULL OR (typeof(rating) = 'integer' AND rating BETWEEN 1 AND 5)), 
	CONSTRAINT permission_is_known CHECK (permission IS NULL OR permission IN ('yes', 'no', 'asked')), 
	CONSTRAINT published_on_is_a_day CHECK (published_on IS NULL OR (date(published_on, '+0 days') IS published_on AND published_on BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT used_on_is_a_day CHECK (used_on IS NULL OR (date(used_on, '+0 days') IS used_on AND used_on BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT published_on_not_before_given_on CHECK (published_on IS NULL OR published_on >= given_on), 
	CONSTRAINT used_on_not_before_given_on CHECK (used_on IS NULL OR used_on >= given_on), 
	CONSTRAINT recorded_at_is_an_instant CHECK (strftime('%Y-%m-%dT%H:%M:%SZ', recorded_at, '+0 days') IS recorded_at), 
	FOREIGN KEY(client_id) REFERENCES client (id), 
	FOREIGN KEY(visit_id) REFERENCES visit (id)
);
CREATE INDEX ix_testimonial_client_id ON testimonial (client_id);
CREATE INDEX ix_testimonial_external_id ON testimonial (external_id);
CREATE INDEX ix_testimonial_given_on ON testimonial (given_on);
CREATE INDEX ix_testimonial_visit_id ON testimonial (visit_id);

CREATE TABLE story (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	recorded_at VARCHAR NOT NULL, 
	client_id INTEGER NOT NULL, 
	visit_id INTEGER, 
	told_on DATE NOT NULL, 
	achieved VARCHAR, 
	numbers VARCHAR, 
	permission VARCHAR, 
	external_id VARCHAR, 
	CONSTRAINT told_on_is_a_day CHECK (told_on IS NULL OR (date(told_on, '+0 days') IS told_on AND told_on BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT permission_is_known CHECK (permission IS NULL OR permission IN ('yes', 'no', 'asked')), 
	CONSTRAINT recorded_at_is_an_instant CHECK (strftime('%Y-%m-%dT%H:%M:%SZ', recorded_at, '+0 days') IS recorded_at), 
	FOREIGN KEY(client_id) REFERENCES client (id), 
	FOREIGN KEY(visit_id) REFERENCES visit (id)
);
CREATE INDEX ix_story_client_id ON story (client_id);
CREATE INDEX ix_story_external_id ON story (external_id);
CREATE INDEX ix_story_told_on ON story (told_on);
CREATE INDEX ix_story_visit_id ON story (visit_id);

CREATE TABLE referral (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	recorded_at VARCHAR NOT NULL, 
	client_id INTEGER NOT NULL, 
	visit_id INTEGER, 
	lead_id INTEGER, 
	name VARCHAR NOT NULL, 
	name_folded VARCHAR NOT NULL, 
	received_on DATE NOT NULL, 
	received_time VARCHAR, 
	how VARCHAR, 
	kind VARCHAR, 
	email VARCHAR, 
	phone VARCHAR, 
	estimated_value INTEGER, 
	incentive VARCHAR, 
	contacted_on DATE, 
	contacted_time VARCHAR, 
	declined_on DATE, 
	external_id VARCHAR, 
	CONSTRAINT name_is_given CHECK (length(trim(name)) > 0), 
	CONSTRAINT received_on_is_a_day CHECK (received_on IS NULL OR (date(received_on, '+0 days') IS received_on AND received_on BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT received_time_is_a_time CHECK (received_time IS NULL OR strftime('%H:%M', received_time, '+0 days') IS received_time), 
	CONSTRAINT estimated_value_not_negative CHECK (estimated_value IS NULL OR (typeof(estimated_value) = 'integer' AND estimated_value >= 0)), 
	CONSTRAINT contacted_on_is_a_day CHECK (contacted_on IS NULL OR (date(contacted_on, '+0 days') IS contacted_on AND contacted_on BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT contacted_time_is_a_time CHECK (contacted_time IS NULL OR strftime('%H:%M', contacted_time, '+0 days') IS contacted_time), 
	CONSTRAINT declined_on_is_a_day CHECK (declined_on IS NULL OR (date(declined_on, '+0 days') IS declined_on AND declined_on BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT contacted_on_not_before_received_on CHECK (contacted_on IS NULL OR contacted_on >= received_on), 
	CONSTRAINT declined_on_not_before_received_on CHECK (declined_on IS NULL OR declined_on >= received_on), 
	CONSTRAINT recorded_at_is_an_instant CHECK (strftime('%Y-%m-%dT%H:%M:%SZ', recorded_at, '+0 days') IS recorded_at), 
	FOREIGN KEY(client_id) REFERENCES client (id), 
	FOREIGN KEY(visit_id) REFERENCES visit (id), 
	FOREIGN KEY(lead_id) REFERENCES lead (id)
);
CREATE INDEX ix_referral_client_id ON referral (client_id);
CREATE INDEX ix_referral_external_id ON referral (external_id);
CREATE INDEX ix_referral_lead_id ON referral (lead_id);
CREATE INDEX ix_referral_received_on ON referral (received_on);
CREATE INDEX ix_referral_visit_id ON referral (visit_id);

CREATE TABLE activity (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	recorded_at VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	times INTEGER NOT NULL, 
	subject VARCHAR, 
	lead_id INTEGER, 
	opportunity_id INTEGER, 
	client_id INTEGER, 
	done_on DATE NOT NULL, 
	done_time VARCHAR, 
	minutes INTEGER, 
	response VARCHAR, 
	outcome VARCHAR, 
	owner VARCHAR, 
	campaign_id INTEGER, 
	notes VARCHAR, 
	external_id VARCHAR, 
	CONSTRAINT kind_is_given CHECK (length(trim(kind)) > 0), 
	CONSTRAINT done_on_is_a_day CHECK (done_on IS NULL OR (date(done_on, '+0 days') IS done_on AND done_on BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT done_time_is_a_time CHECK (done_time IS NULL OR strftime('%H:%M', done_time, '+0 days') IS done_time), 
	CONSTRAINT minutes_not_negative CHECK (minutes IS NULL OR (typeof(minutes) = 'integer' AND minutes >= 0)), 
	CONSTRAINT times_is_whole CHECK (times IS NULL OR typeof(times) = 'integer'), 
	CONSTRAINT at_least_once CHECK (times >= 1), 
	CONSTRAINT response_is_known CHECK (response IS NULL OR response IN ('yes', 'no')), 
	CONSTRAINT belongs_to_at_most_one CHECK ((lead_id IS NOT NULL) + (opportunity_id IS NOT NULL) + (client_id IS NOT NULL) <= 1), 
	CONSTRAINT recorded_at_is_an_instant CHECK (strftime('%Y-%m-%dT%H:%M:%SZ', recorded_at, '+0 days') IS recorded_at), 
	FOREIGN KEY(lead_id) REFERENCES lead (id), 
	FOREIGN KEY(opportunity_id) REFERENCES opportunity (id), 
	FOREIGN KEY(client_id) REFERENCES client (id), 
	FOREIGN KEY(campaign_id) REFERENCES campaign (id)
);
CREATE INDEX activities_of_client ON activity (client_id, done_on);
CREATE INDEX activities_of_lead ON activity (lead_id, done_on);
CREATE INDEX activities_of_opportunity ON activity (opportunity_id, done_on);
CREATE INDEX ix_activity_campaign_id ON activity (campaign_id);
CREATE INDEX ix_activity_done_on ON activity (done_on);
CREATE INDEX ix_activity_external_id ON activity (external_id);

CREATE TABLE task (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	recorded_at VARCHAR NOT NULL, 
	what VARCHAR NOT NULL, 
	lead_id INTEGER, 
	opportunity_id INTEGER, 
	client_id INTEGER, 
	created_on DATE NOT NULL, 
	assigned_to VARCHAR, 
	assigned_by VARCHAR, 
	done_on DATE, 
	external_id VARCHAR, 
	CONSTRAINT what_is_given CHECK (length(trim(what)) > 0), 
	CONSTRAINT belongs_to_at_most_one CHECK ((lead_id IS NOT NULL) + (opportunity_id IS NOT NULL) + (client_id IS NOT NULL) <= 1), 
	CONSTRAINT created_on_is_a_day CHECK (created_on IS NULL OR (date(created_on, '+0 days') IS created_on AND created_on BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT done_on_is_a_day CHECK (done_on IS NULL OR (date(done_on, '+0 days') IS done_on AND done_on BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT done_on_not_before_created_on CHECK (done_on IS NULL OR done_on >= created_on), 
	CONSTRAINT recorded_at_is_an_instant CHECK (strftime('%Y-%m-%dT%H:%M:%SZ', recorded_at, '+0 days') IS recorded_at), 
	FOREIGN KEY(lead_id) REFERENCES lead (id), 
	FOREIGN KEY(opportunity_id) REFERENCES opportunity (id), 
	FOREIGN KEY(client_id) REFERENCES client (id)
);
CREATE INDEX ix_task_client_id ON task (client_id);
CREATE INDEX ix_task_done_on ON task (done_on);
CREATE INDEX ix_task_external_id ON task (external_id);
CREATE INDEX ix_task_lead_id ON task (lead_id);
CREATE INDEX ix_task_opportunity_id ON task (opportunity_id);

CREATE TABLE note (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	recorded_at VARCHAR NOT NULL, 
	text VARCHAR NOT NULL, 
	pinned BOOLEAN NOT NULL, 
	noted_on DATE NOT NULL, 
	written_by VARCHAR, 
	lead_id INTEGER, 
	opportunity_id INTEGER, 
	client_id INTEGER, 
	event_id INTEGER, 
	visit_id INTEGER, 
	testimonial_id INTEGER, 
	story_id INTEGER, 
	referral_id INTEGER, 
	activity_id INTEGER, 
	task_id INTEGER, 
	campaign_id INTEGER, 
	CONSTRAINT text_is_given CHECK (length(trim(text)) > 0), 
	CONSTRAINT belongs_to_one CHECK ((opportunity_id IS NOT NULL) + (client_id IS NOT NULL) + (lead_id IS NOT NULL) + (event_id IS NOT NULL) + (visit_id IS NOT NULL) + (testimonial_id IS NOT NULL) + (story_id IS NOT NULL) + (referral_id IS NOT NULL) + (activity_id IS NOT NULL) + (task_id IS NOT NULL) + (campaign_id IS NOT NULL) = 1), 
	CONSTRAINT noted_on_is_a_day CHECK (noted_on IS NULL OR (date(noted_on, '+0 days') IS noted_on AND noted_on BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT recorded_at_is_an_instant CHECK (strftime('%Y-%m-%dT%H:%M:%SZ', recorded_at, '+0 days') IS recorded_at), 
	FOREIGN KEY(lead_id) REFERENCES lead (id), 
	FOREIGN KEY(opportunity_id) REFERENCES opportunity (id), 
	FOREIGN KEY(client_id) REFERENCES client (id), 
	FOREIGN KEY(event_id) REFERENCES event (id), 
	FOREIGN KEY(visit_id) REFERENCES visit (id), 
	FOREIGN KEY(testimonial_id) REFERENCES testimonial (id), 
	FOREIGN KEY(story_id) REFERENCES story (id), 
	FOREIGN KEY(referral_id) REFERENCES referral (id), 
	FOREIGN KEY(activity_id) REFERENCES activity (id), 
	FOREIGN KEY(task_id) REFERENCES task (id), 
	FOREIGN KEY(campaign_id) REFERENCES campaign (id)
);
CREATE INDEX ix_note_activity_id ON note (activity_id);
CREATE INDEX ix_note_campaign_id ON note (campaign_id);
CREATE INDEX ix_note_client_id ON note (client_id);
CREATE INDEX ix_note_event_id ON note (event_id);
CREATE INDEX ix_note_lead_id ON note (lead_id);
CREATE INDEX ix_note_opportunity_id ON note (opportunity_id);
CREATE INDEX ix_note_referral_id ON note (referral_id);
CREATE INDEX ix_note_story_id ON note (story_id);
CREATE INDEX ix_note_task_id ON note (task_id);
CREATE INDEX ix_note_testimonial_id ON note (testimonial_id);
CREATE INDEX ix_note_visit_id ON note (visit_id);

