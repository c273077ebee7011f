-- new_leads
SELECT COUNT(*) AS n FROM lead WHERE received_on BETWEEN :first AND :last;

-- leads_with_source
SELECT COUNT(*) AS n, COUNT(source) AS hits FROM lead WHERE received_on BETWEEN :first AND :last;
