# sh guard.sh COMMAND [ARG...], started as the leader of a process group with a pipe on descriptor 3.
# Becomes COMMAND, and leaves behind a guard that ends the whole group if the pipe ends without a goodbye: the process
# that holds its other end is dead then, and of SIGKILL there is no other sign. As a member the guard also keeps the
# group's id from being given to strangers.
command -v "$1" >/dev/null || {
  echo "pooler: there is no command $1" >&2
  exit 127
}
(
  trap '' HUP INT QUIT TERM
  read -r goodbye && exit
  kill -TERM 0
  sleep 2
  kill -KILL 0
) <&3 3<&- >/dev/null 2>&1 &
exec "$@" 3<&-
