# A host that has just been created may not have its bootstrap yet.
for attempt in $(seq 60); do
  [ -x /usr/local/sbin/naru-bootstrap ] && break
  sleep 5
done
exec /usr/local/sbin/naru-bootstrap
