-- report weekly
@funnel;

WITH open AS MATERIALIZED (
  SELECT id FROM opportunity WHERE id NOT IN (SELECT opportunity_id FROM opportunity_outcome WHERE until IS NULL))
SELECT t.close_on AS day, 'O' || open.id AS record, t.value, t.owner
FROM open CROSS JOIN opportunity_terms AS t ON t.id = (
  SELECT y.id FROM opportunity_terms AS y WHERE y.opportunity_id = open.id ORDER BY y.on_day DESC, y.id DESC LIMIT 1)
WHERE t.close_on BETWEEN :first AND :last;

SELECT due AS day, what FROM (
  SELECT what, (SELECT r.text FROM reading AS r WHERE r.task_id = t.id AND r.kind = 'due' ORDER BY r.on_day DESC, r.id DESC LIMIT 1)
    AS due FROM task AS t WHERE t.done_on IS NULL)
WHERE due < :today ORDER BY due;

SELECT e.scheduled_for AS day, e.scheduled_time AS time,
  COALESCE('O' || o.id, 'C' || c.id, 'L' || l.id) AS record, COALESCE(o.title, c.name, l.name) AS record_name
FROM event AS e LEFT JOIN opportunity AS o ON o.id = e.opportunity_id LEFT JOIN client AS c ON c.id = e.client_id
LEFT JOIN lead AS l ON l.id = e.lead_id
WHERE e.scheduled_for BETWEEN :first AND :last AND e.status = 'scheduled' AND e.kind <> 'client-visit'
ORDER BY e.scheduled_for, e.scheduled_time;

SELECT e.scheduled_for AS day, e.scheduled_time AS time,
  COALESCE('O' || o.id, 'C' || c.id, 'L' || l.id) AS record, COALESCE(o.title, c.name, l.name) AS record_name
FROM event AS e LEFT JOIN opportunity AS o ON o.id = e.opportunity_id LEFT JOIN client AS c ON c.id = e.client_id
LEFT JOIN lead AS l ON l.id = e.lead_id
WHERE e.scheduled_for BETWEEN :first AND :last AND e.status = 'scheduled' AND e.kind = 'client-visit'
ORDER BY e.scheduled_for, e.scheduled_time;

WITH came AS (
  SELECT source, 1 AS leads, 0 AS opened, 0 AS won, NULL AS value FROM lead WHERE received_on BETWEEN date(:on, '-6 days') AND :on
  UNION ALL
  SELECT COALESCE(o.source, l.source), 0, 1, 0, NULL FROM opportunity AS o LEFT JOIN lead AS l ON l.id = o.lead_id
  WHERE o.opened_on BETWEEN date(:on, '-6 days') AND :on
  UNION ALL
  SELECT COALESCE(o.source, l.source), 0, 0, 1, (SELECT t.value FROM opportunity_terms AS t WHERE t.opportunity_id = o.id
                                                 ORDER BY t.on_day DESC, t.id DESC LIMIT 1)
  FROM opportunity_outcome AS x CROSS JOIN opportunity AS o ON o.id = x.opportunity_id LEFT JOIN lead AS l ON l.id = o.lead_id
  WHERE x.since BETWEEN date(:on, '-6 days') AND :on AND x.outcome = 'won' AND x.until IS NULL)
SELECT SUM(leads) AS leads, SUM(opened) AS opened, SUM(won) AS won, SUM(value) AS value FROM came GROUP BY source;

SELECT x.since AS day, 'O' || o.id AS record, o.title AS record_name, (
  SELECT t.value FROM opportunity_terms AS t WHERE t.opportunity_id = o.id ORDER BY t.on_day DESC, t.id DESC LIMIT 1) AS value
FROM opportunity_outcome AS x CROSS JOIN opportunity AS o ON o.id = x.opportunity_id
WHERE x.since BETWEEN :first AND :last AND x.until IS NULL ORDER BY x.since;

WITH promised AS (
  SELECT opportunity_id, close_on, LEAD(close_on) OVER w AS next_close, LEAD(on_day) OVER w AS next_day
  FROM opportunity_terms WINDOW w AS (PARTITION BY opportunity_id ORDER BY on_day, id)),
missed AS (
  SELECT DISTINCT opportunity_id, close_on FROM promised WHERE close_on BETWEEN :first AND :last AND (
    next_close > close_on OR (close_on < :today AND (next_day IS NULL OR next_day > close_on))))
