# Sourced: servers that are started in the background, and that end with the process that wanted them, however it ends.
# Expects $folder, where their pids are noted.

pids=$folder/pids

# daemon COMMAND…: starts it in a session of its own.
daemon() {
  setsid "$@" >>"$folder/output.log" 2>&1 </dev/null &
  echo $! >>"$pids"
}

# until_ok COMMAND…: tries for half a minute.
until_ok() {
  for _ in $(seq 300); do
    "$@" >/dev/null 2>&1 && return 0
    sleep 0.1
  done
  echo "This did not work within half a minute: $*" >&2
  tail -n 20 "$folder/output.log" >&2
  return 1
}

is_gone() { ! kill -0 "$1" 2>/dev/null; }

# At once: there is nothing worth saving. What still writes as it dies may make a folder while it is removed.
stop_daemons() {
  [ -f "$pids" ] && xargs kill -9 <"$pids" 2>/dev/null
  for _ in 1 2 3; do
    rm -rf "$folder" 2>/dev/null && return 0
    sleep 0.2
  done
}

# stop_with PID: in the background, waits for that process to end.
stop_with() {
  (
    trap '' HUP INT
    until is_gone "$1" || [ ! -d "$folder" ]; do sleep 1; done
    stop_daemons
  ) >/dev/null 2>&1 </dev/null &
  disown
}
