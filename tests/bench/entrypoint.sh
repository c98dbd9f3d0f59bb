#!/bin/bash
# The entrypoint that lastcall replaces, as the benchmark's contender: three services in order, a
# process substitution with a read loop per stream, sockets looked for once a second, and a trap
# that drains, waits, and stops the services one after the other. It is written to a description
# of what the reference does, not copied from it, and says less at its start than the reference.
#
# COMMAND_ONE, COMMAND_TWO, COMMAND_THREE: what to run. SOCKET_ONE, SOCKET_TWO: wait for these, if
# set. ROUTER_DRAIN_TIME_SECONDS: 0 turns draining off.
set -e

log() {
    echo "[ent] $(date '+%Y-%m-%d %H:%M:%S') $*"
}

prefix_lines() {
    while IFS= read -r line; do
        echo "[$1] $line"
    done
}

# start NAME COMMAND...: leaves the pid in `started`.
start() {
    local name=$1
    shift
    log "starting $name"
    "$@" > >(prefix_lines "$name") 2> >(prefix_lines "$name" >&2) &
    started=$!
}

# await NAME PID SOCKET SECONDS
await() {
    local waited=0
    until [[ -S $3 ]]; do
        if ! kill -0 "$2" 2>/dev/null || ((waited >= $4)); then
            log "$1 did not become ready"
            exit 1
        fi
        sleep 1
        waited=$((waited + 1))
    done
    log "$1 is ready"
}

drain() {
    local seconds=${ROUTER_DRAIN_TIME_SECONDS:-15}
    ((seconds > 0)) || return 0
    if exec 3<>"/dev/tcp/${ROUTER_ADMIN_HOST:-127.0.0.1}/${ROUTER_ADMIN_PORT:-9901}"; then
        printf 'POST /drain_listeners?graceful HTTP/1.0\r\nContent-Length: 0\r\n\r\n' >&3
        sleep "$seconds"
    else
        log "the router's admin cannot be reached: no drain"
    fi
}

stop() {
    [[ -n $2 ]] && kill -0 "$2" 2>/dev/null || return 0
    log "stopping $1 (pid $2)"
    kill -TERM "$2" || true
    wait "$2" || true
}

remove_sockets() {
    rm -f "$SOCKET_ONE" "$SOCKET_TWO"
}

shut_down() {
    set +e
    log "stopping"
    [[ -n $three ]] && drain 2>/dev/null
    stop three "$three"
    stop two "$two"
    stop one "$one"
    remove_sockets
    log "stopped"
    exit 0
}

one= two= three=
trap shut_down TERM INT QUIT
remove_sockets

start one $COMMAND_ONE
one=$started
[[ -z $SOCKET_ONE ]] || await one "$one" "$SOCKET_ONE" 15
start two $COMMAND_TWO
two=$started
[[ -z $SOCKET_TWO ]] || await two "$two" "$SOCKET_TWO" 10
start three $COMMAND_THREE
three=$started

set +e
wait -n "$one" "$two" "$three"
code=$?
log "a service has exited with code $code"
stop one "$one"
stop two "$two"
stop three "$three"
remove_sockets
exit "$code"
