CREATE TABLE quota (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	recorded_at VARCHAR NOT NULL, 
	on_day DATE NOT NULL, 
	value INTEGER, 
	points INTEGER, 
	per VARCHAR NOT NULL, 
	owner VARCHAR, 
	unit VARCHAR, 
	CONSTRAINT on_day_is_a_day CHECK (on_day IS NULL OR (date(on_day, '+0 days') IS on_day AND on_day BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT per_is_known CHECK (per IS NULL OR per IN ('month', 'quarter', 'year')), 
	CONSTRAINT value_not_negative CHECK (value IS NULL OR (typeof(value) = 'integer' AND value >= 0)), 
	CONSTRAINT points_not_negative CHECK (points IS NULL OR (typeof(points) = 'integer' AND points >= 0)), 
	CONSTRAINT value_or_points CHECK ((value IS NULL) <> (points IS NULL)), 
	CONSTRAINT points_have_no_unit CHECK (points IS NULL OR unit IS NULL), 
	CONSTRAINT recorded_at_is_an_instant CHECK (strftime('%Y-%m-%dT%H:%M:%SZ', recorded_at, '+0 days') IS recorded_at)
);
