-- active_clients
SELECT COUNT(*) AS n FROM client_status WHERE status = 'active' AND since <= :on AND (until IS NULL OR until > :on);

-- client_health
WITH active AS MATERIALIZED (
  SELECT c.id, c.since_on FROM client AS c JOIN client_status AS s ON s.client_id = c.id
  WHERE s.status = 'active' AND s.since <= :on AND (s.until IS NULL OR s.until > :on) AND c.since_on <= :on),
visited AS (
  SELECT client_id, COUNT(*) AS visits, MAX(held_on) AS last, COUNT(*) FILTER (WHERE held_on > date(:on, '-365 days')) AS year,
    COUNT(*) FILTER (WHERE kind IN ('qbr', 'check-in', 'kickoff', 'problem-solving', 'celebration')) AS told,
    COUNT(*) FILTER (WHERE kind = 'problem-solving' AND held_on > date(:on, '-365 days')) AS problems
  FROM visit WHERE held_on <= :on GROUP BY client_id),
late AS (
  SELECT client_id, SUM((done_on IS NULL OR done_on > :on) AND COALESCE(due < :on, 0)) AS tasks FROM (
    SELECT COALESCE(t.client_id, o.client_id) AS client_id, t.done_on, (SELECT r.text FROM reading AS r
      WHERE r.task_id = t.id AND r.kind = 'due' AND r.on_day <= :on ORDER BY r.on_day DESC, r.id DESC LIMIT 1) AS due
    FROM task AS t LEFT JOIN opportunity AS o ON o.id = t.opportunity_id WHERE t.created_on <= :on) GROUP BY client_id),
fact AS (
  SELECT a.id, a.since_on, v.last, CAST(julianday(:on) - julianday(v.last) AS INTEGER) AS ago,
    (SELECT w.satisfaction FROM visit AS w WHERE w.client_id = a.id AND w.held_on <= :on AND w.satisfaction IS NOT NULL
     ORDER BY w.held_on DESC, w.id DESC LIMIT 1) AS happy,
    CASE WHEN a.since_on <= date(:on, '-365 days') THEN v.year END AS year,
    CASE WHEN v.told > 0 THEN v.problems END AS problems, l.tasks
  FROM active AS a LEFT JOIN visited AS v ON v.client_id = a.id LEFT JOIN late AS l ON l.client_id = a.id),
part AS (
  SELECT id, since_on, last,
    30 * (ago IS NOT NULL) + 40 * (happy IS NOT NULL) + 10 * (year IS NOT NULL) + 10 * (problems IS NOT NULL)
      + 10 * (tasks IS NOT NULL) AS known,
    COALESCE(30 * CASE WHEN ago >= 120 THEN 0 WHEN ago <= 30 THEN 100 ELSE (200 * (120 - ago) + 90) / 180 END, 0)
      + COALESCE(40 * CASE WHEN happy <= 1 THEN 0 WHEN happy >= 5 THEN 100 ELSE (200 * (happy - 1) + 4) / 8 END, 0)
      + COALESCE(10 * CASE WHEN year <= 0 THEN 0 WHEN year >= 4 THEN 100 ELSE (200 * year + 4) / 8 END, 0)
      + COALESCE(10 * CASE WHEN problems >= 3 THEN 0 WHEN problems <= 0 THEN 100 ELSE (200 * (3 - problems) + 3) / 6 END, 0)
      + COALESCE(10 * CASE WHEN tasks >= 3 THEN 0 WHEN tasks <= 0 THEN 100 ELSE (200 * (3 - tasks) + 3) / 6 END, 0) AS points
  FROM fact),
rated AS (
  SELECT id, since_on, last, COALESCE(
    (SELECT r.value FROM reading AS r WHERE r.client_id = part.id AND r.kind = 'health' AND r.on_day <= :on AND r.parts IS NULL
     ORDER BY r.on_day DESC, r.id DESC LIMIT 1),
    CASE WHEN known >= 50 THEN (2 * points + known) / (2 * known) END,
    (SELECT r.value FROM reading AS r WHERE r.client_id = part.id AND r.kind = 'health' AND r.on_day <= :on
     AND r.parts IS NOT NULL ORDER BY r.on_day DESC, r.id DESC LIMIT 1)) AS health
  FROM part)