SELECT m.close_on AS day, 'O' || o.id AS record, o.title AS record_name
FROM missed AS m CROSS JOIN opportunity AS o ON o.id = m.opportunity_id WHERE NOT EXISTS (
  SELECT 1 FROM opportunity_outcome AS x WHERE x.opportunity_id = m.opportunity_id AND x.since <= m.close_on
  AND (x.until IS NULL OR x.until > m.close_on));

SELECT v.held_on AS day, 'C' || c.id AS record, c.name AS record_name, v.satisfaction,
  (SELECT COUNT(*) FROM testimonial AS t WHERE t.visit_id = v.id) AS testimonials,
  (SELECT COUNT(*) FROM story AS s WHERE s.visit_id = v.id) AS stories,
  (SELECT COUNT(*) FROM referral AS r WHERE r.visit_id = v.id) AS referrals
FROM visit AS v CROSS JOIN client AS c ON c.id = v.client_id WHERE v.held_on BETWEEN :first AND :last ORDER BY v.held_on;

SELECT e.scheduled_for AS day, e.scheduled_time AS time, 'E' || e.id AS record, c.name AS record_name
FROM event AS e CROSS JOIN client AS c ON c.id = e.client_id
WHERE e.status = 'scheduled' AND e.kind = 'client-visit' AND e.scheduled_for < :today ORDER BY e.scheduled_for;

-- report scorecard
WITH standing AS (
  SELECT l.id, o.id AS opportunity, x.outcome FROM lead AS l LEFT JOIN opportunity AS o ON o.lead_id = l.id
  LEFT JOIN opportunity_outcome AS x ON x.opportunity_id = o.id AND x.until IS NULL
  WHERE l.received_on BETWEEN :first AND :last),
each_lead AS (SELECT COUNT(opportunity) > 0 AS entered, MAX(outcome IS 'won') AS won FROM standing GROUP BY id),
counted AS MATERIALIZED (SELECT COUNT(*) AS received, SUM(entered) AS entered, SUM(won) AS won FROM each_lead)
SELECT 'received' AS step, received AS count FROM counted UNION ALL SELECT 'entered', entered FROM counted
UNION ALL SELECT 'won', won FROM counted;

-- report source-roi
WITH standing AS (
  SELECT l.id, o.id AS opportunity, x.outcome FROM lead AS l LEFT JOIN opportunity AS o ON o.lead_id = l.id
  LEFT JOIN opportunity_outcome AS x ON x.opportunity_id = o.id AND x.until IS NULL
  WHERE l.received_on BETWEEN :first AND :last),
each_lead AS (SELECT COUNT(opportunity) > 0 AS entered, MAX(outcome IS 'won') AS won FROM standing GROUP BY id),
counted AS MATERIALIZED (SELECT COUNT(*) AS received, SUM(entered) AS entered, SUM(won) AS won FROM each_lead)
SELECT 'received' AS step, received AS count FROM counted UNION ALL SELECT 'entered', entered FROM counted
UNION ALL SELECT 'won', won FROM counted;

WITH standing AS (
  SELECT l.id, l.source, o.id AS opportunity, x.outcome FROM lead AS l LEFT JOIN opportunity AS o ON o.lead_id = l.id
  LEFT JOIN opportunity_outcome AS x ON x.opportunity_id = o.id AND x.until IS NULL
  WHERE l.received_on BETWEEN :first AND :last),
each_lead AS (SELECT source, COUNT(opportunity) > 0 AS entered, MAX(outcome IS 'won') AS won FROM standing GROUP BY id),
came AS (
  SELECT source, 1 AS leads, entered, won AS win, 0 AS won, NULL AS value FROM each_lead
  UNION ALL
  SELECT COALESCE(o.source, l.source), 0, 0, 0, 1, (SELECT t.value FROM opportunity_terms AS t WHERE t.opportunity_id = o.id
                                                    ORDER BY t.on_day DESC, t.id DESC LIMIT 1)
  FROM opportunity_outcome AS x CROSS JOIN opportunity AS o ON o.id = x.opportunity_id LEFT JOIN lead AS l ON l.id = o.lead_id
  WHERE x.since BETWEEN :first AND :last AND x.outcome = 'won' AND x.until IS NULL),
