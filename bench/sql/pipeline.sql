-- pipeline_count
SELECT COUNT(*) AS n FROM opportunity WHERE opened_on <= :on AND id NOT IN (
  SELECT opportunity_id FROM opportunity_outcome WHERE since <= :on AND (until IS NULL OR until > :on));

-- days_in_current_stage
WITH open AS MATERIALIZED (
  SELECT id FROM opportunity WHERE opened_on <= :on AND id NOT IN (
    SELECT opportunity_id FROM opportunity_outcome WHERE since <= :on AND (until IS NULL OR until > :on))),
entered AS (
  SELECT (SELECT s.since FROM stage_stay AS s WHERE s.opportunity_id = open.id AND s.since <= :on
          AND (s.until IS NULL OR s.until > :on) ORDER BY s.sequence DESC LIMIT 1) AS since FROM open)
SELECT COUNT(since) AS n, AVG(julianday(:on) - julianday(since)) AS value, COUNT(*) - COUNT(since) AS left_out FROM entered;

-- pipeline_value
WITH open AS MATERIALIZED (
  SELECT id FROM opportunity WHERE opened_on <= :on AND id NOT IN (
    SELECT opportunity_id FROM opportunity_outcome WHERE since <= :on AND (until IS NULL OR until > :on))),
worth AS (
  SELECT (SELECT t.value FROM opportunity_terms AS t WHERE t.opportunity_id = open.id AND t.on_day <= :on
          ORDER BY t.on_day DESC, t.id DESC LIMIT 1) AS value FROM open)
SELECT COUNT(value) AS n, COALESCE(SUM(value), 0) AS total, COUNT(*) - COUNT(value) AS left_out FROM worth;

-- weighted_pipeline
WITH open AS MATERIALIZED (
  SELECT id FROM opportunity WHERE opened_on <= :on AND id NOT IN (
    SELECT opportunity_id FROM opportunity_outcome WHERE since <= :on AND (until IS NULL OR until > :on))),
worth AS (
  SELECT (SELECT t.value FROM opportunity_terms AS t WHERE t.opportunity_id = open.id AND t.on_day <= :on
          ORDER BY t.on_day DESC, t.id DESC LIMIT 1)
    * CASE (SELECT s.stage FROM stage_stay AS s WHERE s.opportunity_id = open.id AND s.since <= :on
            AND (s.until IS NULL OR s.until > :on) ORDER BY s.sequence DESC LIMIT 1)
      WHEN 'intro' THEN 42 WHEN 'mutual-discovery' THEN 49 WHEN 'proposal' THEN 63 WHEN 'realign' THEN 79
      WHEN 'overcome' THEN 88 END AS value FROM open)
SELECT COUNT(value) AS n, COALESCE(SUM(value), 0) AS total, COUNT(*) - COUNT(value) AS left_out FROM worth;

-- weighted_pipeline_by_history
WITH entered AS (
  SELECT DISTINCT x.opportunity_id, s.stage, x.outcome
  FROM opportunity_outcome AS x JOIN stage_stay AS s ON s.opportunity_id = x.opportunity_id AND s.since <= x.since
  WHERE x.since <= :on AND (x.until IS NULL OR x.until > :on)),
history AS MATERIALIZED (SELECT stage, COUNT(*) AS closed, SUM(outcome = 'won') AS won FROM entered GROUP BY stage),
open AS MATERIALIZED (
  SELECT id FROM opportunity WHERE opened_on <= :on AND id NOT IN (
    SELECT opportunity_id FROM opportunity_outcome WHERE since <= :on AND (until IS NULL OR until > :on))),
standing AS MATERIALIZED (
  SELECT (SELECT t.value FROM opportunity_terms AS t WHERE t.opportunity_id = open.id AND t.on_day <= :on
          ORDER BY t.on_day DESC, t.id DESC LIMIT 1) AS value,
    (SELECT s.stage FROM stage_stay AS s WHERE s.opportunity_id = open.id AND s.since <= :on
     AND (s.until IS NULL OR s.until > :on) ORDER BY s.sequence DESC LIMIT 1) AS stage FROM open),
worth AS (
  SELECT o.value * (100 * COALESCE(h.won, 0) + 8 * CASE o.stage WHEN 'intro' THEN 42 WHEN 'mutual-discovery' THEN 49
    WHEN 'proposal' THEN 63 WHEN 'realign' THEN 79 WHEN 'overcome' THEN 88 END) / (COALESCE(h.closed, 0) + 8) AS value
  FROM standing AS o LEFT JOIN history AS h ON h.stage = o.stage)
