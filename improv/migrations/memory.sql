-- What the machine itself remembers: no records of the user's, so neither journal nor undo knows them.
CREATE TABLE memory_said (
	code TEXT NOT NULL,
	letter TEXT NOT NULL,
	record_id INTEGER NOT NULL,
	severity TEXT NOT NULL,
	said_on TEXT NOT NULL,
	PRIMARY KEY (code, letter, record_id)
);
CREATE TABLE memory_mail (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	message_id TEXT NOT NULL UNIQUE,
	purpose TEXT NOT NULL,
	day TEXT,
	recipients TEXT NOT NULL,
	subject TEXT NOT NULL,
	message BLOB NOT NULL,
	said TEXT CHECK (said IS NULL OR json_valid(said)),
	state TEXT NOT NULL CHECK (state IN ('waiting', 'doubtful', 'sent', 'replaced')),
	created_at TEXT NOT NULL,
	attempts INTEGER NOT NULL DEFAULT 0,
	next_at TEXT NOT NULL,
	sent_at TEXT,
	error TEXT,
	CHECK ((state = 'sent') = (sent_at IS NOT NULL))
);
CREATE INDEX memory_mail_to_send ON memory_mail (next_at) WHERE state IN ('waiting', 'doubtful');
CREATE TABLE memory_run (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	command TEXT NOT NULL,
	started_at TEXT NOT NULL,
	ended_at TEXT,
	exit_code INTEGER
);
CREATE INDEX memory_run_of_command ON memory_run (command, started_at);
