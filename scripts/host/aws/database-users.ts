import { sql } from 'drizzle-orm'
import { createDatabase, type Database } from '../../../drizzle/database.ts'
import { type DatabasePlace, databaseUrl } from './settings.ts'

/** Users of MySQL with just the rights that they need: the migrator changes tables, the origin only what is in them. */
const USERS = {
  naru_migrator: 'SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, REFERENCES',
  naru_origin: 'SELECT, INSERT, UPDATE, DELETE',
} as const
type UserName = keyof typeof USERS
export type Passwords = Record<UserName, string>

/** Errors of a server that refuses a user, a password, or the user's access to the database. */
const REFUSED = new Set([1044, 1045, 1698])
/** What SQL takes between quotes as it is. */
const PASSWORD = /^[\w-]{20,}$/

/**
 * Creates the users, or changes their passwords to these. Where both can sign in already, the master's password is not
 * read. MySQL accepts a user's previous password until the next change, so that running origins keep their connections.
 */
export async function ensureDatabaseUsers(
  place: DatabasePlace,
  {
    passwords,
    readMaster,
  }: { passwords: Passwords; readMaster: () => Promise<{ user: string; password: string }> },
): Promise<'unchanged' | 'changed'> {
  const names = Object.keys(USERS) as UserName[]
  const open = await Promise.all(
    names.map((user) => mayOpen(databaseUrl(place, { user, password: passwords[user] }))),
  )
  const refused = names.filter((_, i) => open[i] !== true)
  if (refused.length === 0) return 'unchanged'
  const { db, close } = connect(databaseUrl(place, await readMaster()))
  try {
    const retain = (await hasSecondPasswords(db)) ? ' RETAIN CURRENT PASSWORD' : ''
    for (const user of refused) await ensureUser(db, place, { user, password: passwords[user], retain })
  } finally {
    await close()
  }
  return 'changed'
}

const connect = (url: string) => createDatabase({ url, connectionsMax: 1, queueMax: 10 })

async function mayOpen(url: string): Promise<boolean> {
  const { db, close } = connect(url)
  try {
    await db.execute(sql`select 1`)
    return true
  } catch (error) {
    if (isRefused(error)) return false
    throw error
  } finally {
    await close()
  }
}

function isRefused(error: unknown): boolean {
  for (let e = error; e instanceof Error; e = e.cause) {
    if ('errno' in e && typeof e.errno === 'number' && REFUSED.has(e.errno)) return true
  }
  return false
}

async function ensureUser(
  db: Database,
  { name, ca }: DatabasePlace,
  { user, password, retain }: { user: UserName; password: string; retain: string },
): Promise<void> {
  if (!PASSWORD.test(password)) throw new Error(`The password of ${user} has characters that SQL would read`)
  const who = `'${user}'@'%'`
  const by = `IDENTIFIED BY '${password}'`
  const tls = ca === undefined ? '' : ' REQUIRE SSL'
  await db.execute(sql.raw(`CREATE USER IF NOT EXISTS ${who} ${by}${tls}`))
  await db.execute(sql.raw(`ALTER USER ${who} ${by}${retain}`))
  await db.execute(sql.raw(`GRANT ${USERS[user]} ON \`${name}\`.* TO ${who}`))
}

/** MySQL has them since 8.0.14; MariaDB has none. */
async function hasSecondPasswords(db: Database): Promise<boolean> {
  const [rows] = await db.execute(sql`select version() as version`)
  return !JSON.stringify(rows).includes('MariaDB')
}
