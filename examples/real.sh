#!/usr/bin/env bash
# Import real data and reproduce its known answers, by improv commands alone.
#
#   examples/real.sh [FOLDER]     FOLDER holds pe_pipeline/, sf_weekly_export/, noshow/ and kag/
#
# Prints a line for each answer; exits with 1 when one differs. Needs `improv` on the PATH.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
data=$(cd "${1:-$here/../../shared/data}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
differ=0

# use NAME: a store of its own, with the playbook that examples/NAME brings, if any.
use() {
  export IMPROV_DB="$work/$1.db" IMPROV_CONFIG="$here/$1/config.toml"
  [ -f "$IMPROV_CONFIG" ] || export IMPROV_CONFIG=/dev/null
  printf '\n%s\n' "$1"
}

# bring FILE KIND MAPPING: import one file.
bring() {
  improv import "$data/$1" --as "$2" --mapping "$here/$3" > imported.txt
}

# expect WHAT ANSWER COMMAND...: some line of what the command prints holds the answer.
expect() {
  local what=$1 answer=$2
  shift 2
  if "$@" | grep --quiet --fixed-strings -- "$answer"; then
    printf '  ok    %-44s %s\n' "$what" "${answer//$'\t'/ | }"
  else
    printf '  WRONG %-44s %s, but:\n' "$what" "$answer"
    "$@" | sed 's/^/        /'
    differ=1
  fi
}

figure() { improv metric "$@" --for all --format plain; }
tab=$'\t'

use pe_pipeline
bring pe_pipeline/pipeline_deals.csv opportunities pe_pipeline/deals.toml
bring pe_pipeline/stage_history.csv stages pe_pipeline/stages.toml
expect 'the defect of D-0500 is reported' 'ambiguous: D-0500 is two records' cat imported.txt
expect 'its six rows are set aside' "of these set aside as ambiguous${tab}6" cat imported.txt
expect 'win rate' '38.1443% (37 of 97)' figure win-rate
expect 'no decision is counted beside it' '76 left out: no decision' figure win-rate
expect 'open' "Open opportunities${tab}327" figure pipeline-count
expect 'won of closed: Conference' "Conference${tab}30.7692% (8 of 26)" figure win-rate --by source
expect 'won of closed: Direct Outreach' "Direct Outreach${tab}28.5714% (4 of 14)" figure win-rate --by source
expect 'won of closed: Intermediary' "Intermediary${tab}56.5217% (13 of 23)" figure win-rate --by source
expect 'won of closed: Referral' "Referral${tab}36.8421% (7 of 19)" figure win-rate --by source
expect 'won of closed: Proprietary' "Proprietary${tab}33.3333% (5 of 15)" figure win-rate --by source
# Columns: stage, product-limit median, then of the finished stays: how many, mean, median.
stay() { figure time-in-stage --by stage | cut -f 1,3-5; }
expect 'finished stays: Reviewed' "Reviewed${tab}342${tab}19.491228${tab}19.000000" stay
expect 'finished stays: Indication' "Indication${tab}167${tab}32.694611${tab}32.000000" stay
expect 'finished stays: Offer' "Offer${tab}37${tab}45.405405${tab}43.000000" stay
expect 'one import is one undo step' 'undone: #2 import' improv undo
expect 'and comes back' 'done again: #2 import' improv redo
expect 'with the same win rate' '38.1443% (37 of 97)' figure win-rate

use sf_weekly_export
bring sf_weekly_export/opportunity.csv opportunities sf_weekly_export/opportunities.toml
expect 'won' "Won${tab}18" figure won-deals
expect 'won value' "Value won${tab}3645000.00" figure won-value
expect 'open value' "Pipeline value${tab}2115000.00" figure pipeline-value
expect 'weighted by the hand-set probability' "${tab}1094500.00" figure weighted-pipeline-by-hand
expect 'won: External Referral' "External Referral${tab}1445000.00${tab}6" figure won-value --by source
expect 'won: Partner' "Partner${tab}1420000.00${tab}5" figure won-value --by source
expect 'won: Word of mouth' "Word of mouth${tab}185000.00${tab}3" figure won-value --by source

use noshow
bring noshow/noshow_to_2016-05-15.csv events noshow/appointments.toml
expect 'gap: mean' "Set-to-scheduled gap, every kind${tab}9.453724" figure event-gap-all
expect 'gap: median' 'median 3 d' figure event-gap-all
expect 'gap: negative ones are kept and counted' '4 negative' figure event-gap-all
expect 'gap: under 5' '(25741 of 45909)' figure gap-under-goal
expect 'gap: over 10' '(12971 of 45909)' figure gap-over-red-flag
expect 'not kept' "no-show${tab}0.0000% (0 of 9547)" figure events-kept --by state

use kag
improv import "$data/kag/KAG_916_936.csv" --as campaigns > imported.txt 2>&1 # as its headers say, without a mapping
expect 'spend' "Campaign spend${tab}3043.08" figure campaign-spend
expect 'leads' "Campaign leads${tab}595" figure campaign-leads
expect 'customers' "Campaign customers${tab}207" figure campaign-customers
expect 'per lead, to the cent' "Cost per lead${tab}5.11" figure cost-per-lead
expect 'per customer, to the cent' "Cost per customer${tab}14.70" figure cost-per-customer

exit "$differ"
