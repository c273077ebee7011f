-- report activity
SELECT SUM(times) AS done, SUM(times) FILTER (WHERE response = 'yes') AS answered, SUM(minutes) AS minutes
FROM activity WHERE done_on BETWEEN :first AND :last GROUP BY kind;

-- report accounts
WITH won AS (
  SELECT o.client_id, x.since, (SELECT t.value FROM opportunity_terms AS t WHERE t.opportunity_id = o.id
                                ORDER BY t.on_day DESC, t.id DESC LIMIT 1) AS value
  FROM opportunity_outcome AS x CROSS JOIN opportunity AS o ON o.id = x.opportunity_id
  WHERE x.since BETWEEN :first AND :last AND x.outcome = 'won' AND x.until IS NULL),
each AS (SELECT client_id, COUNT(*) AS won, SUM(value) AS value, MAX(since) AS latest FROM won GROUP BY client_id)
SELECT COALESCE('C' || c.id, 'no client') AS record, e.won, e.value, e.latest FROM each AS e LEFT JOIN client AS c ON c.id = e.client_id
ORDER BY e.value DESC NULLS LAST, c.name, c.id LIMIT 20;

-- report salespeople
WITH closed AS MATERIALIZED (
  SELECT x.outcome, t.owner, t.value FROM opportunity_outcome AS x LEFT JOIN opportunity_terms AS t ON t.id = (
    SELECT y.id FROM opportunity_terms AS y WHERE y.opportunity_id = x.opportunity_id ORDER BY y.on_day DESC, y.id DESC LIMIT 1)
  WHERE x.since BETWEEN :first AND :last AND x.until IS NULL AND x.outcome IN ('won', 'lost')),
each AS (SELECT COALESCE(owner, 'no owner') AS owner, outcome, value FROM closed UNION ALL SELECT 'all', outcome, value FROM closed)
SELECT owner, COUNT(*) FILTER (WHERE outcome = 'won') AS won, 1.0 * COUNT(*) FILTER (WHERE outcome = 'won') / COUNT(*) AS win_rate,
  ROUND(AVG(value) FILTER (WHERE outcome = 'won')) AS average FROM each GROUP BY owner;

@worked;

-- report quota
WITH span (of_table, first, last) AS (VALUES ('won_value_by_owner_month', :first, :last),
  ('won_value_by_owner_quarter', date(:first, printf('-%d months', (strftime('%m', :first) - 1) % 3)),
    date(:first, printf('-%d months', (strftime('%m', :first) - 1) % 3), '+3 months', '-1 day')),
  ('won_value_by_owner_year_to_date', date(:first, 'start of year'), :last)),
won AS MATERIALIZED (
  SELECT x.since AS day, COALESCE(t.owner, 'no owner') AS owner, SUM(t.value) AS value
  FROM opportunity_outcome AS x LEFT JOIN opportunity_terms AS t ON t.id = (
    SELECT y.id FROM opportunity_terms AS y WHERE y.opportunity_id = x.opportunity_id ORDER BY y.on_day DESC, y.id DESC LIMIT 1)
  WHERE x.since BETWEEN (SELECT MIN(first) FROM span) AND (SELECT MAX(last) FROM span) AND x.outcome = 'won' AND x.until IS NULL
  GROUP BY x.since, t.owner),
reached AS MATERIALIZED (
  SELECT s.of_table, w.owner, SUM(w.value) AS reached FROM span AS s JOIN won AS w ON w.day BETWEEN s.first AND s.last
  GROUP BY s.of_table, w.owner)
SELECT of_table, owner, reached FROM reached
UNION ALL SELECT of_table, 'all', SUM(reached) FROM reached GROUP BY of_table;

WITH span (of_table, first, last) AS (VALUES ('points_by_owner_month', :first, :last),
  ('points_by_owner_quarter', date(:first, printf('-%d months', (strftime('%m', :first) - 1) % 3)),
    date(:first, printf('-%d months', (strftime('%m', :first) - 1) % 3), '+3 months', '-1 day')),
  ('points_by_owner_year_to_date', date(:first, 'start of year'), :last)),
