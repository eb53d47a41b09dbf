import { randomUUID } from 'node:crypto'
import { eq, like } from 'drizzle-orm'
import { pino } from 'pino'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { emails } from '../../drizzle/schema/email.ts'
import { useDatabase } from '../../drizzle/testing/database.ts'
import { createLogger } from '../../shared/runtime/log.ts'
import { listDeadEmails, resendDeadEmails } from './dead-emails.ts'
import { createEmailBacklog } from './email-backlog.ts'
import {
  EMAIL_ATTEMPTS_MAX,
  EMAIL_CONCURRENCY,
  EMAIL_WAIT_MS_MAX,
  type EmailWorker,
  type EmailWorkerDeps,
  sendDueEmails,
  startEmailWorker,
} from './email-worker.ts'
import { queueEmails } from './queue-emails.ts'
import { forgetSentEmails, noteSent, takeEmails } from './stored-emails.ts'

const { db } = useDatabase()
const workers: EmailWorker[] = []
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()))
  await db().delete(emails)
})

const refused = () => Object.assign(new Error('550 no such user fan@naru.test'), { code: 'EENVELOPE' })

function workerDeps(send: (to: string) => Promise<void> | void = () => {}) {
  const sent: string[] = []
  const outcomes: string[] = []
  const deps: EmailWorkerDeps = {
    db: db(),
    now: Date.now,
    log: createLogger('test', 'silent'),
    transport: {
      async send({ to }) {
        await send(to)
        sent.push(to)
      },
      close: () => {},
    },
    write: async ({ params }) => ({ to: 'order' in params ? params.order : '', subject: 'S', text: 'T' }),
    isPermanentFailure: (error) => error instanceof Error && 'code' in error,
    pressure: () => 0,
    onOutcome: (outcome) => outcomes.push(outcome),
  }
  return { deps, sent, outcomes }
}

function start(deps: EmailWorkerDeps): void {
  workers.push(startEmailWorker(deps))
}

/** E-mails whose names stand for addresses. */
async function queue(...names: string[]): Promise<void> {
  const queued = names.map((order) => ({
    ...{ template: 'order-confirmed' as const, params: { order } },
    ...{ key: `order-confirmed:${order}`, account: randomUUID() },
  }))
  await queueEmails(db(), new Date(Date.now() - 1), queued)
}

const rowOf = async (name: string) => {
  const [row] = await db()
    .select()
    .from(emails)
    .where(eq(emails.key, `order-confirmed:${name}`))
  return row
}

const many = (count: number, of: string) => Array.from({ length: count }, (_, n) => `${of}-${n}`)

describe('an e-mail in the table', () => {
  it('is queued by the transaction that causes it, and not when that fails', async () => {
    const failing = db().transaction(async (tx) => {
      await queueEmails(tx, new Date(), [
        { template: 'order-confirmed', params: { order: 'gone' }, key: 'order-confirmed:gone' },
      ])
      throw new Error('something else failed')
    })
    await expect(failing).rejects.toThrow('something else failed')
    expect(await rowOf('gone')).toBeUndefined()
  })

  it('is sent once however often its key is queued, even after it was sent', async () => {
    const { deps, sent } = workerDeps()
    await queue('once')
    await queue('once', 'other')
    await sendDueEmails(deps)
    await queue('once')
    await sendDueEmails(deps)
    expect(sent.toSorted()).toEqual(['once', 'other'])
    expect(await rowOf('once')).toMatchObject({ state: 'sent', params: {} })
  })

  it('is sent once by several origins that send concurrently', async () => {
    const names = many(200, 'fan')
    await queue(...names)
    const { deps, sent } = workerDeps()
    for (let i = 0; i < 4; i += 1) start(deps)
    await vi.waitFor(() => expect(sent).toHaveLength(200), { timeout: 20_000 })
    await Promise.all(workers.splice(0).map((worker) => worker.stop()))
    expect(sent.toSorted()).toEqual(names.toSorted())
    expect(await db().$count(emails, eq(emails.state, 'sent'))).toBe(200)
  })

  it('is claimed by another origin once the lease of one that died has expired', async () => {
    await queue('fan')
    const nowMs = Date.now()
    const lease = { leaseMs: 1000, waitMs: 0, limit: 10 }
    const [first] = await takeEmails(db(), { nowMs, ...lease })
    expect(await takeEmails(db(), { nowMs: nowMs + 999, ...lease })).toEqual([])
    const [second] = await takeEmails(db(), { nowMs: nowMs + 1001, ...lease })
    expect(second).toMatchObject({ id: first?.id, attempts: 2 })
    // A later result of the first one is ignored.
    if (first !== undefined) await noteSent(db(), [first], nowMs)
    expect(await rowOf('fan')).toMatchObject({ state: 'waiting' })
    if (second !== undefined) await noteSent(db(), [second], nowMs)
    expect(await rowOf('fan')).toMatchObject({ state: 'sent' })
  })

  it('is deleted unsent when it is no longer needed', async () => {
    await queue('fan')
    const { deps, sent, outcomes } = workerDeps()
    await sendDueEmails({ ...deps, write: async () => undefined })
    expect({ sent, outcomes }).toEqual({ sent: [], outcomes: ['unneeded'] })
    expect(await rowOf('fan')).toBeUndefined()
  })

  it('is deleted a month after it was sent', async () => {
    await queue('fan')
    await sendDueEmails(workerDeps().deps)
    await forgetSentEmails(db(), Date.now() + 29 * 86_400_000, 10)
    expect(await rowOf('fan')).toBeDefined()
    await forgetSentEmails(db(), Date.now() + 31 * 86_400_000, 10)
    expect(await rowOf('fan')).toBeUndefined()
  })
})

