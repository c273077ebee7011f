CREATE TABLE saved_list (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	recorded_at VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	name_folded VARCHAR NOT NULL, 
	noun VARCHAR, 
	"query" VARCHAR, 
	options VARCHAR NOT NULL, 
	saved_on DATE NOT NULL, 
	CONSTRAINT name_is_given CHECK (length(trim(name)) > 0), 
	CONSTRAINT belongs_to_one CHECK ((noun IS NOT NULL) + (query IS NOT NULL) = 1), 
	CONSTRAINT saved_on_is_a_day CHECK (saved_on IS NULL OR (date(saved_on, '+0 days') IS saved_on AND saved_on BETWEEN '1900-01-01' AND '2199-12-31')), 
	CONSTRAINT options_are_json CHECK (json_valid(options)), 
	CONSTRAINT recorded_at_is_an_instant CHECK (strftime('%Y-%m-%dT%H:%M:%SZ', recorded_at, '+0 days') IS recorded_at)
);
CREATE INDEX ix_saved_list_name_folded ON saved_list (name_folded);