ends AS MATERIALIZED (SELECT MIN(first) AS first, MAX(last) AS last FROM span),
@earned,
each AS MATERIALIZED (SELECT day, owner, SUM(points) AS points FROM earned GROUP BY day, owner),
reached AS MATERIALIZED (
  SELECT s.of_table, COALESCE(e.owner, 'no owner') AS owner, SUM(e.points) AS reached
  FROM span AS s JOIN each AS e ON e.day BETWEEN s.first AND s.last GROUP BY s.of_table, e.owner)
SELECT of_table, owner, reached FROM reached
UNION ALL SELECT of_table, 'all', SUM(reached) FROM reached GROUP BY of_table;

-- report points
WITH ends AS MATERIALIZED (SELECT :first AS first, :last AS last),
@earned,
reached AS MATERIALIZED (SELECT owner, SUM(points) AS reached FROM earned GROUP BY owner)
SELECT COALESCE(owner, 'no owner') AS owner, reached FROM reached UNION ALL SELECT 'all', SUM(reached) FROM reached;

WITH ends AS MATERIALIZED (SELECT :first AS first, :last AS last),
@earned,
done AS MATERIALIZED (
  SELECT kind, SUM(times) AS done, SUM(times) FILTER (WHERE how <> 'logged') AS unlogged FROM earned GROUP BY kind),
kind (key, name, points, plan) AS (VALUES ('add-prospect', 'add a prospect', 3, 20),
  ('first-appointment', 'first appointment', 10, 7), ('discovery-meeting', 'discovery meeting', 12, 4),
  ('presentation', 'presentation', 14, 4), ('follow-up-appointment', 'follow-up appointment to close', 16, 0),
  ('proactive-date', 'proactive date with a client', 5, 0), ('follow-up', 'follow-up call or email', 1, 0),
  ('thank-you-postcard', 'thank-you postcard after a meeting', 1, 0), ('cold-call-block', 'two-hour cold-call block', 15, 4),
  ('track-call', 'track activity call', 1, 0), ('lead-follow-up-call', 'lead follow-up call', 1, 0),
  ('social-event', 'attend a social event or show', 10, 2), ('webinar', 'host a webinar or lunch & learn', 10, 1),
  ('client-lunch', 'lunch with a client', 5, 2), ('value-add-email', 'value-add proactive email', 2, 10),
  ('technology-business-review', 'technology business review', 20, 4), ('referral-given', 'referral given to a client', 5, 1),
  ('hardware-quote', 'new hardware quote', 5, 15), ('addendum-quote', 'new addendum quote', 10, 10),
  ('thank-you-card', 'thank-you card', 1, 10), ('wow-experience', 'approved wow experience', 10, 2))
SELECT k.name AS kind, COALESCE(d.done, 0) AS done, COALESCE(d.unlogged, 0) AS unlogged, COALESCE(d.done, 0) * k.points AS points
FROM kind AS k LEFT JOIN done AS d ON d.kind = k.key WHERE d.done > 0 OR k.plan > 0;

-- report touches
SELECT kind, COUNT(*) AS n, COUNT(*) FILTER (WHERE kind IN ('form', 'chat', 'click') OR link_id IS NOT NULL OR page GLOB '/pricing*'
  OR page GLOB '/contact*') AS interest
FROM touch WHERE on_day BETWEEN :first AND :last GROUP BY kind;

WITH received AS MATERIALIZED (SELECT id FROM lead WHERE received_on BETWEEN :first AND :last),
@standing,
@contacts,
had AS (SELECT id, kind, MIN(day) AS day FROM point GROUP BY id, kind),
whole AS MATERIALIZED (SELECT COUNT(*) AS leads, COUNT(won) AS won FROM standing),
each AS (
  SELECT COUNT(*) AS leads, COUNT(s.won) AS won FROM had AS h JOIN standing AS s ON s.id = h.id
  WHERE s.won IS NULL OR h.day <= s.won GROUP BY h.kind)
