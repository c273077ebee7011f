-- report daily
-- as well: alerts
-- as well: report at-risk
SELECT
  (SELECT COUNT(*) FROM referral WHERE received_on BETWEEN date(:last, 'weekday 0', '-6 days') AND date(:last, 'weekday 0')) AS referrals,
  (SELECT COUNT(*) FROM visit WHERE held_on BETWEEN date(:last, 'weekday 0', '-6 days') AND date(:last, 'weekday 0')) AS visits,
  (SELECT AVG(COALESCE(asked_testimonial, 0)) FROM visit
   WHERE held_on BETWEEN date(:last, 'weekday 0', '-6 days') AND date(:last, 'weekday 0')) AS testimonial_ask_rate,
  (SELECT COUNT(*) FROM testimonial WHERE given_on BETWEEN date(:last, 'weekday 0', '-6 days') AND date(:last, 'weekday 0'))
    AS testimonials,
  (SELECT AVG(anticipated_stage = actual_stage) FROM event
   WHERE status = 'done' AND closed_on BETWEEN date(:last, 'weekday 0', '-6 days') AND date(:last, 'weekday 0')) AS anticipation_accuracy,
  (SELECT AVG(julianday(scheduled_for) - julianday(set_on)) FROM event
   WHERE set_on BETWEEN date(:last, 'weekday 0', '-6 days') AND date(:last, 'weekday 0') AND kind <> 'client-visit') AS event_gap,
  (SELECT COUNT(*) FROM opportunity_outcome WHERE since BETWEEN date(:last, 'weekday 0', '-6 days') AND date(:last, 'weekday 0')
   AND outcome = 'won' AND until IS NULL) AS won_deals;

SELECT l.received_on AS day, 'L' || l.id AS record, l.name AS record_name,
  (SELECT q.verdict FROM qualification AS q WHERE q.lead_id = l.id ORDER BY q.decided_on DESC, q.id DESC LIMIT 1) AS qualified
FROM lead AS l WHERE l.received_on BETWEEN :first AND :last ORDER BY l.received_on;

SELECT e.set_on AS day, 'E' || e.id AS record, COALESCE(o.title, c.name, l.name) AS record_name, e.scheduled_for,
  CAST(julianday(e.scheduled_for) - julianday(e.set_on) AS INTEGER) AS gap,
  CAST(julianday(e.scheduled_for) - julianday(e.first_set_on) AS INTEGER) AS wait, e.status
FROM event AS e LEFT JOIN opportunity AS o ON o.id = e.opportunity_id LEFT JOIN client AS c ON c.id = e.client_id
LEFT JOIN lead AS l ON l.id = e.lead_id WHERE e.set_on BETWEEN :first AND :last ORDER BY e.set_on;

SELECT x.since AS day, 'O' || o.id AS record, o.title AS record_name, (
  SELECT t.value FROM opportunity_terms AS t WHERE t.opportunity_id = o.id ORDER BY t.on_day DESC, t.id DESC LIMIT 1) AS value
FROM opportunity_outcome AS x CROSS JOIN opportunity AS o ON o.id = x.opportunity_id
WHERE x.since BETWEEN :first AND :last AND x.until IS NULL ORDER BY x.since;

SELECT v.held_on AS day, 'C' || c.id AS record, c.name AS record_name, v.satisfaction,
  (SELECT COUNT(*) FROM testimonial AS t WHERE t.visit_id = v.id) AS testimonials,
  (SELECT COUNT(*) FROM story AS s WHERE s.visit_id = v.id) AS stories,
  (SELECT COUNT(*) FROM referral AS r WHERE r.visit_id = v.id) AS referrals
FROM visit AS v CROSS JOIN client AS c ON c.id = v.client_id WHERE v.held_on BETWEEN :first AND :last ORDER BY v.held_on;

SELECT e.scheduled_for AS day, e.scheduled_time AS time, 'C' || c.id AS record, c.name AS record_name
FROM event AS e LEFT JOIN client AS c ON c.id = e.client_id
WHERE e.scheduled_for BETWEEN :last AND date(:last, '+30 days') AND e.status = 'scheduled' AND e.kind = 'client-visit'
ORDER BY e.scheduled_for;

-- report monthly
-- as well: report source-roi
@funnel;

-- report quarterly
-- as well: report monthly

-- report yearly
-- as well: report monthly
