-- visits
SELECT COUNT(*) AS n FROM visit WHERE held_on BETWEEN :first AND :last;

-- visits_with_outcomes
SELECT COUNT(*) AS n, COUNT(outcomes) AS hits FROM visit WHERE held_on BETWEEN :first AND :last;

-- visits_not_logged
SELECT COUNT(*) AS n FROM event WHERE kind = 'client-visit' AND scheduled_for < :on AND set_on <= :on
AND (closed_on IS NULL OR closed_on > :on);

-- visits_rated
SELECT COUNT(satisfaction) AS n FROM visit WHERE held_on BETWEEN :first AND :last;

-- visit_ratings
SELECT COUNT(satisfaction) AS n, COALESCE(SUM(satisfaction), 0) AS total, COUNT(*) - COUNT(satisfaction) AS left_out
FROM visit WHERE held_on BETWEEN :first AND :last;

-- testimonial_collection
SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE id IN (SELECT visit_id FROM testimonial)) AS hits
FROM visit WHERE held_on BETWEEN :first AND :last;

-- testimonial_ask_rate
SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE asked_testimonial) AS hits FROM visit WHERE held_on BETWEEN :first AND :last;

-- testimonial_ask_success
SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE id IN (SELECT visit_id FROM testimonial)) AS hits
FROM visit WHERE held_on BETWEEN :first AND :last AND asked_testimonial;

-- story_ask_rate
SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE asked_story) AS hits FROM visit WHERE held_on BETWEEN :first AND :last;

-- story_ask_success
SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE id IN (SELECT visit_id FROM story)) AS hits
FROM visit WHERE held_on BETWEEN :first AND :last AND asked_story;

-- referral_ask_rate
SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE asked_referral) AS hits FROM visit WHERE held_on BETWEEN :first AND :last;

-- referral_ask_success
SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE id IN (SELECT visit_id FROM referral)) AS hits
FROM visit WHERE held_on BETWEEN :first AND :last AND asked_referral;

-- testimonials
SELECT COUNT(*) AS n FROM testimonial WHERE given_on BETWEEN :first AND :last;

-- stories
SELECT COUNT(*) AS n FROM story WHERE told_on BETWEEN :first AND :last;

-- referrals
SELECT COUNT(*) AS n FROM referral WHERE received_on BETWEEN :first AND :last;

-- referral_estimate
SELECT COUNT(estimated_value) AS n, COALESCE(SUM(estimated_value), 0) AS total, COUNT(*) - COUNT(estimated_value) AS left_out
FROM referral WHERE received_on BETWEEN :first AND :last;

-- referral_won_value
WITH won AS (
  SELECT x.until, (SELECT t.value FROM opportunity_terms AS t WHERE t.opportunity_id = o.id
                   ORDER BY t.on_day DESC, t.id DESC LIMIT 1) AS value
  FROM (SELECT DISTINCT lead_id FROM referral WHERE lead_id IS NOT NULL) AS r
  CROSS JOIN opportunity AS o ON o.lead_id = r.lead_id
  CROSS JOIN opportunity_outcome AS x ON x.opportunity_id = o.id
  WHERE x.outcome = 'won' AND x.since BETWEEN :first AND :last)
SELECT COUNT(value) FILTER (WHERE until IS NULL) AS n, COALESCE(SUM(value) FILTER (WHERE until IS NULL), 0) AS total,
  COUNT(*) - COUNT(value) FILTER (WHERE until IS NULL) AS left_out FROM won;

-- referral_to_intro
WITH received AS (
  SELECT declined_on, EXISTS (SELECT 1 FROM opportunity AS o WHERE o.lead_id = r.lead_id) AS opened
  FROM referral AS r WHERE received_on BETWEEN :first AND :last)
SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE opened) AS hits,
  COUNT(*) FILTER (WHERE NOT opened AND declined_on IS NULL) AS still_open FROM received;