each AS MATERIALIZED (
  SELECT source, SUM(leads) AS leads, SUM(entered) AS entered, SUM(win) AS win, SUM(won) AS won, SUM(value) AS value
  FROM came GROUP BY source)
SELECT leads, 1.0 * entered / NULLIF(leads, 0) AS opportunity, 1.0 * win / NULLIF(leads, 0) AS win, won, value FROM each
UNION ALL SELECT SUM(leads), 1.0 * SUM(entered) / SUM(leads), 1.0 * SUM(win) / SUM(leads), SUM(won), SUM(value) FROM each;

-- report pipeline
WITH open AS MATERIALIZED (
  SELECT id FROM opportunity WHERE opened_on <= :on AND id NOT IN (
    SELECT opportunity_id FROM opportunity_outcome WHERE since <= :on AND (until IS NULL OR until > :on))),
standing AS MATERIALIZED (
  SELECT t.value, t.probability, (SELECT s.stage FROM stage_stay AS s WHERE s.opportunity_id = open.id AND s.since <= :on
     AND (s.until IS NULL OR s.until > :on) ORDER BY s.sequence DESC LIMIT 1) AS stage
  FROM open LEFT JOIN opportunity_terms AS t ON t.id = (
    SELECT y.id FROM opportunity_terms AS y WHERE y.opportunity_id = open.id AND y.on_day <= :on
    ORDER BY y.on_day DESC, y.id DESC LIMIT 1)),
stage (key, name, percent) AS (VALUES ('intro', 'Intro', 42), ('mutual-discovery', 'Mutual discovery', 49),
  ('proposal', 'Proposal', 63), ('realign', 'Realign', 79), ('overcome', 'Overcome', 88)),
entered AS (
  SELECT DISTINCT x.opportunity_id, s.stage, x.outcome
  FROM opportunity_outcome AS x JOIN stage_stay AS s ON s.opportunity_id = x.opportunity_id AND s.since <= x.since
  WHERE x.since <= :on AND (x.until IS NULL OR x.until > :on)),
history AS MATERIALIZED (SELECT stage, COUNT(*) AS closed, SUM(outcome = 'won') AS won FROM entered GROUP BY stage),
each AS MATERIALIZED (
  SELECT k.name AS stage, COUNT(o.stage) AS open, SUM(o.value) AS value, SUM(o.value * k.percent) AS weighted,
    SUM(o.value * (100 * COALESCE(h.won, 0) + 8 * k.percent) / (COALESCE(h.closed, 0) + 8)) AS history,
    SUM(o.value * o.probability) AS by_hand
  FROM stage AS k LEFT JOIN standing AS o ON o.stage = k.key LEFT JOIN history AS h ON h.stage = k.key GROUP BY k.key)
SELECT stage, open, value, ROUND(weighted / 100.0) AS "default", ROUND(history / 100.0) AS history, ROUND(by_hand / 100.0) AS by_hand
FROM each
UNION ALL SELECT 'all open', SUM(open), SUM(value), ROUND(SUM(weighted) / 100.0), ROUND(SUM(history) / 100.0),
  ROUND(SUM(by_hand) / 100.0) FROM each
UNION ALL SELECT 'Visit (active clients)', COUNT(*), NULL, NULL, NULL, NULL
FROM client_status WHERE status = 'active' AND since <= :on AND (until IS NULL OR until > :on);

WITH entered AS (
  SELECT DISTINCT x.opportunity_id, s.stage, x.outcome
  FROM opportunity_outcome AS x JOIN stage_stay AS s ON s.opportunity_id = x.opportunity_id AND s.since <= x.since
  WHERE x.since <= :on AND (x.until IS NULL OR x.until > :on)),
history AS MATERIALIZED (SELECT stage, COUNT(*) AS closed, SUM(outcome = 'won') AS won FROM entered GROUP BY stage),
stage (key, name, percent) AS (VALUES ('intro', 'Intro', 42), ('mutual-discovery', 'Mutual discovery', 49),
  ('proposal', 'Proposal', 63), ('realign', 'Realign', 79), ('overcome', 'Overcome', 88))
SELECT k.name AS stage, k.percent AS "default", 1.0 * h.won / h.closed AS won,
  (100.0 * COALESCE(h.won, 0) + 8 * k.percent) / (COALESCE(h.closed, 0) + 8) AS history
FROM stage AS k LEFT JOIN history AS h ON h.stage = k.key;