SELECT 1.0 * e.won / e.leads AS won, 1.0 * (w.won - e.won) / NULLIF(w.leads - e.leads, 0) AS without FROM each AS e CROSS JOIN whole AS w;

WITH received AS MATERIALIZED (
  SELECT o.lead_id AS id, MIN(x.since) AS day FROM opportunity_outcome AS x CROSS JOIN opportunity AS o ON o.id = x.opportunity_id
  WHERE x.outcome = 'won' AND x.until IS NULL AND o.lead_id IS NOT NULL GROUP BY o.lead_id
  HAVING MIN(x.since) BETWEEN :first AND :last),
@contacts,
placed AS (
  SELECT p.kind, ROW_NUMBER() OVER (PARTITION BY p.id ORDER BY p.day, p.kind) = 1 AS first,
    ROW_NUMBER() OVER (PARTITION BY p.id ORDER BY p.day DESC, p.kind) = 1 AS last
  FROM point AS p JOIN received AS r ON r.id = p.id WHERE p.day <= r.day)
SELECT SUM(first) AS first, SUM(last) AS last FROM placed WHERE first OR last GROUP BY kind;

WITH received AS MATERIALIZED (SELECT id, received_on, campaign_id FROM lead WHERE received_on BETWEEN :first AND :last),
@standing,
@nurture,
whole AS MATERIALIZED (SELECT COUNT(*) AS leads, COUNT(won) AS won FROM standing),
each AS (
  SELECT COUNT(*) AS leads, COUNT(s.won) AS won FROM had AS h JOIN standing AS s ON s.id = h.id
  WHERE s.won IS NULL OR h.day <= s.won GROUP BY h.type)
SELECT 1.0 * e.won / e.leads AS won, 1.0 * (w.won - e.won) / NULLIF(w.leads - e.leads, 0) AS without FROM each AS e CROSS JOIN whole AS w;

-- report reasons
SELECT y.answered_on AS day, 'Y' || y.id AS record, COALESCE(o.title, c.name, l.name) AS record_name, y.question, y.words
FROM survey_answer AS y LEFT JOIN opportunity AS o ON o.id = y.opportunity_id LEFT JOIN client AS c ON c.id = y.client_id
LEFT JOIN lead AS l ON l.id = y.lead_id
WHERE y.words IS NOT NULL AND y.answered_on BETWEEN :first AND :last ORDER BY y.answered_on DESC, y.id DESC LIMIT 10;

WITH asked AS MATERIALIZED (
  SELECT question, COUNT(*) AS n FROM survey_answer WHERE answered_on BETWEEN :first AND :last GROUP BY question, reason)
SELECT 1.0 * n / SUM(n) OVER () AS asked FROM asked WHERE question = 'clicked';

WITH asked AS MATERIALIZED (
  SELECT question, COUNT(*) AS n FROM survey_answer WHERE answered_on BETWEEN :first AND :last GROUP BY question, reason)
SELECT 1.0 * n / SUM(n) OVER () AS asked FROM asked WHERE question = 'called support';

WITH given AS MATERIALIZED (
  SELECT reason, SUM(asked) AS asked, SUM(recorded) AS recorded FROM (
    SELECT reason, 1 AS asked, 0 AS recorded FROM survey_answer WHERE answered_on BETWEEN :first AND :last AND question = 'bought'
    UNION ALL
    SELECT reason, 0, 1 FROM opportunity_outcome WHERE since BETWEEN :first AND :last AND until IS NULL AND outcome = 'won')
  GROUP BY reason)
SELECT 1.0 * asked / NULLIF(SUM(asked) OVER (), 0) AS asked, 1.0 * recorded / NULLIF(SUM(recorded) OVER (), 0) AS recorded
FROM given ORDER BY reason IS NULL, asked + recorded DESC, reason LIMIT 10;

