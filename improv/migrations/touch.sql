-- What tells visitors apart without their addresses: the key of a hash, made once and never shown.
INSERT INTO store_setting VALUES ('visitors', lower(hex(randomblob(16))));
CREATE TABLE visitor (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	recorded_at VARCHAR NOT NULL,
	known_as VARCHAR NOT NULL,
	email VARCHAR,
	name VARCHAR,
	seen_on DATE NOT NULL,
	lead_id INTEGER,
	client_id INTEGER,
	attributed_on DATE,
	because VARCHAR,
	CONSTRAINT known_as_is_given CHECK (length(trim(known_as)) > 0),
	CONSTRAINT seen_on_is_a_day CHECK (seen_on IS NULL OR (date(seen_on, '+0 days') IS seen_on AND seen_on BETWEEN '1900-01-01' AND '2199-12-31')),
	CONSTRAINT attributed_on_is_a_day CHECK (attributed_on IS NULL OR (date(attributed_on, '+0 days') IS attributed_on AND attributed_on BETWEEN '1900-01-01' AND '2199-12-31')),
	CONSTRAINT attributed_on_not_before_seen_on CHECK (attributed_on IS NULL OR attributed_on >= seen_on),
	CONSTRAINT belongs_to_at_most_one CHECK ((lead_id IS NOT NULL) + (client_id IS NOT NULL) <= 1),
	CONSTRAINT attributed_on_a_day CHECK ((attributed_on IS NULL) = (lead_id IS NULL AND client_id IS NULL)),
	CONSTRAINT recorded_at_is_an_instant CHECK (strftime('%Y-%m-%dT%H:%M:%SZ', recorded_at, '+0 days') IS recorded_at),
	FOREIGN KEY(lead_id) REFERENCES lead (id),
	FOREIGN KEY(client_id) REFERENCES client (id)
);
CREATE INDEX ix_visitor_client_id ON visitor (client_id);
CREATE INDEX ix_visitor_email ON visitor (email);
CREATE INDEX ix_visitor_lead_id ON visitor (lead_id);
CREATE INDEX ix_visitor_seen_on ON visitor (seen_on);
CREATE UNIQUE INDEX one_visitor ON visitor (known_as);
CREATE TABLE link (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	recorded_at VARCHAR NOT NULL,
	tag VARCHAR NOT NULL,
	url VARCHAR NOT NULL,
	lead_id INTEGER,
	client_id INTEGER,
	campaign_id INTEGER,
	made_on DATE NOT NULL,
	CONSTRAINT tag_is_given CHECK (length(trim(tag)) > 0),
	CONSTRAINT url_is_given CHECK (length(trim(url)) > 0),
	CONSTRAINT made_on_is_a_day CHECK (made_on IS NULL OR (date(made_on, '+0 days') IS made_on AND made_on BETWEEN '1900-01-01' AND '2199-12-31')),
	CONSTRAINT belongs_to_one CHECK ((lead_id IS NOT NULL) + (client_id IS NOT NULL) = 1),
	CONSTRAINT recorded_at_is_an_instant CHECK (strftime('%Y-%m-%dT%H:%M:%SZ', recorded_at, '+0 days') IS recorded_at),
	FOREIGN KEY(lead_id) REFERENCES lead (id),
	FOREIGN KEY(client_id) REFERENCES client (id),
	FOREIGN KEY(campaign_id) REFERENCES campaign (id)
);
CREATE INDEX ix_link_campaign_id ON link (campaign_id);
CREATE INDEX ix_link_client_id ON link (client_id);
CREATE INDEX ix_link_lead_id ON link (lead_id);
CREATE UNIQUE INDEX one_tag ON link (tag);
CREATE TABLE touch (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
	recorded_at VARCHAR NOT NULL,
	kind VARCHAR NOT NULL,
	on_day DATE NOT NULL,
	at_time VARCHAR,
	page VARCHAR,
	seconds INTEGER,
	words VARCHAR,
	utm_source VARCHAR,
	utm_medium VARCHAR,
	utm_campaign VARCHAR,
	campaign_id INTEGER,
	link_id INTEGER,
	lead_id INTEGER,
	client_id INTEGER,
	visitor_id INTEGER,
	external_id VARCHAR,
	CONSTRAINT kind_is_known CHECK (kind IS NULL OR kind IN ('page', 'form', 'chat', 'email open', 'click', 'unsubscribe')),
	CONSTRAINT on_day_is_a_day CHECK (on_day IS NULL OR (date(on_day, '+0 days') IS on_day AND on_day BETWEEN '1900-01-01' AND '2199-12-31')),
	CONSTRAINT at_time_is_a_time CHECK (at_time IS NULL OR strftime('%H:%M', at_time, '+0 days') IS at_time),
	CONSTRAINT seconds_not_negative CHECK (seconds IS NULL OR (typeof(seconds) = 'integer' AND seconds >= 0)),
	CONSTRAINT belongs_to_one CHECK ((lead_id IS NOT NULL) + (client_id IS NOT NULL) + (visitor_id IS NOT NULL) = 1),
	CONSTRAINT recorded_at_is_an_instant CHECK (strftime('%Y-%m-%dT%H:%M:%SZ', recorded_at, '+0 days') IS recorded_at),
	FOREIGN KEY(campaign_id) REFERENCES campaign (id),
	FOREIGN KEY(link_id) REFERENCES link (id),
	FOREIGN KEY(lead_id) REFERENCES lead (id),
	FOREIGN KEY(client_id) REFERENCES client (id),
	FOREIGN KEY(visitor_id) REFERENCES visitor (id)
);
CREATE INDEX ix_touch_campaign_id ON touch (campaign_id);
CREATE INDEX ix_touch_external_id ON touch (external_id);
CREATE INDEX ix_touch_link_id ON touch (link_id);
CREATE INDEX ix_touch_on_day ON touch (on_day);
CREATE INDEX touches_of_client ON touch (client_id, on_day);
CREATE INDEX touches_of_lead ON touch (lead_id, on_day);
CREATE INDEX touches_of_visitor ON touch (visitor_id, on_day);