WITH open AS MATERIALIZED (
  SELECT id, title FROM opportunity WHERE opened_on <= :on AND id NOT IN (
    SELECT opportunity_id FROM opportunity_outcome WHERE since <= :on AND (until IS NULL OR until > :on)))
SELECT 'O' || open.id AS record, open.title AS record_name, CAST(julianday(:on) - julianday(s.since) AS INTEGER) AS days, t.value, t.probability, t.close_on,
  (SELECT MIN(e.scheduled_for) FROM event AS e WHERE e.opportunity_id = open.id AND e.set_on <= :on AND e.scheduled_for >= :on
   AND (e.closed_on IS NULL OR e.closed_on > :on)) AS next_event, t.owner
FROM open LEFT JOIN opportunity_terms AS t ON t.id = (
  SELECT y.id FROM opportunity_terms AS y WHERE y.opportunity_id = open.id AND y.on_day <= :on
  ORDER BY y.on_day DESC, y.id DESC LIMIT 1)
LEFT JOIN stage_stay AS s ON s.id = (
  SELECT y.id FROM stage_stay AS y WHERE y.opportunity_id = open.id AND y.since <= :on
  AND (y.until IS NULL OR y.until > :on) ORDER BY y.sequence DESC LIMIT 1);

-- report discovery
WITH discovered AS (
  SELECT opportunity_id FROM stage_stay WHERE stage = 'mutual-discovery'
  GROUP BY opportunity_id HAVING MIN(since) BETWEEN :first AND :last)
SELECT COALESCE(x.outcome, 'open') AS outcome, COUNT(*) AS n, 1.0 * COUNT(*) / SUM(COUNT(*)) OVER () AS share
FROM discovered AS d LEFT JOIN opportunity_outcome AS x ON x.opportunity_id = d.opportunity_id AND x.until IS NULL
GROUP BY x.outcome;

WITH went AS (
  SELECT s.stage, CASE WHEN s.until IS NULL THEN 'still there' ELSE COALESCE(
    (SELECT x.outcome FROM opportunity_outcome AS x WHERE x.opportunity_id = s.opportunity_id AND x.since >= s.until
     AND COALESCE(x.stage, s.stage) = s.stage AND NOT EXISTS (
       SELECT 1 FROM stage_stay AS y WHERE y.opportunity_id = s.opportunity_id AND (y.sequence, y.id) > (s.sequence, s.id)
       AND y.since < COALESCE(x.until, '9999-12-31'))
     ORDER BY x.since, x.id LIMIT 1),
    (SELECT y.stage FROM stage_stay AS y WHERE y.opportunity_id = s.opportunity_id AND y.sequence > s.sequence
     ORDER BY y.sequence LIMIT 1), 'not known') END AS went_to
  FROM stage_stay AS s WHERE s.since BETWEEN :first AND :last),
ways AS MATERIALIZED (SELECT stage, went_to, COUNT(*) AS n FROM went GROUP BY stage, went_to),
words (went_to, place) AS (
  SELECT went_to, ROW_NUMBER() OVER (ORDER BY CASE went_to WHEN 'intro' THEN 1 WHEN 'mutual-discovery' THEN 2 WHEN 'proposal' THEN 3
    WHEN 'realign' THEN 4 WHEN 'overcome' THEN 5 WHEN 'visit' THEN 6 ELSE 7 END, -SUM(n), went_to) FROM ways GROUP BY went_to),
parts AS (
  SELECT s.stage, w.went_to, w.place, COALESCE(y.n, 0) AS n, SUM(y.n) OVER (PARTITION BY s.stage) AS total
  FROM (SELECT DISTINCT stage FROM ways) AS s CROSS JOIN words AS w
  LEFT JOIN ways AS y ON y.stage = s.stage AND y.went_to = w.went_to),
rounded AS (
  SELECT stage, went_to, n, 100 * n / total AS percent, ROW_NUMBER() OVER (PARTITION BY stage ORDER BY -(100 * n % total), place) AS nearest,
    100 - SUM(100 * n / total) OVER (PARTITION BY stage) AS missing FROM parts),
whole AS MATERIALIZED (SELECT stage, went_to, n, percent + (nearest <= missing) AS percent FROM rounded)
SELECT SUM(percent) FILTER (WHERE stage = 'intro') AS intro, SUM(percent) FILTER (WHERE stage = 'mutual-discovery') AS "mutual-discovery",
  SUM(percent) FILTER (WHERE stage = 'proposal') AS proposal, SUM(percent) FILTER (WHERE stage = 'realign') AS realign,
  SUM(percent) FILTER (WHERE stage = 'overcome') AS overcome FROM whole GROUP BY went_to
