import { createDatabase, type Database } from '../../../drizzle/database.ts'
import { isDatabaseUnavailable } from '../../../drizzle/errors.ts'
import { type DeadEmail, listDeadEmails, resendDeadEmails } from '../../../origin/email/dead-emails.ts'
import type { Env } from '../../../shared/runtime/env.ts'
import { findRunning } from '../running.ts'

const USAGE = `Lists e-mails that were refused for good or failed too often (dead letters), and sends them again.

  npm run emails                    lists dead letters, the newest first
  npm run emails -- resend ID       sends one of them again
  npm run emails -- resend all      sends all of them again

Exit status: 0 no dead letter is left, 1 there are some, 2 wrong usage or no such e-mail, 3 MySQL could not be read.`

const LEFT = 1
const WRONG_USAGE = 2
const UNREADABLE = 3
const LISTED_MAX = 1000

process.exitCode = await run(process.argv.slice(2), process.env)

async function run(args: readonly string[], env: Env): Promise<number> {
  const resent = readResent(args)
  if (resent === 'wrong') {
    process.stderr.write(`${USAGE}\n`)
    return WRONG_USAGE
  }
  try {
    const { databaseUrl } = findRunning(env, ['databaseUrl'])
    const { db, close } = createDatabase({ url: databaseUrl, connectionsMax: 1, queueMax: 10 })
    return await work(db, resent).finally(close)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    process.stderr.write(`${isDatabaseUnavailable(error) ? 'MySQL cannot be reached' : message}\n`)
    return UNREADABLE
  }
}

type Resent = 'none' | 'all' | { id: string }

function readResent([command, which, ...more]: readonly string[]): Resent | 'wrong' {
  if (command === undefined) return 'none'
  if (command !== 'resend' || which === undefined || more.length > 0) return 'wrong'
  return which === 'all' ? which : { id: which }
}

async function work(db: Database, resent: Resent): Promise<number> {
  if (resent !== 'none') {
    const count = await resendDeadEmails(db, new Date(), resent)
    process.stdout.write(`${count} will be sent again\n`)
    if (count === 0 && resent !== 'all') return WRONG_USAGE
  }
  const dead = await listDeadEmails(db, { limit: LISTED_MAX })
  process.stdout.write(dead.map(lineOf).join(''))
  return dead.length === 0 ? 0 : LEFT
}

function lineOf({ id, template, to, attempts, error, createdAt }: DeadEmail): string {
  return `${[id, createdAt.toISOString(), template, to ?? '-', `${attempts} attempts`, error ?? '-'].join('  ')}\n`
}
