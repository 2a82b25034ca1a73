#!/usr/bin/env bash
# Grades the repository that this file is in. The result goes to the next step of the workflow, as GitHub Classroom's reporter wants it.
set -uo pipefail
kit=$(cd "$(dirname "$0")" && pwd) || exit 1
cd "$kit/../.." || exit 1
result=$(mktemp)
chmod +x "$kit/moonwire"
status=0
"$kit/moonwire" grade {{flags}} --student --format text --format classroom="$result" --format html=report.html "$kit/{{exercise}}" . || status=$?
echo "moonwire ended with status $status"
if [ ! -s "$result" ]; then
  echo "::error::nothing was graded: see the log"
  exit 1
fi
printf 'result=%s\n' "$(base64 <"$result" | tr -d '\n')" >>"${GITHUB_OUTPUT:-/dev/stdout}"