SELECT COUNT(value) AS n, COALESCE(SUM(value), 0) AS total, COUNT(*) - COUNT(value) AS left_out FROM worth;

-- weighted_pipeline_by_hand
WITH open AS MATERIALIZED (
  SELECT id FROM opportunity WHERE opened_on <= :on AND id NOT IN (
    SELECT opportunity_id FROM opportunity_outcome WHERE since <= :on AND (until IS NULL OR until > :on))),
worth AS (
  SELECT (SELECT t.value * t.probability FROM opportunity_terms AS t WHERE t.opportunity_id = open.id AND t.on_day <= :on
          ORDER BY t.on_day DESC, t.id DESC LIMIT 1) AS value FROM open)
SELECT COUNT(value) AS n, COALESCE(SUM(value), 0) AS total, COUNT(*) - COUNT(value) AS left_out FROM worth;

-- closing_this_period
WITH open AS MATERIALIZED (
  SELECT id FROM opportunity WHERE opened_on <= :on AND id NOT IN (
    SELECT opportunity_id FROM opportunity_outcome WHERE since <= :on AND (until IS NULL OR until > :on)))
SELECT COUNT(*) AS n FROM open WHERE (
  SELECT t.close_on FROM opportunity_terms AS t WHERE t.opportunity_id = open.id AND t.on_day <= :on
  ORDER BY t.on_day DESC, t.id DESC LIMIT 1) BETWEEN :first AND :last;

-- closing_value
WITH open AS MATERIALIZED (
  SELECT id FROM opportunity WHERE opened_on <= :on AND id NOT IN (
    SELECT opportunity_id FROM opportunity_outcome WHERE since <= :on AND (until IS NULL OR until > :on)))
SELECT COUNT(t.value) AS n, COALESCE(SUM(t.value), 0) AS total, COUNT(*) - COUNT(t.value) AS left_out
FROM open CROSS JOIN opportunity_terms AS t ON t.id = (
  SELECT y.id FROM opportunity_terms AS y WHERE y.opportunity_id = open.id AND y.on_day <= :on
  ORDER BY y.on_day DESC, y.id DESC LIMIT 1)
WHERE t.close_on BETWEEN :first AND :last;

-- opportunities_with_next_event
WITH open AS MATERIALIZED (
  SELECT id FROM opportunity WHERE opened_on <= :on AND id NOT IN (
    SELECT opportunity_id FROM opportunity_outcome WHERE since <= :on AND (until IS NULL OR until > :on)))
SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE id IN (
  SELECT opportunity_id FROM event WHERE scheduled_for >= :on AND +set_on <= :on AND (closed_on IS NULL OR closed_on > :on)
)) AS hits FROM open;

-- opportunities_with_anticipated_stage
WITH open AS MATERIALIZED (
  SELECT id FROM opportunity WHERE opened_on <= :on AND id NOT IN (
    SELECT opportunity_id FROM opportunity_outcome WHERE since <= :on AND (until IS NULL OR until > :on)))
SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE id IN (
  SELECT opportunity_id FROM event WHERE scheduled_for >= :on AND +set_on <= :on AND (closed_on IS NULL OR closed_on > :on)
  AND anticipated_stage IS NOT NULL)) AS hits FROM open;

-- opportunities_with_time_set_aside
WITH open AS MATERIALIZED (
  SELECT id FROM opportunity WHERE opened_on <= :on AND id NOT IN (
    SELECT opportunity_id FROM opportunity_outcome WHERE since <= :on AND (until IS NULL OR until > :on)))
SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE id IN (
  SELECT opportunity_id FROM event WHERE scheduled_for >= :on AND +set_on <= :on AND (closed_on IS NULL OR closed_on > :on)
  AND scheduled_time IS NOT NULL AND ends_time IS NOT NULL)) AS hits FROM open;

-- slipped
WITH promised AS (
  SELECT opportunity_id, close_on, LEAD(close_on) OVER w AS next_close, LEAD(on_day) OVER w AS next_day
  FROM opportunity_terms WINDOW w AS (PARTITION BY opportunity_id ORDER BY on_day, id)),
missed AS (
  SELECT DISTINCT opportunity_id, close_on FROM promised WHERE close_on BETWEEN :first AND :last AND (
    next_close > close_on OR (close_on < :today AND (next_day IS NULL OR next_day > close_on))))
SELECT COUNT(*) AS n FROM missed AS m WHERE NOT EXISTS (
  SELECT 1 FROM opportunity_outcome AS x WHERE x.opportunity_id = m.opportunity_id AND x.since <= m.close_on
  AND (x.until IS NULL OR x.until > m.close_on));
