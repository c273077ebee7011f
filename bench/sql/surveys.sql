-- survey_answers
SELECT COUNT(*) AS n FROM survey_answer WHERE answered_on BETWEEN :first AND :last;
