#!/usr/bin/env bash
# check_seam.sh NATIVE_LIBRARY SCHEDULED_LIBRARY: shows with nm that the two builds of the library cannot be mixed.
#
# Every name of the scheduled one is in the inline namespace concurrent::futures::scheduled, none of the native one is,
# and they define no function in common: so what was compiled for the one finds nothing in the other.

set -euo pipefail
shopt -s inherit_errexit
export LC_ALL=C

if [[ $# != 2 ]]; then
  printf 'usage: check_seam.sh NATIVE_LIBRARY SCHEDULED_LIBRARY\n' >&2
  exit 64
fi
native=$1 scheduled=$2
for library in "$native" "$scheduled"; do
  if [[ ! -e $library ]]; then
    printf '%s: there is no such library; build it first\n' "$library" >&2
    exit 3
  fi
done

# grep, for which finding nothing is no failure.
search() { grep "$@" || [[ $? == 1 ]]; }

# Names of ours that a library defines: those in which the library's namespace occurs.
ours() {
  nm --demangle --defined-only --extern-only "$1" | sed --quiet -E 's/^[0-9a-f]+ [A-Za-z] //p' |
    search -F 'concurrent::futures::' | sort --unique
}

failed=0
report() {
  local line
  while IFS= read -r line; do
    printf '%s: %s\n' "$1" "$line"
    failed=1
  done
}

native_names=$(ours "$native")
scheduled_names=$(ours "$scheduled")
for names in "$native_names" "$scheduled_names"; do
  # A library without names would pass every check below.
  if [[ $(wc -l <<<"$names") -lt 50 ]]; then report 'too few names to be the library' <<<"$(head -3 <<<"$names")"; fi
done

report 'in the native library, but in the namespace of the scheduled one' \
  < <(search -F 'concurrent::futures::scheduled::' <<<"$native_names")
report 'in the scheduled library, but outside of its namespace' \
  < <(sed 's/concurrent::futures::scheduled::/scheduled::/g' <<<"$scheduled_names" | search -F 'concurrent::futures::')
report 'in both libraries' < <(comm -12 <(cat <<<"$native_names") <(cat <<<"$scheduled_names"))

exit "$failed"
