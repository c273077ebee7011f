"""The metric of surveys: what people answer when they are asked why."""

from typing import Final

from improv.metrics.metric import Metric

SURVEYS: Final = (
    Metric(
        name="survey_answers",
        title="Survey answers",
        sentence="Answers given to a survey: why somebody clicked, bought, did not buy, called support or left; each "
        "reason is an answer.",
        kind="count",
        clock="day the answer was given",
        source="[B] rankings",
        in_words="number of answers given in the period",
        about="lead",
        label="Y",
        keys=("question", "reason"),
        sql="""SELECT y.id AS id, COALESCE(y.lead_id, (SELECT o.lead_id FROM opportunity AS o WHERE o.id = y.opportunity_id),
              (SELECT c.lead_id FROM client AS c WHERE c.id = y.client_id), (SELECT c.lead_id FROM opportunity AS o
              JOIN client AS c ON c.id = o.client_id WHERE o.id = y.opportunity_id)) AS about, y.answered_on AS day,
            y.question AS question, y.reason AS reason FROM survey_answer AS y""",
    ),
)
