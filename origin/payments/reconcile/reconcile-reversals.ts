import { and, eq, inArray } from 'drizzle-orm'
import pLimit from 'p-limit'
import type { Database } from '../../../drizzle/database.ts'
import { payments, reconcileMarks } from '../../../drizzle/schema/purchases.ts'
import { type NoteReversalsResult, noteReversals, readDisputed } from '../reversals/note-reversals.ts'
import type { Finding } from './finding.ts'
import type { PartReconciled, ReconcileDeps } from './reconcile-part.ts'

const MARK = 'reversals'
/** The provider's clock and ours may differ by this much. */
const MARGIN_MS = 300_000
const KEYS_PER_QUERY = 500

/**
 * Checks every charge, however old, of which something was refunded or disputed since the last complete run (without
 * one: ever), and every dispute that is not decided. A run that could not check all of them does not advance the mark,
 * so that the next one starts from the same point.
 *
 * @param since - begins here at the latest
 */
export async function reconcileReversals(deps: ReconcileDeps, since: Date): Promise<PartReconciled> {
  const { db, provider, now, limits } = deps
  if (provider.listReversed === undefined) return { findings: [], checked: 0 }
  const beganAt = now()
  try {
    const from = new Date(Math.min(since.getTime(), await readMark(db)))
    const disputed = new Set(await readDisputed(db, limits.rowsMax))
    const refunded = new Set<string>()
    for await (const { key, kind } of provider.listReversed({ since: from })) {
      if (disputed.size + refunded.size >= limits.rowsMax)
        return notAllRead(`more than ${limits.rowsMax} charges were reversed`)
      if (kind === 'dispute') disputed.add(key)
      else refunded.add(key)
    }
    const limit = pLimit(limits.concurrencyMax)
    // A refund of a payment that is not confirmed was made by Naru, and is finished or reconciled by other steps.
    const confirmed = await knownOf(db, [...refunded], true)
    const known = [...new Set([...(await knownOf(db, [...disputed], false)), ...confirmed])]
    const found = await Promise.all(known.map((payment) => limit(() => scan(deps, payment))))
    const findings = found.flat()
    if (findings.every(({ done }) => done !== 'waiting')) await writeMark(db, new Date(beganAt - MARGIN_MS))
    return { findings, checked: known.length }
  } catch (error) {
    deps.log.warn({ err: error }, 'refunds and disputes of the provider could not be compared')
    return notAllRead('the provider or a store did not answer')
  }
}

async function scan(deps: ReconcileDeps, payment: string): Promise<Finding[]> {
  const found = 'reversed-outside'
  try {
    const result = await noteReversals(deps, payment)
    if (result.status === 'none') return []
    const about = { found, payment, ...orderOf(result) } as const
    if (result.status === 'unknown') {
      return [{ ...about, done: 'waiting', reason: 'the provider does not say how it stands' }]
    }
    if (!result.isNew) return []
    return result.status === 'cancelled'
      ? [{ ...about, done: 'finished', reason: 'the whole charge went back; its order is cancelled' }]
      : [{ ...about, done: 'listed', reason: 'refunded or disputed; its tickets are flagged' }]
  } catch (error) {
    deps.log.warn({ err: error, payment }, 'a refund or dispute could not be recorded')
    return [{ found, payment, done: 'waiting', reason: 'a store did not answer' }]
  }
}

function orderOf(result: NoteReversalsResult): { order?: string } {
  return 'order' in result && result.order !== undefined ? { order: result.order } : {}
}

/** Other systems may use the same account of the provider. */
async function knownOf(db: Database, keys: readonly string[], areConfirmed: boolean): Promise<string[]> {
  const known: string[] = []
  for (let at = 0; at < keys.length; at += KEYS_PER_QUERY) {
    const rows = await db
      .select({ id: payments.id })
      .from(payments)
      .where(
        and(
          inArray(payments.id, keys.slice(at, at + KEYS_PER_QUERY)),
          areConfirmed ? eq(payments.state, 'confirmed') : undefined,
        ),
      )
    known.push(...rows.map(({ id }) => id))
  }
  return known
}

async function readMark(db: Database): Promise<number> {
  const [mark] = await db.select().from(reconcileMarks).where(eq(reconcileMarks.name, MARK))
  return mark?.through.getTime() ?? 0
}

async function writeMark(db: Database, through: Date): Promise<void> {
  await db.insert(reconcileMarks).values({ name: MARK, through }).onDuplicateKeyUpdate({ set: { through } })
}

function notAllRead(reason: string): PartReconciled {
  return { findings: [{ found: 'not-all-read', done: 'waiting', reason }], checked: 0 }
}
