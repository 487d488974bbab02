#!/bin/sh
# The demo's stand-in for the product's tool: it prints like it, takes some seconds, and reports what the fleet shows.
case "$1" in
  qaVfsSecureUpload | qaVfsSecureUploadEvidence) ;;
  *) echo "pnpm: the demo has no script $1" >&2; exit 1 ;;
esac
[ "$2" = --report-json ] && report="$3"
sha="${GITHUB_SHA:-$(git rev-parse HEAD 2>/dev/null || echo unknown)}"
name=qaVfsSecureUpload
[ -n "$report" ] && name=qaVfsSecureUploadEvidence

# The demo's own time: so many whole seconds of real time later than now.
at() {
  s=$(awk -v t="$(($(date +%s) + $1))" 'BEGIN { printf "%.0f", @SHOWN@ + (t - @REAL@) * @SPEED@ }')
  date -u -d "@$s" +%Y-%m-%dT%H:%M:%SZ 2>/dev/null || date -u -r "$s" +%Y-%m-%dT%H:%M:%SZ
}
began=$(at 1)
passed=0 failed=0 skipped=0 checks=
check() {
  if [ "$failed" -gt 0 ]; then
    skipped=$((skipped + 1)) status=skipped ms=0
  else
    echo "[$1] $2"
    sleep "$3"
    ms=$(($3 * 1000))
    if grep -qx "$sha $1" '@FAILING@' 2>/dev/null; then
      echo "  AssertionError: $4"
      echo "Result: FAIL ($3.0s) for $1"
      failed=$((failed + 1)) status=fail
    else
      echo "  all tests passed"
      echo "Result: PASS ($3.0s) for $1"
      passed=$((passed + 1)) status=pass
    fi
    echo
  fi
  checks="$checks${checks:+,}{\"id\":\"$1\",\"description\":\"$2\",\"command\":\"pnpm\",\"args\":[\"exec\",\"vitest\"],\"status\":\"$status\",\"durationMs\":$ms}"
}
echo "> product@ $name"
echo
check api-rekey-crdt "API rekey + encrypted envelope parser contract" 2 "the envelope does not parse"
check api-client-crypto "API-client secure pipeline + rekey client contract" 2 "the pipeline is not sealed"
check client-secure-upload "Client fail-closed upload behavior" 3 "attach was retried before the reconcile state advanced"
check vfs-guardrail "VFS sync guardrail behavior" 1 "the pull cursor moved backward"
echo "passed $passed, failed $failed, skipped $skipped on $sha"
all=true
[ "$failed" -eq 0 ] || all=false
[ -n "$report" ] && cat > "$report" <<END
{"command":"pnpm $name","candidateSha":"$sha","startedAt":"$began","completedAt":"$(at 0)","dryRun":false,
"checksRun":$((passed + failed)),"passed":$passed,"failed":$failed,"skipped":$skipped,"allPassed":$all,"checks":[$checks]}
END
[ "$failed" -eq 0 ]