WITH given AS MATERIALIZED (
  SELECT reason, SUM(asked) AS asked, SUM(recorded) AS recorded FROM (
    SELECT reason, 1 AS asked, 0 AS recorded FROM survey_answer WHERE answered_on BETWEEN :first AND :last AND question = 'did not buy'
    UNION ALL
    SELECT reason, 0, 1 FROM opportunity_outcome WHERE since BETWEEN :first AND :last AND until IS NULL AND outcome = 'lost')
  GROUP BY reason)
SELECT 1.0 * asked / NULLIF(SUM(asked) OVER (), 0) AS asked, 1.0 * recorded / NULLIF(SUM(recorded) OVER (), 0) AS recorded
FROM given ORDER BY reason IS NULL, asked + recorded DESC, reason LIMIT 10;

WITH given AS MATERIALIZED (
  SELECT reason, COUNT(*) AS n FROM opportunity_outcome
  WHERE since BETWEEN :first AND :last AND until IS NULL AND outcome = 'no decision' GROUP BY reason)
SELECT 1.0 * n / SUM(n) OVER () AS recorded FROM given ORDER BY reason IS NULL, n DESC, reason LIMIT 10;

WITH given AS MATERIALIZED (
  SELECT reason, SUM(asked) AS asked, SUM(recorded) AS recorded FROM (
    SELECT reason, 1 AS asked, 0 AS recorded FROM survey_answer WHERE answered_on BETWEEN :first AND :last AND question = 'left'
    UNION ALL
    SELECT f.reason, 0, 1 FROM client_status AS a
    LEFT JOIN client_status AS f ON f.client_id = a.client_id AND f.status = 'former' AND f.since = a.until
    WHERE a.status = 'active' AND a.until BETWEEN :first AND :last)
  GROUP BY reason)
SELECT 1.0 * asked / NULLIF(SUM(asked) OVER (), 0) AS asked, 1.0 * recorded / NULLIF(SUM(recorded) OVER (), 0) AS recorded
FROM given ORDER BY reason IS NULL, asked + recorded DESC, reason LIMIT 10;

-- part earned
worth (kind, points) AS MATERIALIZED (VALUES ('add-prospect', 3), ('first-appointment', 10), ('discovery-meeting', 12), ('presentation', 14), ('follow-up-appointment',
  16), ('proactive-date', 5), ('follow-up', 1), ('thank-you-postcard', 1), ('cold-call-block', 15), ('track-call', 1),
  ('lead-follow-up-call', 1), ('social-event', 10), ('webinar', 10), ('client-lunch', 5), ('value-add-email', 2),
  ('technology-business-review', 20), ('referral-given', 5), ('hardware-quote', 5), ('addendum-quote', 10), ('thank-you-card',
  1), ('wow-experience', 10), ('dial', 0), ('connected-call', 0), ('email', 0), ('chat', 0), ('social-message', 0),
  ('web-form', 0), ('appointment', 0), ('demo', 0), ('proposal', 0)),
logged AS MATERIALIZED (
  SELECT a.kind, a.times, a.done_on AS day, a.owner, a.lead_id, a.opportunity_id, a.client_id, w.points
  FROM activity AS a JOIN worth AS w ON w.kind = a.kind
  WHERE a.done_on BETWEEN (SELECT first FROM ends) AND (SELECT last FROM ends)),
-- Whom what was logged is with; only what earns by itself on the same day can be the same.
stand_in AS MATERIALIZED (
  SELECT a.kind, a.day, a.times, COALESCE(a.owner, '') AS owner, COALESCE('L' || COALESCE(a.lead_id, o.lead_id, c.lead_id),
    'C' || COALESCE(a.client_id, o.client_id), 'O' || a.opportunity_id) AS party
  FROM logged AS a LEFT JOIN opportunity AS o ON o.id = a.opportunity_id
  LEFT JOIN client AS c ON c.id = COALESCE(a.client_id, o.client_id)
  WHERE a.kind IN ('add-prospect', 'first-appointment', 'discovery-meeting', 'presentation', 'follow-up-appointment',
    'technology-business-review')),
