-- campaign_activities
SELECT COUNT(*) AS n, COALESCE(SUM(a.times), 0) AS total
FROM activity AS a LEFT JOIN opportunity AS o ON o.id = a.opportunity_id
LEFT JOIN lead AS l ON l.id = COALESCE(a.lead_id, o.lead_id)
WHERE a.done_on BETWEEN :first AND :last AND COALESCE(a.campaign_id, o.campaign_id, l.campaign_id) IS NOT NULL;

-- campaign_minutes
SELECT COUNT(a.minutes) AS n, COALESCE(SUM(a.minutes), 0) AS total, COUNT(*) - COUNT(a.minutes) AS left_out
FROM activity AS a LEFT JOIN opportunity AS o ON o.id = a.opportunity_id
LEFT JOIN lead AS l ON l.id = COALESCE(a.lead_id, o.lead_id)
WHERE a.done_on BETWEEN :first AND :last AND COALESCE(a.campaign_id, o.campaign_id, l.campaign_id) IS NOT NULL;

-- campaign_time_cost
WITH done AS (
  SELECT (2 * a.minutes * CAST(:hour_costs AS INTEGER) + 60) / 120 AS cost
  FROM activity AS a LEFT JOIN opportunity AS o ON o.id = a.opportunity_id
  LEFT JOIN lead AS l ON l.id = COALESCE(a.lead_id, o.lead_id)
  WHERE a.done_on BETWEEN :first AND :last AND COALESCE(a.campaign_id, o.campaign_id, l.campaign_id) IS NOT NULL)
SELECT COUNT(cost) AS n, COALESCE(SUM(cost), 0) AS total, COUNT(*) - COUNT(cost) AS left_out FROM done;

-- campaign_full_cost
WITH spent AS (
  SELECT CASE WHEN CAST(:hour_costs AS INTEGER) IS NOT NULL THEN spend END AS cost
  FROM campaign_result WHERE on_day BETWEEN :first AND :last
  UNION ALL
  SELECT (2 * a.minutes * CAST(:hour_costs AS INTEGER) + 60) / 120
  FROM activity AS a LEFT JOIN opportunity AS o ON o.id = a.opportunity_id
  LEFT JOIN lead AS l ON l.id = COALESCE(a.lead_id, o.lead_id)
  WHERE a.done_on BETWEEN :first AND :last AND COALESCE(a.campaign_id, o.campaign_id, l.campaign_id) IS NOT NULL)
SELECT COUNT(cost) AS n, COALESCE(SUM(cost), 0) AS total, COUNT(*) - COUNT(cost) AS left_out FROM spent;