SELECT COUNT(health) AS n, AVG(health) AS value, COUNT(*) - COUNT(health) AS left_out FROM rated;

-- days_since_last_visit
WITH active AS (
  SELECT c.id, c.since_on FROM client AS c JOIN client_status AS s ON s.client_id = c.id
  WHERE s.status = 'active' AND s.since <= :on AND (s.until IS NULL OR s.until > :on) AND c.since_on <= :on)
SELECT COUNT(*) AS n, AVG(julianday(:on) - julianday(COALESCE(
  (SELECT MAX(v.held_on) FROM visit AS v WHERE v.client_id = a.id AND v.held_on <= :on), a.since_on))) AS value
FROM active AS a;

-- at_risk_clients
WITH active AS MATERIALIZED (
  SELECT c.id, c.since_on FROM client AS c JOIN client_status AS s ON s.client_id = c.id
  WHERE s.status = 'active' AND s.since <= :on AND (s.until IS NULL OR s.until > :on) AND c.since_on <= :on),
visited AS (
  SELECT client_id, COUNT(*) AS visits, MAX(held_on) AS last, COUNT(*) FILTER (WHERE held_on > date(:on, '-365 days')) AS year,
    COUNT(*) FILTER (WHERE kind IN ('qbr', 'check-in', 'kickoff', 'problem-solving', 'celebration')) AS told,
    COUNT(*) FILTER (WHERE kind = 'problem-solving' AND held_on > date(:on, '-365 days')) AS problems
  FROM visit WHERE held_on <= :on GROUP BY client_id),
late AS (
  SELECT client_id, SUM((done_on IS NULL OR done_on > :on) AND COALESCE(due < :on, 0)) AS tasks FROM (
    SELECT COALESCE(t.client_id, o.client_id) AS client_id, t.done_on, (SELECT r.text FROM reading AS r
      WHERE r.task_id = t.id AND r.kind = 'due' AND r.on_day <= :on ORDER BY r.on_day DESC, r.id DESC LIMIT 1) AS due
    FROM task AS t LEFT JOIN opportunity AS o ON o.id = t.opportunity_id WHERE t.created_on <= :on) GROUP BY client_id),
fact AS (
  SELECT a.id, a.since_on, v.last, CAST(julianday(:on) - julianday(v.last) AS INTEGER) AS ago,
    (SELECT w.satisfaction FROM visit AS w WHERE w.client_id = a.id AND w.held_on <= :on AND w.satisfaction IS NOT NULL
     ORDER BY w.held_on DESC, w.id DESC LIMIT 1) AS happy,
    CASE WHEN a.since_on <= date(:on, '-365 days') THEN v.year END AS year,
    CASE WHEN v.told > 0 THEN v.problems END AS problems, l.tasks
  FROM active AS a LEFT JOIN visited AS v ON v.client_id = a.id LEFT JOIN late AS l ON l.client_id = a.id),
part AS (
  SELECT id, since_on, last,
    30 * (ago IS NOT NULL) + 40 * (happy IS NOT NULL) + 10 * (year IS NOT NULL) + 10 * (problems IS NOT NULL)
      + 10 * (tasks IS NOT NULL) AS known,
    COALESCE(30 * CASE WHEN ago >= 120 THEN 0 WHEN ago <= 30 THEN 100 ELSE (200 * (120 - ago) + 90) / 180 END, 0)
      + COALESCE(40 * CASE WHEN happy <= 1 THEN 0 WHEN happy >= 5 THEN 100 ELSE (200 * (happy - 1) + 4) / 8 END, 0)
      + COALESCE(10 * CASE WHEN year <= 0 THEN 0 WHEN year >= 4 THEN 100 ELSE (200 * year + 4) / 8 END, 0)
      + COALESCE(10 * CASE WHEN problems >= 3 THEN 0 WHEN problems <= 0 THEN 100 ELSE (200 * (3 - problems) + 3) / 6 END, 0)
      + COALESCE(10 * CASE WHEN tasks >= 3 THEN 0 WHEN tasks <= 0 THEN 100 ELSE (200 * (3 - tasks) + 3) / 6 END, 0) AS points
  FROM fact),