describe('sending e-mails', () => {
  it('continues for other recipients while a mail server fails or hangs for some', async () => {
    // More than can be sent concurrently wait for their next attempt; all slots but one hang.
    const gate = Promise.withResolvers<void>()
    await queue(...many(3 * EMAIL_CONCURRENCY, 'failing'), ...many(EMAIL_CONCURRENCY - 1, 'hanging'))
    const { deps, sent, outcomes } = workerDeps(async (to) => {
      if (to.startsWith('failing')) throw new Error('451 try later')
      if (to.startsWith('hanging')) await gate.promise
    })
    start(deps)
    const failed = () => outcomes.filter((outcome) => outcome === 'retry').length
    await vi.waitFor(() => expect(failed()).toBeGreaterThanOrEqual(3 * EMAIL_CONCURRENCY), {
      timeout: 20_000,
    })
    await queue(...many(20, 'fan'))
    await vi.waitFor(() => expect(sent).toHaveLength(20), { timeout: 20_000 })
    gate.resolve()
    await vi.waitFor(() => expect(sent).toHaveLength(20 + EMAIL_CONCURRENCY - 1), { timeout: 20_000 })
  })

  it('retries with a growing backoff, and stops after its last attempt', async () => {
    await queue('fan')
    let nowMs = Date.now()
    const { deps, outcomes } = workerDeps(() => Promise.reject(new Error('451 try later')))
    const waits: number[] = []
    for (let i = 0; i < EMAIL_ATTEMPTS_MAX; i += 1) {
      expect(await sendDueEmails({ ...deps, now: () => nowMs })).toBe(1)
      const dueMs = (await rowOf('fan'))?.dueAt.getTime() ?? 0
      waits.push(dueMs - nowMs)
      nowMs = Math.max(nowMs, dueMs)
    }
    expect(outcomes.filter((outcome) => outcome === 'retry')).toHaveLength(EMAIL_ATTEMPTS_MAX - 1)
    expect(outcomes.at(-1)).toBe('dead')
    expect(await rowOf('fan')).toMatchObject({ state: 'dead', attempts: EMAIL_ATTEMPTS_MAX, error: 'Error' })
    expect(waits[0]).toBeLessThanOrEqual(2000)
    expect(waits[5]).toBeGreaterThanOrEqual(16_000)
    expect(Math.max(...waits)).toBeLessThanOrEqual(3_600_000)
  })

  it('moves an e-mail that the mail server permanently rejects to the dead letters, and logs no address', async () => {
    await queue('fan@naru.test')
    const lines: string[] = []
    const { deps } = workerDeps(() => Promise.reject(refused()))
    await sendDueEmails({ ...deps, log: pino({ level: 'trace' }, { write: (line) => lines.push(line) }) })
    expect(await rowOf('fan@naru.test')).toMatchObject({ state: 'dead', error: 'Error EENVELOPE' })
    expect(lines.join('')).toContain('an e-mail is a dead letter')
    expect(lines.join('')).not.toContain('fan@naru.test')
  })

  it('sends a dead letter again when an operator requests it', async () => {
    await queue('fan', 'other')
    const failing = workerDeps(() => Promise.reject(refused()))
    await sendDueEmails(failing.deps)
    const dead = await listDeadEmails(db(), { limit: 10 })
    expect(dead.map(({ template, error }) => [template, error])).toEqual([
      ['order-confirmed', 'Error EENVELOPE'],
      ['order-confirmed', 'Error EENVELOPE'],
    ])
    const { deps, sent } = workerDeps()
    expect(await sendDueEmails(deps)).toBe(0)
    const id = (await rowOf('fan'))?.id ?? ''
    expect(await resendDeadEmails(db(), new Date(), { id })).toBe(1)
    expect(await resendDeadEmails(db(), new Date(), { id })).toBe(0)
    await sendDueEmails(deps)
    expect(sent).toEqual(['fan'])
    expect(await resendDeadEmails(db(), new Date(), 'all')).toBe(1)
    await sendDueEmails(deps)
    expect(sent).toEqual(['fan', 'other'])
  })
})