busy AS MATERIALIZED (SELECT DISTINCT kind, day FROM stand_in),
held AS MATERIALIZED (
  SELECT e.id, e.closed_on AS day, CASE e.kind WHEN 'introductory-call' THEN 'first-appointment'
    WHEN 'discovery-meeting' THEN 'discovery-meeting' WHEN 'proposal-presentation' THEN 'presentation'
    ELSE 'follow-up-appointment' END AS kind, COALESCE(e.assigned_to, (SELECT t.owner FROM opportunity_terms AS t
        WHERE t.opportunity_id = e.opportunity_id AND t.on_day <= e.closed_on ORDER BY t.on_day DESC, t.id DESC LIMIT 1),
      (SELECT r.text FROM reading AS r WHERE r.lead_id = e.lead_id AND r.kind = 'owner' AND r.on_day <= e.closed_on ORDER BY r.on_day DESC, r.id DESC LIMIT 1),
      (SELECT r.text FROM reading AS r WHERE r.lead_id = e.lead_id AND r.kind = 'owner' ORDER BY r.on_day, r.id LIMIT 1),
      (SELECT r.text FROM reading AS r WHERE r.client_id = e.client_id AND r.kind = 'owner' AND r.on_day <= e.closed_on ORDER BY r.on_day DESC, r.id DESC LIMIT 1),
      (SELECT r.text FROM reading AS r WHERE r.client_id = e.client_id AND r.kind = 'owner' ORDER BY r.on_day, r.id LIMIT 1)) AS owner
  FROM event AS e WHERE e.status = 'done' AND e.closed_on BETWEEN (SELECT first FROM ends) AND (SELECT last FROM ends)
  AND e.kind IN ('introductory-call', 'discovery-meeting', 'proposal-presentation', 'final-questions-session')
  AND e.id NOT IN (SELECT event_id FROM visit WHERE event_id IS NOT NULL AND kind = 'qbr')),
reviewed AS MATERIALIZED (
  SELECT v.id, v.client_id, v.held_on AS day, COALESCE(v.owner,
      (SELECT r.text FROM reading AS r WHERE r.client_id = v.client_id AND r.kind = 'owner' AND r.on_day <= v.held_on ORDER BY r.on_day DESC, r.id DESC LIMIT 1),
      (SELECT r.text FROM reading AS r WHERE r.client_id = v.client_id AND r.kind = 'owner' ORDER BY r.on_day, r.id LIMIT 1)) AS owner
  FROM visit AS v WHERE v.kind = 'qbr' AND v.held_on BETWEEN (SELECT first FROM ends) AND (SELECT last FROM ends)),
added AS MATERIALIZED (
  SELECT l.id, l.received_on AS day, COALESCE(
      (SELECT r.text FROM reading AS r WHERE r.lead_id = l.id AND r.kind = 'owner' AND r.on_day <= l.received_on ORDER BY r.on_day DESC, r.id DESC LIMIT 1),
      (SELECT r.text FROM reading AS r WHERE r.lead_id = l.id AND r.kind = 'owner' ORDER BY r.on_day, r.id LIMIT 1)) AS owner
  FROM lead AS l WHERE l.received_on BETWEEN (SELECT first FROM ends) AND (SELECT last FROM ends)),
sole AS (
  SELECT 'event' AS how, h.id, h.kind, h.day, COALESCE(h.owner, '') AS owner,
    COALESCE('L' || COALESCE(e.lead_id, o.lead_id, c.lead_id), 'C' || c.id, 'O' || e.opportunity_id) AS party
  FROM held AS h CROSS JOIN event AS e ON e.id = h.id LEFT JOIN opportunity AS o ON o.id = e.opportunity_id
  LEFT JOIN client AS c ON c.id = COALESCE(e.client_id, o.client_id) WHERE (h.kind, h.day) IN busy
  UNION ALL
  SELECT 'visit', v.id, 'technology-business-review', v.day, COALESCE(v.owner, ''), COALESCE('L' || c.lead_id, 'C' || c.id)
  FROM reviewed AS v CROSS JOIN client AS c ON c.id = v.client_id WHERE ('technology-business-review', v.day) IN busy
  UNION ALL
  SELECT 'lead', l.id, 'add-prospect', l.day, COALESCE(l.owner, ''), 'L' || l.id FROM added AS l WHERE ('add-prospect', l.day) IN busy),
