#!/bin/sh
# curl, one process a stream, each started by a shell of its own: what is measured is a tree of processes.
set -u

terms='"model":"'${PROBE_MODEL:-claude-sonnet-5-5}'","max_tokens":'${PROBE_MAX_TOKENS:-64000}',"stream":true'
newline='
'

# The body comes on standard input: Linux takes no argument of more than 128 KiB.
request() {
    exec curl -q --no-buffer --silent --show-error --fail --noproxy '*' "$ANTHROPIC_BASE_URL/v1/messages" \
        -H "x-api-key: $ANTHROPIC_API_KEY" -H 'anthropic-version: 2023-06-01' -H 'content-type: application/json' -d @- << BODY
$body
BODY
}

# Retaining, the answer stays in the memory of the stream's shell as it came, framing included, until the stream has ended. Dropping, an
# `error` event goes by unseen. What curl has to complain about comes last.
stream() {
    # A message of the stream's own, filled up with blanks, which stays in the stream's shell with the answer.
    body=$(printf '{%s,"messages":[{"role":"user","content":"%-*s"}]}' "$terms" "${PROBE_PROMPT_CHARS:-0}" 'Write a long text.')
    if [ "${PROBE_RETAIN:-0}" = 1 ]; then
        answer=$(request 2>&1) || failed "${answer##*curl: }"
        case $answer in *'event: message_stop'*) ;; *) failed 'it ended before message_stop' ;; esac
    else
        answer=$(request 2>&1 > /dev/null) || failed "${answer##*curl: }"
    fi
}

# Says why, in one line, and tells the first shell, whose number $$ remains in all of them.
failed() {
    echo "curl: a stream failed: ${1%%"$newline"*}" >&2
    kill -USR1 $$ 2> /dev/null
    exit 1
}

# Puts the process $1 and all that it started into $tree. The builtin read spares processes that would be in the tree themselves.
walk() {
    tree="$tree $1" children=''
    { read -r children < "/proc/$1/task/$1/children"; } 2> /dev/null
    for child in $children; do walk "$child"; done
}

report() {
    tree='' kib=0
    walk $$
    for process in $tree; do
        while read -r key value _; do
            case $key in VmRSS:) kib=$((kib + value)) ;; esac
        done < "/proc/$process/status"
    done 2> /dev/null
    echo "rss $((kib * 1024))"
}

end() {
    trap '' TERM
    tree=''
    walk $$
    kill -TERM $tree 2> /dev/null
    wait
}

trap end EXIT
trap 'exit 1' USR1
trap 'exit 143' TERM
trap 'exit 130' INT

while read -r order; do
    case $order in
        open)
            number=0
            while [ $number -lt "${PROBE_STREAMS:-1}" ]; do
                stream &
                number=$((number + 1))
            done
            ;;
        collect) echo collected ;; # A shell has no garbage to collect.
        report) report ;;
    esac
done