UNION ALL SELECT SUM(n) FILTER (WHERE stage = 'intro'), SUM(n) FILTER (WHERE stage = 'mutual-discovery'),
  SUM(n) FILTER (WHERE stage = 'proposal'), SUM(n) FILTER (WHERE stage = 'realign'), SUM(n) FILTER (WHERE stage = 'overcome') FROM whole;

WITH discovered AS MATERIALIZED (
  SELECT opportunity_id, MIN(since) AS day FROM stage_stay WHERE stage = 'mutual-discovery'
  GROUP BY opportunity_id HAVING MIN(since) BETWEEN :first AND :last)
SELECT d.day, 'O' || o.id AS record, o.title AS record_name, COALESCE(x.outcome, 'open') AS outcome, x.since AS ended,
  (SELECT t.value FROM opportunity_terms AS t WHERE t.opportunity_id = o.id ORDER BY t.on_day DESC, t.id DESC LIMIT 1) AS value,
  CASE (SELECT s.stage FROM stage_stay AS s WHERE s.opportunity_id = o.id ORDER BY s.until IS NOT NULL, s.sequence DESC LIMIT 1)
    WHEN 'intro' THEN 'Intro' WHEN 'mutual-discovery' THEN 'Mutual discovery' WHEN 'proposal' THEN 'Proposal' WHEN 'realign' THEN 'Realign'
    WHEN 'overcome' THEN 'Overcome' END AS stage
FROM discovered AS d CROSS JOIN opportunity AS o ON o.id = d.opportunity_id
LEFT JOIN opportunity_outcome AS x ON x.opportunity_id = o.id AND x.until IS NULL ORDER BY d.day;

-- report sales-cycle
WITH won AS MATERIALIZED (
  SELECT CAST(julianday(x.since) - julianday(o.opened_on) AS INTEGER) AS days, COALESCE(x.stage, (
    SELECT s.stage FROM stage_stay AS s WHERE s.opportunity_id = o.id ORDER BY s.sequence DESC LIMIT 1)) AS stage
  FROM opportunity_outcome AS x CROSS JOIN opportunity AS o ON o.id = x.opportunity_id
  WHERE x.since BETWEEN :first AND :last AND x.outcome = 'won' AND x.until IS NULL AND x.since >= o.opened_on),
placed AS (
  SELECT stage, days, ROW_NUMBER() OVER (PARTITION BY stage ORDER BY days) AS place, COUNT(*) OVER (PARTITION BY stage) AS n FROM won),
placed_of_all AS (SELECT days, ROW_NUMBER() OVER (ORDER BY days) AS place, COUNT(*) OVER () AS n FROM won)
SELECT COUNT(*) AS won, AVG(days) AS mean, AVG(days) FILTER (WHERE 2 * place BETWEEN n AND n + 2) AS median FROM placed GROUP BY stage
UNION ALL SELECT COUNT(*), AVG(days), AVG(days) FILTER (WHERE 2 * place BETWEEN n AND n + 2) FROM placed_of_all HAVING COUNT(*) > 0;

WITH stay AS (
  SELECT stage, CAST(julianday(COALESCE(until, :today)) - julianday(since) AS INTEGER) AS days, until IS NOT NULL AS ended
  FROM stage_stay WHERE since BETWEEN :first AND :last AND since <= COALESCE(until, :today)),
length AS MATERIALIZED (SELECT stage, days, COUNT(*) AS stays, SUM(ended) AS ends FROM stay GROUP BY stage, days),
risk AS (SELECT stage, days, ends, SUM(stays) OVER (PARTITION BY stage ORDER BY days DESC) AS inside FROM length),
remaining AS (
  SELECT stage, days, ends, SUM(CASE WHEN ends < inside THEN ln(1.0 - 1.0 * ends / inside) ELSE -99 END)
    OVER (PARTITION BY stage ORDER BY days) AS log FROM risk),
step AS MATERIALIZED (
  SELECT stage, days, exp(log) AS share, LEAD(days, 1, days) OVER (PARTITION BY stage ORDER BY days) AS next
  FROM remaining AS r WHERE ends > 0 OR days = (SELECT MAX(l.days) FROM length AS l WHERE l.stage = r.stage))
