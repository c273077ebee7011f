-- What the machine runs by itself, so that a run that was missed can be told.
CREATE TABLE memory_schedule (
	command TEXT PRIMARY KEY,
	due TEXT NOT NULL,
	way TEXT NOT NULL CHECK (way IN ('cron', 'systemd')),
	since TEXT NOT NULL
);