-- Of one kind and day: first what was logged with the same party, then what was logged with nobody, for each owner.
named AS MATERIALIZED (
  SELECT s.*, ROW_NUMBER() OVER (PARTITION BY kind, day, party ORDER BY how, id) <= COALESCE((
    SELECT SUM(x.times) FROM stand_in AS x WHERE x.kind = s.kind AND x.day = s.day AND x.party = s.party), 0) AS same FROM sole AS s),
doubled AS MATERIALIZED (
  SELECT how, id FROM named WHERE same
  UNION ALL
  SELECT how, id FROM (
    SELECT n.*, ROW_NUMBER() OVER (PARTITION BY kind, day, owner ORDER BY how, id) AS place FROM named AS n WHERE NOT same) AS n
  WHERE place <= (SELECT SUM(x.times) FROM stand_in AS x
    WHERE x.kind = n.kind AND x.day = n.day AND x.owner = n.owner AND x.party IS NULL)),
earned AS MATERIALIZED (
  SELECT 'logged' AS how, day, owner, kind, times, times * points AS points FROM logged
  UNION ALL
  SELECT 'event', day, owner, kind, 1, CASE kind WHEN 'first-appointment' THEN 10 WHEN 'discovery-meeting' THEN 12
    WHEN 'presentation' THEN 14 ELSE 16 END
  FROM held WHERE id NOT IN (SELECT id FROM doubled WHERE how = 'event')
  UNION ALL
  SELECT 'visit', day, owner, 'technology-business-review', 1, 20 FROM reviewed
  WHERE id NOT IN (SELECT id FROM doubled WHERE how = 'visit')
  UNION ALL
  SELECT 'lead', day, owner, 'add-prospect', 1, 3 FROM added WHERE id NOT IN (SELECT id FROM doubled WHERE how = 'lead'))

-- part worked
WITH state AS (
  SELECT (SELECT r.text FROM reading AS r WHERE r.lead_id = y.lead_id AND r.kind = 'owner' ORDER BY r.on_day DESC, r.id DESC LIMIT 1)
    AS owner, state
  FROM lifecycle AS y WHERE since <= :on AND (until IS NULL OR until > :on) AND state IN ('mql', 'sql')),
open AS MATERIALIZED (
  SELECT id FROM opportunity WHERE opened_on <= :on AND id NOT IN (
    SELECT opportunity_id FROM opportunity_outcome WHERE since <= :on AND (until IS NULL OR until > :on))),
held AS (
  SELECT owner, state = 'mql' AS mql, state = 'sql' AS sql, 0 AS opportunity, NULL AS value, 0 AS customer FROM state
  UNION ALL
  SELECT t.owner, 0, 0, 1, t.value, 0 FROM open LEFT JOIN opportunity_terms AS t ON t.id = (
    SELECT y.id FROM opportunity_terms AS y WHERE y.opportunity_id = open.id AND y.on_day <= :on
    ORDER BY y.on_day DESC, y.id DESC LIMIT 1)
  UNION ALL
  SELECT (SELECT r.text FROM reading AS r WHERE r.client_id = s.client_id AND r.kind = 'owner' ORDER BY r.on_day DESC, r.id DESC LIMIT 1),
    0, 0, 0, NULL, 1
  FROM client_status AS s WHERE status = 'active' AND since <= :on AND (until IS NULL OR until > :on))
SELECT COALESCE(owner, 'no owner') AS owner, SUM(mql) AS mql, SUM(sql) AS sql, SUM(opportunity) AS opportunities, SUM(value) AS value,
  SUM(customer) AS customers
FROM held GROUP BY owner
