import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Machine } from './machine.ts'

export type StoresOptions = {
  /** Files of the certificate that both stores show. */
  certificate: string
  key: string
  authority: string
  database: { name: string; masterUser: string; masterPassword: string }
}

/** Nobody but the rehearsal knows it: ElastiCache has no CONFIG either. */
const CONFIG_COMMAND = 'rehearsal-config'
const READY_MS = 90_000
const PLACE = 'etc/rehearsal'

const MYSQL_UNIT = `[Unit]
Description=MySQL 9.7, as RDS has it
[Service]
DynamicUser=yes
StateDirectory=mysql
RuntimeDirectory=mysql
LoadCredential=certificate:/${PLACE}/certificate.pem
LoadCredential=key:/${PLACE}/key.pem
LoadCredential=authority:/${PLACE}/authority.pem
LoadCredential=users:/${PLACE}/users.sql
ExecStartPre=/bin/sh -c 'test -e /var/lib/mysql/data || /opt/mysql/bin/mysqld --initialize-insecure --datadir=/var/lib/mysql/data'
ExecStart=/opt/mysql/bin/mysqld --datadir=/var/lib/mysql/data --socket=/run/mysql/mysqld.sock --pid-file=/run/mysql/mysqld.pid \\
  --bind-address=0.0.0.0 --port=3306 --mysqlx=OFF --skip-name-resolve --secure-file-priv=NULL --require-secure-transport=ON --init-file=\${CREDENTIALS_DIRECTORY}/users \\
  --ssl-ca=\${CREDENTIALS_DIRECTORY}/authority --ssl-cert=\${CREDENTIALS_DIRECTORY}/certificate --ssl-key=\${CREDENTIALS_DIRECTORY}/key \\
  --innodb-buffer-pool-size=256M --max-connections=60 --log-error-verbosity=2
TimeoutStartSec=120
Restart=on-failure
[Install]
WantedBy=multi-user.target
`

const REDIS_UNIT = `[Unit]
Description=Redis with TLS and AUTH, as ElastiCache has it
[Service]
User=redis
Group=redis
StateDirectory=redis
ExecStart=/usr/bin/redis-server /${PLACE}/redis.conf
Restart=on-failure
[Install]
WantedBy=multi-user.target
`

const REDIS_CONFIGURATION = `port 0
tls-port 6379
bind 0.0.0.0
tls-cert-file /${PLACE}/redis/certificate.pem
tls-key-file /${PLACE}/redis/key.pem
tls-ca-cert-file /${PLACE}/authority.pem
tls-auth-clients no
unixsocket /var/lib/redis/admin.sock
unixsocketperm 700
rename-command CONFIG ${CONFIG_COMMAND}
maxmemory 400mb
maxmemory-policy noeviction
appendonly no
save ""
dir /var/lib/redis
protected-mode no
`

/** Writes what the host of stores runs from its first boot. */
export async function furnishStores(root: string, options: StoresOptions): Promise<void> {
  const folder = join(root, PLACE)
  await mkdir(join(folder, 'redis'), { recursive: true })
  await copyFile(options.authority, join(folder, 'authority.pem'))
  for (const place of ['', 'redis']) {
    await copyFile(options.certificate, join(folder, place, 'certificate.pem'))
    await copyFile(options.key, join(folder, place, 'key.pem'))
  }
  await chmod(join(folder, 'redis/key.pem'), 0o644)
  await writeFile(join(folder, 'users.sql'), masterUser(options), { mode: 0o600 })
  await writeFile(join(folder, 'redis.conf'), REDIS_CONFIGURATION)
  const units = join(root, 'etc/systemd/system')
  await mkdir(join(units, 'multi-user.target.wants'), { recursive: true })
  await writeFile(join(units, 'rehearsal-mysql.service'), MYSQL_UNIT)
  await writeFile(join(units, 'rehearsal-redis.service'), REDIS_UNIT)
}

/** The rights that RDS gives its master user, of which a migrator and a service's user can be made. */
function masterUser({
  database: { name, masterUser: user, masterPassword: password },
}: StoresOptions): string {
  const quoted = (text: string): string => `'${text.replaceAll(/['\\]/g, '\\$&')}'`
  const rights =
    'SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, RELOAD, PROCESS, REFERENCES, INDEX, ALTER, SHOW DATABASES, CREATE TEMPORARY TABLES, LOCK TABLES, EXECUTE, CREATE VIEW, SHOW VIEW, CREATE ROUTINE, ALTER ROUTINE, CREATE USER, EVENT, TRIGGER'
  return [
    `CREATE DATABASE IF NOT EXISTS \`${name}\`;`,
    `CREATE USER IF NOT EXISTS ${quoted(user)}@'%' IDENTIFIED BY ${quoted(password)};`,
    `GRANT ${rights} ON *.* TO ${quoted(user)}@'%' WITH GRANT OPTION;`,
    '',
  ].join('\n')
}

/** Starts both stores and waits until they answer. A failure shows the end of their journal. */
export async function startStores(machine: Machine): Promise<void> {
  const units = 'rehearsal-redis.service rehearsal-mysql.service'
  const sockets = 'test -S /run/mysql/mysqld.sock && test -S /var/lib/redis/admin.sock'
  const tries = Math.floor(READY_MS / 1000 / 2)
  const waiting = `for i in $(seq ${tries}); do { ${sockets}; } && exit; sleep 1; done`
  const command = `systemctl enable --now ${units}; ${waiting}; journalctl --no-pager -n 20 -u 'rehearsal-*'; exit 1`
  await machine.run('Starting the stores', command, READY_MS)
}

/** Sets the AUTH token of Redis, as ElastiCache does for ModifyReplicationGroup. */
export async function setRedisToken(machine: Machine, token: string): Promise<void> {
  // On stdin, since arguments are visible to every process.
  const file = join(machine.root, PLACE, 'token')
  await writeFile(file, `${CONFIG_COMMAND} SET requirepass ${token}\n`, { mode: 0o600 })
  const command = `redis-cli -s /var/lib/redis/admin.sock < /${PLACE}/token`
  const answer = await machine.run('Setting the AUTH token', command, READY_MS)
  if (!answer.includes('OK')) throw new Error(`Redis did not take its AUTH token: ${answer}`)
}
