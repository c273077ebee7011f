-- scan event_gap
SELECT COUNT(*), SUM(julianday(scheduled_for) - julianday(set_on)) FROM event
WHERE set_on BETWEEN :first AND :last
AND kind IN ('introductory-call', 'discovery-meeting', 'proposal-presentation', 'realignment-meeting', 'final-questions-session');

-- event_gap
SELECT COUNT(*) AS n, AVG(julianday(scheduled_for) - julianday(set_on)) AS value FROM event
WHERE set_on BETWEEN :first AND :last
AND kind IN ('introductory-call', 'discovery-meeting', 'proposal-presentation', 'realignment-meeting', 'final-questions-session');

-- scan event_gap_all
SELECT COUNT(*), SUM(julianday(scheduled_for) - julianday(set_on)) FROM event WHERE set_on BETWEEN :first AND :last;

-- event_gap_all
SELECT COUNT(*) AS n, AVG(julianday(scheduled_for) - julianday(set_on)) AS value FROM event
WHERE set_on BETWEEN :first AND :last;

-- gap_under_goal
SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE julianday(scheduled_for) - julianday(set_on) < 5) AS hits
FROM event WHERE set_on BETWEEN :first AND :last;

-- gap_over_red_flag
SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE julianday(scheduled_for) - julianday(set_on) > 10) AS hits
FROM event WHERE set_on BETWEEN :first AND :last;

-- events_kept
SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE status = 'done') AS hits, COUNT(*) FILTER (WHERE status = 'scheduled') AS still_open
FROM event WHERE scheduled_for BETWEEN :first AND :last;

-- events_scheduled
SELECT COUNT(*) AS n FROM event
WHERE scheduled_for BETWEEN :first AND :last AND status NOT IN ('moved', 'cancelled');

-- appointments
SELECT COUNT(*) AS n FROM event WHERE status = 'done' AND closed_on BETWEEN :first AND :last
AND kind IN ('introductory-call', 'discovery-meeting', 'proposal-presentation', 'realignment-meeting', 'final-questions-session');

-- appointments_set
SELECT COUNT(*) AS n FROM event WHERE set_on BETWEEN :first AND :last
AND kind IN ('introductory-call', 'discovery-meeting', 'proposal-presentation', 'realignment-meeting', 'final-questions-session');

-- anticipation_accuracy
SELECT COUNT(*) FILTER (WHERE anticipated_stage IS NOT NULL AND actual_stage IS NOT NULL) AS n,
  COUNT(*) FILTER (WHERE anticipated_stage = actual_stage) AS hits,
  COUNT(*) FILTER (WHERE anticipated_stage IS NULL OR actual_stage IS NULL) AS left_out
FROM event WHERE status = 'done' AND closed_on BETWEEN :first AND :last
AND (opportunity_id IS NOT NULL OR anticipated_stage IS NOT NULL);

-- days anticipation_accuracy
SELECT closed_on AS day, COUNT(*) FILTER (WHERE anticipated_stage IS NOT NULL AND actual_stage IS NOT NULL) AS n,
  COUNT(*) FILTER (WHERE anticipated_stage = actual_stage) AS hits,
  COUNT(*) FILTER (WHERE anticipated_stage IS NULL OR actual_stage IS NULL) AS left_out
FROM event WHERE +status = 'done' AND closed_on BETWEEN :first AND :last
AND (opportunity_id IS NOT NULL OR anticipated_stage IS NOT NULL) GROUP BY closed_on;
