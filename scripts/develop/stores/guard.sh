# Ends a process group when the process that started it is gone, however that one ended.
#   $1     the group's ID
#   $2 …   private folders to remove at the end
#   stdin  a pipe whose other end only the starter holds. A line says that the group has ended by itself;
#          the end of the pipe before a line says that the starter is gone. The end after a line: all done.
trap '' HUP INT TERM
group=$1
shift

# A leader that has ended may stay for a while, for want of somebody to collect it.
lives() {
  kill -s 0 -- "-$group" || return 1
  [ -r "/proc/$group/stat" ] || return 0
  read -r stat <"/proc/$group/stat"
  case $stat in *') Z '*) return 1 ;; esac
}

if read -r _; then
  read -r _
else
  kill -s TERM -- "-$group"
  tries=0
  while [ "$tries" -lt 50 ] && lives; do
    sleep 0.1
    tries=$((tries + 1))
  done
  kill -s KILL -- "-$group"
fi
[ "$#" -eq 0 ] || rm -rf -- "$@"