SELECT (SELECT CASE WHEN share > 0.5 - 1e-9 THEN (days + next) / 2.0 ELSE days END FROM step AS t
        WHERE t.stage = l.stage AND share < 0.5 + 1e-9 ORDER BY days LIMIT 1) AS median,
  SUM(ends) AS finished, 1.0 * SUM(days * ends) / SUM(ends) AS mean, SUM(stays) - SUM(ends) AS inside,
  MAX(days) FILTER (WHERE stays > ends) AS longest
FROM length AS l GROUP BY stage;

SELECT x.since AS day, 'O' || o.id AS record, o.title AS record_name, o.opened_on AS opened,
  CAST(julianday(x.since) - julianday(o.opened_on) AS INTEGER) AS days,
  (SELECT t.value FROM opportunity_terms AS t WHERE t.opportunity_id = o.id ORDER BY t.on_day DESC, t.id DESC LIMIT 1) AS value
FROM opportunity_outcome AS x CROSS JOIN opportunity AS o ON o.id = x.opportunity_id
WHERE x.since BETWEEN :first AND :last AND x.outcome = 'won' AND x.until IS NULL AND x.since >= o.opened_on ORDER BY x.since;

-- report gap
WITH gap AS MATERIALIZED (
  SELECT kind, CAST(julianday(scheduled_for) - julianday(set_on) AS INTEGER) AS days FROM event WHERE set_on BETWEEN :first AND :last),
placed AS (
  SELECT kind, days, ROW_NUMBER() OVER (PARTITION BY kind ORDER BY days) AS place, COUNT(*) OVER (PARTITION BY kind) AS n FROM gap)
SELECT COUNT(*) AS "set", AVG(days) AS mean, AVG(days) FILTER (WHERE 2 * place BETWEEN n AND n + 2) AS median,
  AVG(days BETWEEN 0 AND CASE kind WHEN 'introductory-call' THEN 2 WHEN 'discovery-meeting' THEN 6 WHEN 'proposal-presentation' THEN 10
    WHEN 'realignment-meeting' THEN 8 WHEN 'final-questions-session' THEN 7 WHEN 'client-visit' THEN 14 END) AS on_target
FROM placed GROUP BY kind;

WITH gap AS (
  SELECT MAX(-1, MIN(CAST(julianday(scheduled_for) - julianday(set_on) AS INTEGER), 11)) AS days
  FROM event WHERE set_on BETWEEN :first AND :last),
counted AS MATERIALIZED (SELECT days, COUNT(*) AS n FROM gap GROUP BY days),
lengths (days) AS (VALUES (-1), (0), (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11))
SELECT COALESCE(c.n, 0) AS "set", COALESCE(1.0 * SUM(c.n) OVER (ORDER BY l.days) / SUM(c.n) OVER (), 0.0) AS so_far
FROM lengths AS l LEFT JOIN counted AS c ON c.days = l.days WHERE c.n > 0 OR l.days BETWEEN 0 AND 10;

SELECT e.set_on AS day, 'E' || e.id AS record, COALESCE(o.title, c.name, l.name) AS record_name, e.scheduled_for,
  CAST(julianday(e.scheduled_for) - julianday(e.set_on) AS INTEGER) AS gap,
  CAST(julianday(e.scheduled_for) - julianday(e.first_set_on) AS INTEGER) AS wait, e.status
FROM event AS e LEFT JOIN opportunity AS o ON o.id = e.opportunity_id LEFT JOIN client AS c ON c.id = e.client_id
LEFT JOIN lead AS l ON l.id = e.lead_id WHERE e.set_on BETWEEN :first AND :last ORDER BY e.set_on;

-- report anticipation
WITH read AS MATERIALIZED (
  SELECT anticipated_stage AS anticipated, actual_stage AS actual, COUNT(*) AS n FROM event
  WHERE +status = 'done' AND closed_on BETWEEN :first AND :last AND anticipated_stage IS NOT NULL AND actual_stage IS NOT NULL
  GROUP BY anticipated_stage, actual_stage)
SELECT 1.0 * SUM(n) FILTER (WHERE actual = anticipated) / SUM(n) AS "right" FROM read GROUP BY anticipated;

