-- enrolments
SELECT COUNT(*) AS n FROM enrolment WHERE since BETWEEN :first AND :last;

-- people_on_tracks
SELECT COUNT(*) AS n FROM enrolment WHERE since <= :on AND (until IS NULL OR until > :on);

-- track_steps_done
SELECT COUNT(*) AS n FROM enrolment_step WHERE ending = 'done' AND ended_on BETWEEN :first AND :last;

-- track_answers
SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE ending IN ('replied', 'booked', 'won')) AS hits,
  COUNT(*) FILTER (WHERE ending IS NULL) AS still_open
FROM enrolment WHERE since BETWEEN :first AND :last;

-- report tracks
WITH on_it AS (
  SELECT track, 1 AS began, 0 AS inside, 0 AS done, ending FROM enrolment WHERE since BETWEEN :first AND :last
  UNION ALL SELECT track, 0, 1, 0, NULL FROM enrolment WHERE since <= :on AND (until IS NULL OR until > :on)
  UNION ALL SELECT e.track, 0, 0, 1, NULL FROM enrolment_step AS s CROSS JOIN enrolment AS e ON e.id = s.enrolment_id
  WHERE s.ending = 'done' AND s.ended_on BETWEEN :first AND :last),
each AS MATERIALIZED (
  SELECT track, SUM(began) AS began, SUM(inside) AS inside, SUM(done) AS done, SUM(began AND ending IN ('replied', 'booked', 'won')) AS answered
  FROM on_it GROUP BY track)
SELECT began AS enrolments, inside AS people_on_tracks, done AS track_steps_done, 1.0 * answered / NULLIF(began, 0) AS track_answers FROM each
UNION ALL SELECT SUM(began), SUM(inside), SUM(done), 1.0 * SUM(answered) / NULLIF(SUM(began), 0) FROM each HAVING COUNT(*) > 0;

WITH ended AS MATERIALIZED (
  SELECT track, ending, COUNT(*) AS n FROM enrolment WHERE since BETWEEN :first AND :last GROUP BY track, ending)
SELECT n AS enrolments FROM ended UNION ALL SELECT SUM(n) FROM ended HAVING COUNT(*) > 0;
