-- What the machine itself remembers: no records of the user's, so neither journal nor undo knows them.
-- The long columns come last: what lies behind them is slow to reach.
CREATE TABLE memory_mail (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	message_id TEXT NOT NULL UNIQUE,
	purpose TEXT NOT NULL,
	day TEXT,
	subject TEXT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('waiting', 'doubtful', 'sent')),
	created_at TEXT NOT NULL,
	attempts INTEGER NOT NULL DEFAULT 0,
	next_at TEXT NOT NULL,
	sent_at TEXT,
	error TEXT,
	said TEXT CHECK (said IS NULL OR json_valid(said)),
	message BLOB NOT NULL,
	CHECK ((state = 'sent') = (sent_at IS NOT NULL))
);
CREATE INDEX memory_mail_to_send ON memory_mail (id) WHERE state IN ('waiting', 'doubtful');
CREATE TABLE memory_run (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	command TEXT NOT NULL,
	started_at TEXT NOT NULL,
	ended_at TEXT,
	exit_code INTEGER
);
CREATE INDEX memory_run_of_command ON memory_run (command, started_at);
