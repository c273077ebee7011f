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

-- part brought
result AS MATERIALIZED (
  SELECT campaign_id AS id, SUM(spend) AS spend, SUM(impressions) AS impressions, SUM(clicks) AS clicks, SUM(emails_opened) AS opened,
    SUM(links_clicked) AS links, SUM(forms) AS forms, SUM(platform_leads) AS leads, SUM(platform_customers) AS customers
  FROM campaign_result WHERE on_day BETWEEN :first AND :last GROUP BY campaign_id),
came AS (
  SELECT campaign_id AS id, 1 AS lead, 0 AS prospect, 0 AS opportunity, 0 AS times, 0 AS win, NULL AS value, NULL AS profit
  FROM lead WHERE campaign_id IS NOT NULL AND received_on BETWEEN :first AND :last
  UNION ALL
  SELECT l.campaign_id, 0, 1, 0, 0, 0, NULL, NULL
  FROM (SELECT lead_id, MIN(decided_on) AS day FROM qualification WHERE verdict = 'yes' GROUP BY lead_id) AS y
  CROSS JOIN lead AS l ON l.id = y.lead_id WHERE y.day BETWEEN :first AND :last AND l.campaign_id IS NOT NULL AND (
    SELECT q.verdict FROM qualification AS q WHERE q.lead_id = l.id ORDER BY q.decided_on DESC, q.id DESC LIMIT 1) = 'yes'
  UNION ALL
  SELECT COALESCE(o.campaign_id, l.campaign_id), 0, 0, 1, 0, 0, NULL, NULL FROM opportunity AS o LEFT JOIN lead AS l ON l.id = o.lead_id
  WHERE o.opened_on BETWEEN :first AND :last AND COALESCE(o.campaign_id, l.campaign_id) IS NOT NULL
  UNION ALL
  SELECT COALESCE(a.campaign_id, o.campaign_id, l.campaign_id), 0, 0, 0, a.times, 0, NULL, NULL
  FROM activity AS a LEFT JOIN opportunity AS o ON o.id = a.opportunity_id LEFT JOIN lead AS l ON l.id = COALESCE(a.lead_id, o.lead_id)
  WHERE a.done_on BETWEEN :first AND :last AND COALESCE(a.campaign_id, o.campaign_id, l.campaign_id) IS NOT NULL
  UNION ALL
  SELECT COALESCE(o.campaign_id, l.campaign_id), 0, 0, 0, 0, 1,
    (SELECT t.value FROM opportunity_terms AS t WHERE t.opportunity_id = o.id ORDER BY t.on_day DESC, t.id DESC LIMIT 1),
    (SELECT CASE WHEN COUNT(*) = COUNT(p.revenue) AND COUNT(*) = COUNT(p.cost) THEN SUM(p.revenue) - SUM(p.cost) END
     FROM product_line AS p WHERE p.opportunity_id = o.id AND p.included = 1)
  FROM opportunity_outcome AS x CROSS JOIN opportunity AS o ON o.id = x.opportunity_id LEFT JOIN lead AS l ON l.id = o.lead_id
  WHERE x.outcome = 'won' AND x.until IS NULL AND x.since BETWEEN :first AND :last AND COALESCE(o.campaign_id, l.campaign_id) IS NOT NULL),
brought AS (
  SELECT id, SUM(lead) AS lead, SUM(prospect) AS prospect, SUM(opportunity) AS opportunity, SUM(times) AS times, SUM(win) AS win,
    SUM(value) AS value, SUM(profit) AS profit FROM came GROUP BY id),
each AS MATERIALIZED (
  SELECT 'M' || m.id AS campaign, m.type, m.subtype, r.spend, r.impressions, r.clicks, r.opened, r.links, r.forms, r.leads, r.customers,
    COALESCE(b.lead, 0) AS lead, COALESCE(b.prospect, 0) AS prospect, COALESCE(b.opportunity, 0) AS opportunity,
    COALESCE(b.times, 0) AS times, COALESCE(b.win, 0) AS win, b.value, b.profit
  FROM campaign AS m LEFT JOIN result AS r ON r.id = m.id LEFT JOIN brought AS b ON b.id = m.id
  WHERE r.id IS NOT NULL OR b.id IS NOT NULL OR (m.starts_on <= :last AND COALESCE(m.ends_on, :first) >= :first)),