describe('e-mails in a rush', () => {
  const QUEUED_AT = new Date('2030-01-01T00:00:00Z')
  const at = (ms: number) => () => QUEUED_AT.getTime() + ms

  async function queueOneOfEach(): Promise<void> {
    const [order, account] = [randomUUID(), randomUUID()]
    await queueEmails(db(), QUEUED_AT, [
      { template: 'order-confirmed', params: { order: 'of an order' }, key: `a:${order}`, account },
      { template: 'password-changed', params: {}, key: `b:${order}`, account },
    ])
  }
  const writeTemplate: EmailWorkerDeps['write'] = async ({ template }) => ({
    ...{ to: template, subject: 'S', text: 'T' },
  })

  it('about accounts are sent, and those about orders wait until the origin has less load', async () => {
    await queueOneOfEach()
    const { deps, sent } = workerDeps()
    const inRush = { ...deps, write: writeTemplate, now: at(EMAIL_WAIT_MS_MAX - 1) }
    await sendDueEmails({ ...inRush, pressure: () => 1 })
    expect(sent).toEqual(['password-changed'])
    await sendDueEmails({ ...inRush, pressure: () => 0 })
    expect(sent).toEqual(['password-changed', 'order-confirmed'])
  })

  it('about orders wait for a limited time, however long the rush lasts', async () => {
    await queueOneOfEach()
    const { deps, sent } = workerDeps()
    const inRush = { ...deps, write: writeTemplate, pressure: () => 1 }
    await sendDueEmails({ ...inRush, now: at(EMAIL_WAIT_MS_MAX - 1) })
    expect(sent).toEqual(['password-changed'])
    await sendDueEmails({ ...inRush, now: at(EMAIL_WAIT_MS_MAX) })
    expect(sent).toEqual(['password-changed', 'order-confirmed'])
  })

  it('about accounts are sent before older ones about orders', async () => {
    const orders = many(2 * EMAIL_CONCURRENCY, 'order')
    await queue(...orders)
    await queueEmails(db(), new Date(), [
      { template: 'password-changed', params: {}, key: randomUUID(), account: randomUUID() },
    ])
    const { deps, sent } = workerDeps()
    await sendDueEmails({ ...deps, write: writeTemplate })
    expect(sent).toHaveLength(orders.length + 1)
    expect(sent[0]).toBe('password-changed')
  })

  it('are deleted a month after they were sent, whether or not they were deferrable', async () => {
    await queueOneOfEach()
    await sendDueEmails({ ...workerDeps().deps, now: at(0) })
    expect(await db().$count(emails, eq(emails.state, 'sent'))).toBe(2)
    await forgetSentEmails(db(), at(31 * 86_400_000)(), 10)
    expect(await db().$count(emails)).toBe(0)
  })
})

describe('the backlog of e-mails', () => {
  it('is full at its limit of waiting e-mails, not counting those that were sent', async () => {
    let nowMs = Date.now()
    const isFull = createEmailBacklog({ db: db(), now: () => nowMs, queueMax: 3 })
    await queue('a', 'b')
    expect(await isFull()).toBe(false)
    await queue('c')
    // One count is cached for a second.
    expect(await isFull()).toBe(false)
    nowMs += 1000
    expect(await isFull()).toBe(true)
    await db().update(emails).set({ state: 'sent' }).where(like(emails.key, '%:a'))
    nowMs += 1000
    expect(await isFull()).toBe(false)
  })
})
