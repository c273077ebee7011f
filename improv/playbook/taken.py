"""What a field of the user's own cannot be called: the options, keys and columns of the program itself.

A test compares this list with what there is, and names the words it lacks.
"""

from typing import Final

_WORDS: Final = """
about achieved activity-group actual actual-stage age-group answered-on anticipated anticipated-stage as-of
asked-referral asked-story asked-testimonial assigned-by assigned-to attendees
because business-unit by-rule
campaign campaign-day campaign-name check-in city clicks client client-name close-on closed-on collected
collected-by company confirm confirmation-on connected contact contact-email contact-name contact-phone
contact-role contacted-on content cost country created-on
day days db declined-on description discussed discussion done-on dropped dry-run due
email emails-opened ending ends-on ends-time engagement entry estimated-value external-id
failed first-contact first-meeting-on force format forms found-on from
gap gender given-on
health held-on help how
id impressions incentive included industry invite
job-profile
keywords kind known-on
last-contact last-visit lead lead-name leads left-because left-on lifecycle links-clicked location logged
map met-at met-on method minutes month monthly-revenue
name next next-steps no no-asked-referral no-asked-story no-asked-testimonial no-pager no-pinned not-included
note notes numbers nurture
of on on-day open opened-on opportunity opportunity-name outcome outcomes output owner
page party people per period permission phone pinned place platform platform-customers platform-leads points
probability product published-on published-where pursued
qualified qualified-because qualified-on question
rating reason received received-on referral referrals-before referring-client region reminder-minutes
renewal-on response result-id result-on revenue role
satisfaction scheduled-for scheduled-time score seconds send set set-on since since-on skip source spend stage
stage-since starts starts-on state status story subject subtype
temperature tenure-months testimonial text then time times timings title to to-marketing told-on topics track
tracked-phone type
unit unsubscribed-on until upsell used-on utm-campaign utm-medium utm-source
value version visit visit-kind
website went-to what who words written-by
yes
"""
TAKEN: Final = frozenset(_WORDS.split())
