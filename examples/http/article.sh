#!/usr/bin/env bash
# Asks for a month in words, as the published article does:
#
#   config-history serve --demo --http 8080
#   examples/http/article.sh http://127.0.0.1:8080 [YEAR MONTH]
#
# Year and month are 2024 and 11 unless said otherwise. A server that wants a token takes it from
# CONFIG_HISTORY_TOKEN. Needs curl 7.76 or later, and jq.
set -euo pipefail

url=${1:?usage: article.sh URL [YEAR MONTH]}
year=${2:-2024}
month=${3:-11}

# Not as an argument of curl: everybody on the machine can read those.
authorization() {
  if [[ -n ${CONFIG_HISTORY_TOKEN:-} ]]; then
    printf 'header = "Authorization: Bearer %s"\n' "$CONFIG_HISTORY_TOKEN"
  fi
}

if ! answer=$(curl --silent --show-error --fail-with-body --config <(authorization) \
  -X POST "$url" \
  -H "Content-Type: application/json" \
  -d "{\"target_year\": \"$year\", \"target_month\": \"$month\"}"); then
  jq -r '.error | "\(.code): \(.message)\n\(.remedy)"' <<<"$answer" >&2
  exit 1
fi
jq -r '.body[].text' <<<"$answer"
