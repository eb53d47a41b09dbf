# A host that has just been created may not have its bootstrap yet.
for attempt in $(seq 60); do
  [ -x /usr/local/sbin/naru-bootstrap ] && break
  sleep 5
done

if [ '{{ action }}' = fetch ]; then
  # Without a release the bootstrap is about to fetch this one.
  [ -x /opt/naru/current/bin/naru ] || exit 0
  exec flock /run/naru-bootstrap.lock /opt/naru/current/bin/naru aws fetch
fi

/usr/local/sbin/naru-bootstrap || exit

# The sandbox provider, where it runs, is of the release as well.
process=$(systemctl show --property=MainPID --value naru-sandbox.service)
running=$(readlink "/proc/$process/exe")
if [ -n "$running" ] && [ "$running" != "$(readlink -f /opt/naru/current/bin/node)" ]; then
  systemctl restart naru-sandbox.service
fi