SELECT e.closed_on AS day, 'E' || e.id AS record, COALESCE(o.title, c.name, l.name) AS record_name
FROM event AS e LEFT JOIN opportunity AS o ON o.id = e.opportunity_id LEFT JOIN client AS c ON c.id = e.client_id
LEFT JOIN lead AS l ON l.id = e.lead_id
WHERE +e.status = 'done' AND e.closed_on BETWEEN :first AND :last AND e.anticipated_stage <> e.actual_stage ORDER BY e.closed_on, e.id;

-- report visits
WITH yield AS MATERIALIZED (
  SELECT v.kind, v.satisfaction, (SELECT COUNT(*) FROM testimonial AS t WHERE t.visit_id = v.id) AS testimonials,
    (SELECT COUNT(*) FROM story AS s WHERE s.visit_id = v.id) AS stories,
    (SELECT COUNT(*) FROM referral AS r WHERE r.visit_id = v.id) AS referrals
  FROM visit AS v WHERE v.held_on BETWEEN :first AND :last)
SELECT COUNT(*) AS visits, AVG(satisfaction) AS satisfaction, SUM(testimonials) AS testimonials, SUM(stories) AS stories,
  SUM(referrals) AS referrals FROM yield GROUP BY kind
UNION ALL SELECT COUNT(*), AVG(satisfaction), SUM(testimonials), SUM(stories), SUM(referrals) FROM yield HAVING COUNT(*) > 0;

SELECT v.held_on AS day, 'C' || c.id AS record, c.name AS record_name, v.satisfaction,
  (SELECT COUNT(*) FROM testimonial AS t WHERE t.visit_id = v.id) AS testimonials,
  (SELECT COUNT(*) FROM story AS s WHERE s.visit_id = v.id) AS stories,
  (SELECT COUNT(*) FROM referral AS r WHERE r.visit_id = v.id) AS referrals
FROM visit AS v CROSS JOIN client AS c ON c.id = v.client_id WHERE v.held_on BETWEEN :first AND :last ORDER BY v.held_on;

SELECT v.held_on AS day, 'V' || v.id AS record, c.name AS record_name, v.outcomes, v.next_steps
FROM visit AS v CROSS JOIN client AS c ON c.id = v.client_id
WHERE v.held_on BETWEEN :first AND :last AND (v.outcomes IS NOT NULL OR v.next_steps IS NOT NULL) ORDER BY v.held_on;

SELECT e.scheduled_for AS day, e.scheduled_time AS time, 'C' || c.id AS record, c.name AS record_name
FROM event AS e LEFT JOIN client AS c ON c.id = e.client_id
WHERE e.scheduled_for BETWEEN :first AND :last AND e.status = 'scheduled' AND e.kind = 'client-visit' ORDER BY e.scheduled_for;

SELECT e.scheduled_for AS day, e.scheduled_time AS time, 'E' || e.id AS record, c.name AS record_name
FROM event AS e CROSS JOIN client AS c ON c.id = e.client_id
WHERE e.status = 'scheduled' AND e.kind = 'client-visit' AND e.scheduled_for < :today ORDER BY e.scheduled_for;

-- report testimonials
SELECT t.given_on AS day, 'T' || t.id AS record, c.name AS record_name, t.kind, t.rating, t.permission, t.published_on, t.content
FROM testimonial AS t CROSS JOIN client AS c ON c.id = t.client_id WHERE t.given_on BETWEEN :first AND :last ORDER BY t.given_on;

SELECT v.held_on AS day, 'V' || v.id AS record, c.name AS record_name FROM visit AS v CROSS JOIN client AS c ON c.id = v.client_id
WHERE v.held_on BETWEEN :first AND :last AND v.asked_testimonial AND v.id NOT IN (
  SELECT visit_id FROM testimonial WHERE visit_id IS NOT NULL) ORDER BY v.held_on;

-- report referrals
WITH worth AS MATERIALIZED (
  SELECT r.client_id, r.estimated_value, COUNT(o.id) AS opened, SUM(x.outcome IS 'won') AS won,
    SUM(CASE WHEN x.outcome = 'won' THEN (SELECT t.value FROM opportunity_terms AS t WHERE t.opportunity_id = o.id
                                          ORDER BY t.on_day DESC, t.id DESC LIMIT 1) END) AS value
  FROM referral AS r LEFT JOIN opportunity AS o ON o.lead_id = r.lead_id
  LEFT JOIN opportunity_outcome AS x ON x.opportunity_id = o.id AND x.until IS NULL
  WHERE r.received_on BETWEEN :first AND :last GROUP BY r.id)