rated AS (
  SELECT id, since_on, last, COALESCE(
    (SELECT r.value FROM reading AS r WHERE r.client_id = part.id AND r.kind = 'health' AND r.on_day <= :on AND r.parts IS NULL
     ORDER BY r.on_day DESC, r.id DESC LIMIT 1),
    CASE WHEN known >= 50 THEN (2 * points + known) / (2 * known) END,
    (SELECT r.value FROM reading AS r WHERE r.client_id = part.id AND r.kind = 'health' AND r.on_day <= :on
     AND r.parts IS NOT NULL ORDER BY r.on_day DESC, r.id DESC LIMIT 1)) AS health
  FROM part)
SELECT COUNT(*) AS n FROM rated WHERE health < 70 OR COALESCE(last, since_on) < date(:on, '-90 days');

-- clients_with_next_visit
WITH active AS (
  SELECT c.id, c.since_on FROM client AS c JOIN client_status AS s ON s.client_id = c.id
  WHERE s.status = 'active' AND s.since <= :on AND (s.until IS NULL OR s.until > :on) AND c.since_on <= :on)
SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE id IN (
  SELECT client_id FROM event WHERE kind = 'client-visit' AND scheduled_for >= :on AND set_on <= :on
  AND (closed_on IS NULL OR closed_on > :on))) AS hits FROM active;

-- clients_with_high_health
WITH active AS MATERIALIZED (
  SELECT c.id, c.since_on FROM client AS c JOIN client_status AS s ON s.client_id = c.id
  WHERE s.status = 'active' AND s.since <= :on AND (s.until IS NULL OR s.until > :on) AND c.since_on <= :on),
visited AS (
  SELECT client_id, COUNT(*) AS visits, MAX(held_on) AS last, COUNT(*) FILTER (WHERE held_on > date(:on, '-365 days')) AS year,
    COUNT(*) FILTER (WHERE kind IN ('qbr', 'check-in', 'kickoff', 'problem-solving', 'celebration')) AS told,
    COUNT(*) FILTER (WHERE kind = 'problem-solving' AND held_on > date(:on, '-365 days')) AS problems
  FROM visit WHERE held_on <= :on GROUP BY client_id),
late AS (
  SELECT client_id, SUM((done_on IS NULL OR done_on > :on) AND COALESCE(due < :on, 0)) AS tasks FROM (
    SELECT COALESCE(t.client_id, o.client_id) AS client_id, t.done_on, (SELECT r.text FROM reading AS r
      WHERE r.task_id = t.id AND r.kind = 'due' AND r.on_day <= :on ORDER BY r.on_day DESC, r.id DESC LIMIT 1) AS due
    FROM task AS t LEFT JOIN opportunity AS o ON o.id = t.opportunity_id WHERE t.created_on <= :on) GROUP BY client_id),
fact AS (
  SELECT a.id, a.since_on, v.last, CAST(julianday(:on) - julianday(v.last) AS INTEGER) AS ago,
    (SELECT w.satisfaction FROM visit AS w WHERE w.client_id = a.id AND w.held_on <= :on AND w.satisfaction IS NOT NULL
     ORDER BY w.held_on DESC, w.id DESC LIMIT 1) AS happy,
    CASE WHEN a.since_on <= date(:on, '-365 days') THEN v.year END AS year,
    CASE WHEN v.told > 0 THEN v.problems END AS problems, l.tasks
  FROM active AS a LEFT JOIN visited AS v ON v.client_id = a.id LEFT JOIN late AS l ON l.client_id = a.id),
