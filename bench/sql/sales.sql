-- opportunities
SELECT COUNT(*) AS n FROM opportunity WHERE opened_on BETWEEN :first AND :last;

-- opportunities_from_leads
SELECT COUNT(*) AS n, COUNT(lead_id) AS hits FROM opportunity WHERE opened_on BETWEEN :first AND :last;

-- won_deals
SELECT COUNT(*) FILTER (WHERE until IS NULL) AS n, COUNT(until) AS left_out FROM opportunity_outcome
WHERE since BETWEEN :first AND :last AND outcome = 'won';

-- won_value
WITH won AS (
  SELECT x.until, (SELECT t.value FROM opportunity_terms AS t WHERE t.opportunity_id = x.opportunity_id
                   ORDER BY t.on_day DESC, t.id DESC LIMIT 1) AS value
  FROM opportunity_outcome AS x WHERE x.since BETWEEN :first AND :last AND x.outcome = 'won')
SELECT COUNT(value) FILTER (WHERE until IS NULL) AS n, COALESCE(SUM(value) FILTER (WHERE until IS NULL), 0) AS total,
  COUNT(*) - COUNT(value) FILTER (WHERE until IS NULL) AS left_out FROM won;

-- lost
SELECT COUNT(*) FILTER (WHERE until IS NULL) AS n, COUNT(until) AS left_out FROM opportunity_outcome
WHERE since BETWEEN :first AND :last AND outcome = 'lost';

-- closed
SELECT COUNT(*) FILTER (WHERE until IS NULL) AS n, COUNT(until) AS left_out FROM opportunity_outcome
WHERE since BETWEEN :first AND :last;

-- win_rate
SELECT COUNT(*) FILTER (WHERE until IS NULL AND outcome IN ('won', 'lost')) AS n,
  COUNT(*) FILTER (WHERE until IS NULL AND outcome = 'won') AS hits,
  COUNT(*) FILTER (WHERE until IS NOT NULL OR outcome = 'no decision') AS left_out
FROM opportunity_outcome WHERE since BETWEEN :first AND :last;

-- win_rate_from_discovery
WITH discovered AS (
  SELECT opportunity_id FROM stage_stay WHERE stage = 'mutual-discovery'
  GROUP BY opportunity_id HAVING MIN(since) BETWEEN :first AND :last)
SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE x.outcome = 'won') AS hits, COUNT(*) - COUNT(x.outcome) AS still_open
FROM discovered AS d LEFT JOIN opportunity_outcome AS x ON x.opportunity_id = d.opportunity_id AND x.until IS NULL;

-- days win_rate_from_discovery
WITH discovered AS (
  SELECT opportunity_id, MIN(since) AS day FROM stage_stay WHERE stage = 'mutual-discovery'
  GROUP BY opportunity_id HAVING MIN(since) BETWEEN :first AND :last)
SELECT day, COUNT(*) AS n, COUNT(*) FILTER (WHERE x.outcome = 'won') AS hits, COUNT(*) - COUNT(x.outcome) AS still_open
FROM discovered AS d LEFT JOIN opportunity_outcome AS x ON x.opportunity_id = d.opportunity_id AND x.until IS NULL GROUP BY day;

-- won_of_closed
SELECT COUNT(*) FILTER (WHERE until IS NULL) AS n, COUNT(*) FILTER (WHERE until IS NULL AND outcome = 'won') AS hits,
  COUNT(until) AS left_out
FROM opportunity_outcome WHERE since BETWEEN :first AND :last;

-- win_rate_from_stage
WITH closed AS (
  SELECT outcome, (SELECT COUNT(DISTINCT s.stage) FROM stage_stay AS s
                   WHERE s.opportunity_id = x.opportunity_id AND s.since <= x.since) AS stages
  FROM opportunity_outcome AS x
  WHERE x.since BETWEEN :first AND :last AND x.since <= :on AND (x.until IS NULL OR x.until > :on))
SELECT COALESCE(SUM(stages), 0) AS n, COALESCE(SUM(stages) FILTER (WHERE outcome = 'won'), 0) AS hits FROM closed;

-- pipeline_entry_to_win
SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE x.outcome = 'won') AS hits, COUNT(*) - COUNT(x.outcome) AS still_open
FROM opportunity AS o LEFT JOIN opportunity_outcome AS x ON x.opportunity_id = o.id AND x.until IS NULL
WHERE o.opened_on BETWEEN :first AND :last;

-- scan sales_cycle
SELECT COUNT(*), SUM(julianday(x.since) - julianday(o.opened_on))
FROM opportunity_outcome AS x JOIN opportunity AS o ON o.id = x.opportunity_id
WHERE x.since BETWEEN :first AND :last AND x.outcome = 'won';

-- sales_cycle
SELECT COUNT(*) FILTER (WHERE x.until IS NULL AND x.since >= o.opened_on) AS n,
  AVG(julianday(x.since) - julianday(o.opened_on)) FILTER (WHERE x.until IS NULL AND x.since >= o.opened_on) AS value,
  COUNT(*) FILTER (WHERE x.until IS NOT NULL OR x.since < o.opened_on) AS left_out
FROM opportunity_outcome AS x JOIN opportunity AS o ON o.id = x.opportunity_id
WHERE x.since BETWEEN :first AND :last AND x.outcome = 'won';

-- scan time_in_stage
SELECT COUNT(*), SUM(julianday(COALESCE(until, :today)) - julianday(since)) FROM stage_stay
WHERE since BETWEEN :first AND :last;

-- time_in_stage
WITH stay AS (
  SELECT CAST(julianday(COALESCE(until, :today)) - julianday(since) AS INTEGER) AS days, until IS NOT NULL AS ended
  FROM stage_stay WHERE since BETWEEN :first AND :last AND since <= COALESCE(until, :today)),
length AS MATERIALIZED (SELECT days, COUNT(*) AS stays, SUM(ended) AS ends FROM stay GROUP BY days),
risk AS (SELECT days, ends, SUM(stays) OVER (ORDER BY days DESC) AS inside FROM length),
remaining AS (
  SELECT days, ends, SUM(CASE WHEN ends < inside THEN ln(1.0 - 1.0 * ends / inside) ELSE -99 END) OVER (ORDER BY days) AS log
  FROM risk),
step AS (
  SELECT days, exp(log) AS share, LEAD(days, 1, days) OVER (ORDER BY days) AS next FROM remaining
  WHERE ends > 0 OR days = (SELECT MAX(days) FROM length))
SELECT (SELECT CASE WHEN share > 0.5 - 1e-9 THEN (days + next) / 2.0 ELSE days END FROM step
        WHERE share < 0.5 + 1e-9 ORDER BY days LIMIT 1) AS median,
  SUM(stays) AS n, SUM(ends) AS finished, 1.0 * SUM(days * ends) / SUM(ends) AS finished_mean,
  (SELECT COUNT(*) FROM stage_stay WHERE since BETWEEN :first AND :last AND since > COALESCE(until, :today)) AS left_out
FROM length;
