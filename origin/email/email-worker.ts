import type { Database } from '../../drizzle/database.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import { createGroupCommit } from '../../shared/runtime/group-commit.ts'
import type { Logger } from '../../shared/runtime/log.ts'
import { pause } from '../../shared/runtime/loop.ts'
import type { EmailMessage, EmailTransport } from './message.ts'
import {
  dropEmail,
  forgetSentEmails,
  noteDead,
  noteFailed,
  noteSent,
  type TakenEmail,
  takeEmails,
} from './stored-emails.ts'

/** The result of one attempt: `unneeded` ones were never sent, `dead` ones wait for an operator. */
type EmailOutcome = 'sent' | 'unneeded' | 'retry' | 'dead'

/** Renders an e-mail with its secrets; undefined when it is no longer needed. */
export type WriteEmail = (email: TakenEmail) => Promise<EmailMessage | undefined>

export type EmailWorkerDeps = {
  db: Database
  now: Clock
  log: Logger
  transport: EmailTransport
  write: WriteEmail
  /** Tells permanent errors, after which no other attempt is made. */
  isPermanentFailure: (error: unknown) => boolean
  /** How near the origin is to its limits: 1 at one of them. */
  pressure: () => number
  onOutcome: (outcome: EmailOutcome) => void
}

export type EmailWorker = {
  /** Claims no more e-mails, and resolves when none is being sent. */
  stop(): Promise<void>
}

/** E-mails that one origin sends concurrently. One that failed waits in the table and takes no slot here. */
export const EMAIL_CONCURRENCY = 8
/** How long one attempt may take before another origin may start the next: more than a transport takes. */
const LEASE_MS = 180_000
/** Attempts before an e-mail becomes a dead letter: with the backoff below about a day. */
export const EMAIL_ATTEMPTS_MAX = 30
const BACKOFF_BASE_MS = 2000
const BACKOFF_MAX_MS = 3_600_000
/** How often an origin polls for e-mails when there were none. */
const POLL_MS = 500
/**
 * The pause between two polls while there are more: a rush creates e-mails faster than they must be sent, and each one
 * that is claimed alone costs a separate transaction, which the sale would lack.
 */
const PACE_MS = 250
/** Above this pressure the processor is left to the sale, and deferrable e-mails wait. */
const LOW_PRESSURE_MAX = 0.5
/** How long those wait for less load: then they are sent during the rush. */
export const EMAIL_WAIT_MS_MAX = 120_000
const FORGET_EVERY_MS = 60_000
const FORGET_MAX = 1000

/** Sends the e-mails in the table, at least once each; any number of origins may do so concurrently. */
export function startEmailWorker(deps: EmailWorkerDeps): EmailWorker {
  const stopping = new AbortController()
  const sending = new Set<Promise<void>>()
  const noting = shareNotes(deps)
  let forgetAtMs = 0

  async function turn(): Promise<void> {
    const free = EMAIL_CONCURRENCY - sending.size
    const taken = free === 0 ? [] : await takeDue(deps, free)
    for (const email of taken) {
      const attempt = attemptEmail(deps, noting, email).finally(() => sending.delete(attempt))
      sending.add(attempt)
    }
    if (deps.now() >= forgetAtMs) {
      forgetAtMs = deps.now() + FORGET_EVERY_MS
      await forgetSentEmails(deps.db, deps.now(), FORGET_MAX)
    }
    await pause(taken.length < free ? POLL_MS : PACE_MS, stopping.signal)
    // One that has ended meanwhile has freed its slot already.
    if (sending.size >= EMAIL_CONCURRENCY) await Promise.race(sending)
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await turn()
      } catch (error) {
        deps.log.warn({ err: error }, 'e-mails could not be read')
        await pause(POLL_MS, stopping.signal)
      }
    }
  }

  const ended = run()
  return {
    async stop() {
      stopping.abort()
      await ended
      await Promise.all(sending)
      deps.transport.close()
    },
  }
}

function takeDue({ db, now, pressure }: EmailWorkerDeps, limit: number): Promise<TakenEmail[]> {
  const waitMs = pressure() > LOW_PRESSURE_MAX ? EMAIL_WAIT_MS_MAX : 0
  return takeEmails(db, { nowMs: now(), leaseMs: LEASE_MS, waitMs, limit })
}

type NoteSent = (email: TakenEmail) => Promise<void>

/** Records in one statement what was sent while the last one ran. */
function shareNotes({ db, now }: EmailWorkerDeps): NoteSent {
  const notes = createGroupCommit<TakenEmail, void>(EMAIL_CONCURRENCY, async (sent) => {
    await noteSent(db, sent, now())
    return []
  })
  return notes.add
}

/** Sends everything that is due, one after the other. Returns the number of attempts. */
export async function sendDueEmails(deps: EmailWorkerDeps): Promise<number> {
  const noting = shareNotes(deps)
  let attempts = 0
  for (;;) {
    const taken = await takeDue(deps, EMAIL_CONCURRENCY)
    if (taken.length === 0) return attempts
    for (const email of taken) await attemptEmail(deps, noting, email)
    attempts += taken.length
  }
}

/**
 * One attempt, with its outcome in the table. Never throws: an e-mail whose outcome cannot be stored is claimed again
 * after its lease.
 */
async function attemptEmail(deps: EmailWorkerDeps, noting: NoteSent, email: TakenEmail): Promise<void> {
  const { db, log, now, onOutcome } = deps
  try {
    onOutcome(await send(deps, noting, email))
  } catch (error) {
    try {
      const reason = reasonOf(error)
      const isDead = deps.isPermanentFailure(error) || email.attempts >= EMAIL_ATTEMPTS_MAX
      if (isDead) await noteDead(db, email, reason, now())
      else await noteFailed(db, email, reason, now() + backoffMs(email.attempts))
      onOutcome(isDead ? 'dead' : 'retry')
      const about = { email: email.id, template: email.template, attempts: email.attempts, reason }
      if (isDead) log.error(about, 'an e-mail is a dead letter')
      else log.warn(about, 'an e-mail will be sent again')
    } catch (storing) {
      log.warn({ err: storing, email: email.id }, 'what became of an e-mail could not be stored')
    }
  }
}

async function send(deps: EmailWorkerDeps, noting: NoteSent, email: TakenEmail): Promise<EmailOutcome> {
  const message = await deps.write(email)
  if (message === undefined) {
    await dropEmail(deps.db, email)
    return 'unneeded'
  }
  await deps.transport.send(message, email.id)
  await noting(email)
  return 'sent'
}

/** Doubled with each attempt, the upper half random so that many are not retried at the same time. */
function backoffMs(attempts: number): number {
  const bound = Math.min(BACKOFF_BASE_MS * 2 ** (attempts - 1), BACKOFF_MAX_MS)
  return bound / 2 + (bound / 2) * Math.random()
}

/** The kind of an error, without its message: mail servers repeat the address in theirs, which must not be logged. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  const code = 'code' in error ? String(error.code) : ''
  const reply = 'responseCode' in error ? String(error.responseCode) : ''
  return [error.name, code, reply]
    .filter((part) => part !== '')
    .join(' ')
    .slice(0, 100)
}
