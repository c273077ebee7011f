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