SELECT COUNT(*) AS received, AVG(opened > 0) AS converted, SUM(estimated_value) AS estimated, SUM(value) AS value
FROM worth GROUP BY client_id
UNION ALL SELECT COUNT(*), AVG(opened > 0), SUM(estimated_value), SUM(value) FROM worth HAVING COUNT(*) > 0;

SELECT r.received_on AS day, 'R' || r.id AS record, r.name AS record_name, 'C' || r.client_id AS client, c.name AS client_name,
  CAST(julianday(r.contacted_on) - julianday(r.received_on) AS INTEGER) AS waited, r.estimated_value AS estimated,
  SUM(CASE WHEN x.outcome = 'won' THEN (SELECT t.value FROM opportunity_terms AS t WHERE t.opportunity_id = o.id
                                        ORDER BY t.on_day DESC, t.id DESC LIMIT 1) END) AS value
FROM referral AS r CROSS JOIN client AS c ON c.id = r.client_id LEFT JOIN opportunity AS o ON o.lead_id = r.lead_id
LEFT JOIN opportunity_outcome AS x ON x.opportunity_id = o.id AND x.until IS NULL
WHERE r.received_on BETWEEN :first AND :last GROUP BY r.id ORDER BY r.received_on;

-- report at-risk
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
SELECT 'C' || rated.id AS record, CASE WHEN health >= 70 OR health IS NULL THEN 'no visit'
    WHEN COALESCE(last, rated.since_on) < date(:on, '-90 days') THEN 'low health and no visit' ELSE 'low health' END AS why,
  health, last AS visited, CAST(julianday(:on) - julianday(COALESCE(last, rated.since_on)) AS INTEGER) AS days,
  (SELECT MIN(e.scheduled_for) FROM event AS e WHERE e.client_id = rated.id AND e.kind = 'client-visit' AND e.set_on <= :on
   AND e.scheduled_for >= :on AND (e.closed_on IS NULL OR e.closed_on > :on)) AS next_visit,
  (SELECT w.text FROM reading AS w WHERE w.client_id = rated.id AND w.kind = 'owner' AND w.on_day <= :on
   ORDER BY w.on_day DESC, w.id DESC LIMIT 1) AS owner, c.name AS record_name
FROM rated CROSS JOIN client AS c ON c.id = rated.id
WHERE health < 70 OR COALESCE(last, rated.since_on) < date(:on, '-90 days') ORDER BY days DESC, c.name;

-- part funnel
WITH open AS MATERIALIZED (
  SELECT id FROM opportunity WHERE opened_on <= :on AND id NOT IN (
    SELECT opportunity_id FROM opportunity_outcome WHERE since <= :on AND (until IS NULL OR until > :on))),
standing AS MATERIALIZED (
  SELECT (SELECT t.value FROM opportunity_terms AS t WHERE t.opportunity_id = open.id AND t.on_day <= :on
          ORDER BY t.on_day DESC, t.id DESC LIMIT 1) AS value,
    (SELECT s.stage FROM stage_stay AS s WHERE s.opportunity_id = open.id AND s.since <= :on
     AND (s.until IS NULL OR s.until > :on) ORDER BY s.sequence DESC LIMIT 1) AS stage FROM open),
stage (key, name, percent) AS (VALUES ('intro', 'Intro', 42), ('mutual-discovery', 'Mutual discovery', 49),
  ('proposal', 'Proposal', 63), ('realign', 'Realign', 79), ('overcome', 'Overcome', 88)),
each AS MATERIALIZED (
  SELECT k.name AS stage, COUNT(o.stage) AS open, SUM(o.value) AS value, SUM(o.value * k.percent) AS weighted
  FROM stage AS k LEFT JOIN standing AS o ON o.stage = k.key GROUP BY k.key)
SELECT stage, open, value, ROUND(weighted / 100.0) AS weighted FROM each
UNION ALL SELECT 'all open', SUM(open), SUM(value), ROUND(SUM(weighted) / 100.0) FROM each
UNION ALL SELECT 'Visit (active clients)', COUNT(*), NULL, NULL
FROM client_status WHERE status = 'active' AND since <= :on AND (until IS NULL OR until > :on)
