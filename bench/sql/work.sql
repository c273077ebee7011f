-- activities
SELECT COUNT(*) AS n, COALESCE(SUM(times), 0) AS total FROM activity WHERE done_on BETWEEN :first AND :last;

-- conversations
SELECT COUNT(*) AS n, COALESCE(SUM(times), 0) AS total FROM activity WHERE done_on BETWEEN :first AND :last AND minutes > 5
AND kind IN ('first-appointment', 'discovery-meeting', 'presentation', 'follow-up-appointment', 'proactive-date', 'follow-up',
  'thank-you-postcard', 'track-call', 'lead-follow-up-call', 'client-lunch', 'value-add-email', 'technology-business-review',
  'referral-given', 'hardware-quote', 'addendum-quote', 'thank-you-card', 'wow-experience', 'connected-call', 'email', 'chat',
  'social-message', 'appointment', 'demo', 'proposal');

-- calls
SELECT COUNT(*) AS n, COALESCE(SUM(times), 0) AS total FROM activity WHERE done_on BETWEEN :first AND :last
AND kind IN ('dial', 'connected-call', 'track-call', 'lead-follow-up-call');

-- calls_with_outcome
SELECT COUNT(*) AS n, COALESCE(SUM(times), 0) AS total FROM activity WHERE done_on BETWEEN :first AND :last
AND kind IN ('dial', 'connected-call', 'track-call', 'lead-follow-up-call') AND (outcome IS NOT NULL OR response IS NOT NULL);

-- emails
SELECT COUNT(*) AS n, COALESCE(SUM(times), 0) AS total FROM activity WHERE done_on BETWEEN :first AND :last
AND kind IN ('email', 'value-add-email');

-- overdue_tasks
WITH undone AS (
  SELECT (SELECT r.text FROM reading AS r WHERE r.task_id = t.id AND r.kind = 'due' AND r.on_day <= :on
          ORDER BY r.on_day DESC, r.id DESC LIMIT 1) AS due
  FROM task AS t WHERE t.created_on <= :on AND (t.done_on IS NULL OR t.done_on > :on))
SELECT COUNT(*) FILTER (WHERE due < :on) AS n, COUNT(*) FILTER (WHERE due IS NULL) AS left_out FROM undone;

-- campaign_spend
SELECT COUNT(spend) AS n, COALESCE(SUM(spend), 0) AS total, COUNT(*) - COUNT(spend) AS left_out
FROM campaign_result WHERE on_day BETWEEN :first AND :last;

-- campaign_clicks
SELECT COUNT(clicks) AS n, COALESCE(SUM(clicks), 0) AS total, COUNT(*) - COUNT(clicks) AS left_out
FROM campaign_result WHERE on_day BETWEEN :first AND :last;

-- campaign_impressions
SELECT COUNT(impressions) AS n, COALESCE(SUM(impressions), 0) AS total, COUNT(*) - COUNT(impressions) AS left_out
FROM campaign_result WHERE on_day BETWEEN :first AND :last;

-- campaign_leads
SELECT COUNT(platform_leads) AS n, COALESCE(SUM(platform_leads), 0) AS total, COUNT(*) - COUNT(platform_leads) AS left_out
FROM campaign_result WHERE on_day BETWEEN :first AND :last;

-- campaign_customers
SELECT COUNT(platform_customers) AS n, COALESCE(SUM(platform_customers), 0) AS total,
  COUNT(*) - COUNT(platform_customers) AS left_out
FROM campaign_result WHERE on_day BETWEEN :first AND :last;

-- campaign_emails_opened
WITH one AS (
  SELECT emails_opened AS value FROM campaign_result WHERE on_day BETWEEN :first AND :last
  UNION ALL
  SELECT CASE WHEN campaign_id NOT IN (SELECT campaign_id FROM campaign_result WHERE emails_opened IS NOT NULL) THEN 1 END
  FROM touch WHERE kind = 'email open' AND on_day BETWEEN :first AND :last AND campaign_id IS NOT NULL)
SELECT COUNT(value) AS n, COALESCE(SUM(value), 0) AS total, COUNT(*) - COUNT(value) AS left_out FROM one;

-- campaign_links_clicked
WITH one AS (
  SELECT links_clicked AS value FROM campaign_result WHERE on_day BETWEEN :first AND :last
  UNION ALL
  SELECT CASE WHEN campaign_id NOT IN (SELECT campaign_id FROM campaign_result WHERE links_clicked IS NOT NULL) THEN 1 END
  FROM touch WHERE kind = 'click' AND on_day BETWEEN :first AND :last AND campaign_id IS NOT NULL)
SELECT COUNT(value) AS n, COALESCE(SUM(value), 0) AS total, COUNT(*) - COUNT(value) AS left_out FROM one;

-- campaign_forms
WITH one AS (
  SELECT forms AS value FROM campaign_result WHERE on_day BETWEEN :first AND :last
  UNION ALL
  SELECT CASE WHEN campaign_id NOT IN (SELECT campaign_id FROM campaign_result WHERE forms IS NOT NULL) THEN 1 END
  FROM touch WHERE kind = 'form' AND on_day BETWEEN :first AND :last AND campaign_id IS NOT NULL)
SELECT COUNT(value) AS n, COALESCE(SUM(value), 0) AS total, COUNT(*) - COUNT(value) AS left_out FROM one;
