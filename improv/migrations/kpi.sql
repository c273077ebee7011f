CREATE TABLE kpi (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	recorded_at VARCHAR NOT NULL, 
	metric VARCHAR NOT NULL, 
	since DATE NOT NULL, 
	until DATE, 
	CONSTRAINT metric_is_given CHECK (length(trim(metric)) > 0), 
	CONSTRAINT since_is_a_day CHECK (since IS NULL OR (date(since, '+0 days') IS since AND since BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT until_is_a_day CHECK (until IS NULL OR (date(until, '+0 days') IS until AND until BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT until_not_before_since CHECK (until IS NULL OR until >= since), 
	CONSTRAINT recorded_at_is_an_instant CHECK (strftime('%Y-%m-%dT%H:%M:%SZ', recorded_at, '+0 days') IS recorded_at)
);
CREATE UNIQUE INDEX one_open_pick ON kpi (metric) WHERE until IS NULL;

CREATE TABLE change (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	recorded_at VARCHAR NOT NULL, 
	what VARCHAR NOT NULL, 
	on_day DATE NOT NULL, 
	CONSTRAINT what_is_given CHECK (length(trim(what)) > 0), 
	CONSTRAINT on_day_is_a_day CHECK (on_day IS NULL OR (date(on_day, '+0 days') IS on_day AND on_day BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT recorded_at_is_an_instant CHECK (strftime('%Y-%m-%dT%H:%M:%SZ', recorded_at, '+0 days') IS recorded_at)
);
CREATE INDEX ix_change_on_day ON change (on_day);