shown AS MATERIALIZED (
  SELECT campaign, spend, impressions, clicks, opened, links, forms, leads, customers, lead, prospect, opportunity, times, win, value, profit
  FROM each
  UNION ALL
  SELECT 'all', SUM(spend), SUM(impressions), SUM(clicks), SUM(opened), SUM(links), SUM(forms), SUM(leads), SUM(customers), SUM(lead),
    SUM(prospect), SUM(opportunity), SUM(times), SUM(win), SUM(value), SUM(profit) FROM each HAVING COUNT(*) > 0)

-- report campaigns
WITH @brought
SELECT campaign, spend AS campaign_spend, lead AS campaign_own_leads, opportunity AS campaign_opportunities, times AS campaign_activities,
  win AS campaign_wins, value AS campaign_won_value, profit AS campaign_gross_profit,
  100.0 * COALESCE(profit, 0) / NULLIF(spend, 0) - 100 AS campaign_roi FROM shown;

WITH @brought
SELECT campaign, ROUND(1.0 * spend / NULLIF(clicks, 0)) AS cost_per_click, ROUND(1.0 * spend / NULLIF(lead, 0)) AS cost_per_own_lead,
  ROUND(1.0 * spend / NULLIF(prospect, 0)) AS cost_per_prospect,
  ROUND(1.0 * spend / NULLIF(opportunity, 0)) AS cost_per_campaign_opportunity, ROUND(1.0 * spend / NULLIF(win, 0)) AS cost_per_win
FROM shown;

WITH result AS MATERIALIZED (
  SELECT campaign_id AS id, SUM(spend) AS spend, SUM(impressions) AS impressions, SUM(clicks) AS clicks, SUM(emails_opened) AS opened,
    SUM(links_clicked) AS links, SUM(forms) AS forms, SUM(platform_leads) AS leads, SUM(platform_customers) AS customers
  FROM campaign_result WHERE on_day BETWEEN :first AND :last GROUP BY campaign_id),
shown AS (
  SELECT r.* FROM result AS r
  UNION ALL SELECT NULL, SUM(spend), SUM(impressions), SUM(clicks), SUM(opened), SUM(links), SUM(forms), SUM(leads), SUM(customers)
  FROM result HAVING COUNT(*) > 0)
SELECT COALESCE('M' || id, 'all') AS campaign, impressions AS campaign_impressions, clicks AS campaign_clicks,
  1.0 * clicks / NULLIF(impressions, 0) AS click_through_rate, opened AS campaign_emails_opened, links AS campaign_links_clicked,
  forms AS campaign_forms FROM shown;

WITH result AS MATERIALIZED (
  SELECT campaign_id AS id, SUM(spend) AS spend, SUM(platform_leads) AS leads, SUM(platform_customers) AS customers
  FROM campaign_result WHERE on_day BETWEEN :first AND :last GROUP BY campaign_id),
shown AS (
  SELECT r.* FROM result AS r UNION ALL SELECT NULL, SUM(spend), SUM(leads), SUM(customers) FROM result HAVING COUNT(*) > 0)
SELECT COALESCE('M' || id, 'all') AS campaign, leads AS campaign_leads, ROUND(1.0 * spend / NULLIF(leads, 0)) AS cost_per_lead,
  customers AS campaign_customers, ROUND(1.0 * spend / NULLIF(customers, 0)) AS cost_per_customer FROM shown;

WITH @brought,
pair AS (
  SELECT type, subtype, SUM(spend) AS spend, SUM(lead) AS lead, SUM(opportunity) AS opportunity, SUM(times) AS times, SUM(win) AS win,
    SUM(value) AS value, SUM(profit) AS profit FROM each GROUP BY type, subtype
  UNION ALL
  SELECT NULL, NULL, spend, lead, opportunity, times, win, value, profit FROM shown WHERE campaign = 'all')
SELECT subtype, spend AS campaign_spend, lead AS campaign_own_leads, opportunity AS campaign_opportunities,
  times AS campaign_activities, win AS campaign_wins, value AS campaign_won_value, profit AS campaign_gross_profit FROM pair;