part AS (
  SELECT id, since_on, last,
    30 * (ago IS NOT NULL) + 40 * (happy IS NOT NULL) + 10 * (year IS NOT NULL) + 10 * (problems IS NOT NULL)
      + 10 * (tasks IS NOT NULL) AS known,
    COALESCE(30 * CASE WHEN ago >= 120 THEN 0 WHEN ago <= 30 THEN 100 ELSE (200 * (120 - ago) + 90) / 180 END, 0)
      + COALESCE(40 * CASE WHEN happy <= 1 THEN 0 WHEN happy >= 5 THEN 100 ELSE (200 * (happy - 1) + 4) / 8 END, 0)
      + COALESCE(10 * CASE WHEN year <= 0 THEN 0 WHEN year >= 4 THEN 100 ELSE (200 * year + 4) / 8 END, 0)
      + COALESCE(10 * CASE WHEN problems >= 3 THEN 0 WHEN problems <= 0 THEN 100 ELSE (200 * (3 - problems) + 3) / 6 END, 0)
      + COALESCE(10 * CASE WHEN tasks >= 3 THEN 0 WHEN tasks <= 0 THEN 100 ELSE (200 * (3 - tasks) + 3) / 6 END, 0) AS points
  FROM fact),
rated AS (
  SELECT id, since_on, last, COALESCE(
    (SELECT r.value FROM reading AS r WHERE r.client_id = part.id AND r.kind = 'health' AND r.on_day <= :on AND r.parts IS NULL
     ORDER BY r.on_day DESC, r.id DESC LIMIT 1),
    CASE WHEN known >= 50 THEN (2 * points + known) / (2 * known) END,
    (SELECT r.value FROM reading AS r WHERE r.client_id = part.id AND r.kind = 'health' AND r.on_day <= :on
     AND r.parts IS NOT NULL ORDER BY r.on_day DESC, r.id DESC LIMIT 1)) AS health
  FROM part)
SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE health > 85) AS hits, COUNT(*) - COUNT(health) AS still_open FROM rated;

-- clients_on_visit_plan
WITH active AS (
  SELECT c.id, c.since_on FROM client AS c JOIN client_status AS s ON s.client_id = c.id
  WHERE s.status = 'active' AND s.since <= :on AND (s.until IS NULL OR s.until > :on) AND c.since_on <= :on),
lived AS (
  SELECT client_id, CAST(CASE WHEN until IS NULL OR until > :on THEN julianday(:on) + 1 ELSE julianday(until) END
    - julianday(MAX(since, date(:on, '-364 days'))) AS INTEGER) AS days
  FROM client_status WHERE status = 'active' AND since <= :on AND (until IS NULL OR until > date(:on, '-364 days'))),
asked AS (SELECT client_id, SUM(days) AS days FROM lived GROUP BY client_id),
visited AS (
  SELECT client_id, COUNT(*) AS visits FROM visit WHERE held_on BETWEEN date(:on, '-364 days') AND :on GROUP BY client_id)
SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE COALESCE(v.visits, 0) >= 4 * d.days / 365) AS hits
FROM active AS a JOIN asked AS d ON d.client_id = a.id LEFT JOIN visited AS v ON v.client_id = a.id;

-- client_days_of_year
WITH lived AS (
  SELECT client_id, CAST(CASE WHEN until IS NULL OR until > :on THEN julianday(:on) + 1 ELSE julianday(until) END
    - julianday(MAX(since, date(:on, '-364 days'))) AS INTEGER) AS days
  FROM client_status WHERE status = 'active' AND since <= :on AND (until IS NULL OR until > date(:on, '-364 days')))
SELECT COUNT(*) AS n, COALESCE(SUM(days), 0) AS total FROM lived;

-- visits_of_year
SELECT COUNT(*) AS n FROM visit WHERE held_on BETWEEN date(:on, '-364 days') AND :on;

-- referrals_of_year
SELECT COUNT(*) AS n FROM referral WHERE received_on BETWEEN date(:on, '-364 days') AND :on;

-- referrals_given
SELECT COUNT(*) AS n, AVG(COALESCE(c.referrals_before, 0)
  + (SELECT COUNT(*) FROM referral AS r WHERE r.client_id = c.id AND r.received_on <= :on)) AS value
FROM client AS c WHERE c.since_on <= :on;
