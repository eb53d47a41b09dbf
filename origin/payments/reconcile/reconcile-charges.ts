import { and, eq, inArray, sum } from 'drizzle-orm'
import pLimit from 'p-limit'
import type { Database } from '../../../drizzle/database.ts'
import { orders, payments, refunds, reversals } from '../../../drizzle/schema/purchases.ts'
import { finishCancellation } from '../../orders/finish-cancellation.ts'
import type { ListedCharge, PaymentProvider } from '../provider.ts'
import { type ChargedFor, evaluateCharge, type Wrong } from './evaluate-charge.ts'
import type { Done, Finding } from './finding.ts'
import type { PartReconciled, ReconcileDeps } from './reconcile-part.ts'

type WrongCharge = Wrong & { charge: ListedCharge; payment: ChargedFor | undefined }
type Scan = { wrong: WrongCharge[]; checked: number; isCut: boolean }

const CHARGES_PER_QUERY = 500

/**
 * Compares every charge of the provider since a time with its payment, twice: a payment may change between the reading
 * of its charge and of itself, and only what is wrong both times is. Then repairs or lists it.
 */
export async function reconcileCharges(deps: ReconcileDeps, since: Date): Promise<PartReconciled> {
  const { provider } = deps
  if (provider.listCharges === undefined) return notAllRead('the provider lists no charges')
  try {
    const first = await scan(deps, since)
    if (first.wrong.length === 0) return { findings: [], checked: first.checked }
    const { wrong } = await scan(deps, since, new Set(first.wrong.map(({ charge }) => charge.chargeId)))
    const limit = pLimit(deps.limits.concurrencyMax)
    const findings = await Promise.all(wrong.map((each) => limit(() => repair(deps, each))))
    const rest = first.isCut ? notAllRead(`more than ${deps.limits.rowsMax} charges are wrong`).findings : []
    return { findings: [...findings, ...rest], checked: first.checked }
  } catch (error) {
    deps.log.warn({ err: error }, 'the charges of the provider could not be compared')
    return notAllRead('the provider or a store did not answer')
  }
}

/** Reads the ledger in pages and compares each with MySQL; only the named charges when some are named. */
async function scan(deps: ReconcileDeps, since: Date, only?: ReadonlySet<string>): Promise<Scan> {
  const wrong: WrongCharge[] = []
  let page: ListedCharge[] = []
  let checked = 0
  for await (const charge of deps.provider.listCharges?.({ since }) ?? []) {
    checked += 1
    if (only?.has(charge.chargeId) === false) continue
    page.push(charge)
    if (page.length < CHARGES_PER_QUERY) continue
    wrong.push(...(await evaluateAll(deps.db, page)))
    page = []
    if (wrong.length > deps.limits.rowsMax) break
  }
  wrong.push(...(await evaluateAll(deps.db, page)))
  const { rowsMax } = deps.limits
  return { wrong: wrong.slice(0, rowsMax), checked, isCut: wrong.length > rowsMax }
}

async function evaluateAll(db: Database, charges: readonly ListedCharge[]): Promise<WrongCharge[]> {
  if (charges.length === 0) return []
  const rows = await db
    .select({
      id: payments.id,
      state: payments.state,
      amountMinor: payments.amountMinor,
      currency: payments.currency,
      chargeId: payments.chargeId,
      order: orders.id,
    })
    .from(payments)
    .leftJoin(orders, eq(orders.paymentId, payments.id))
    .where(
      inArray(
        payments.id,
        charges.map(({ key }) => key),
      ),
    )
  const inPart = await readRefundedInPart(db, charges)
  const paymentOf = new Map<string, ChargedFor>(
    rows.map((row) => [row.id, { ...row, refundedInPartMinor: inPart.get(row.id) ?? 0 }]),
  )
  const backOf = await readBack(db, charges)
  return charges.flatMap((listed) => {
    // A charge whose dispute was lost is not listed as refunded, though its money is back.
    const refundedMinor = Math.max(listed.refundedMinor, backOf.get(listed.key) ?? 0)
    const charge = { ...listed, refundedMinor }
    const payment = paymentOf.get(charge.key)
    const wrong = evaluateCharge(charge, payment)
    return wrong === undefined ? [] : [{ ...wrong, charge, payment }]
  })
}

/** What was refunded of charges outside Naru, as far as it is recorded, by the key of the charge. */
async function readBack(db: Database, charges: readonly ListedCharge[]): Promise<Map<string, number>> {
  const keys = charges.map(({ key }) => key)
  const rows = await db
    .select({ key: reversals.paymentId, minor: sum(reversals.amountMinor) })
    .from(reversals)
    .where(and(inArray(reversals.paymentId, keys), eq(reversals.state, 'done')))
    .groupBy(reversals.paymentId)
  return new Map(rows.map(({ key, minor }) => [key, Number(minor ?? 0)]))
}

/** What Naru has refunded of charges in part, or is about to, by the key of the charge. */
async function readRefundedInPart(
  db: Database,
  charges: readonly ListedCharge[],
): Promise<Map<string, number>> {
  const keys = charges.map(({ key }) => key)
  const rows = await db
    .select({ key: refunds.paymentId, minor: sum(refunds.amountMinor) })
    .from(refunds)
    .where(and(inArray(refunds.paymentId, keys), inArray(refunds.state, ['pending', 'done'])))
    .groupBy(refunds.paymentId)
  return new Map(rows.map(({ key, minor }) => [key, Number(minor ?? 0)]))
}

async function repair(deps: ReconcileDeps, wrong: WrongCharge): Promise<Finding> {
  const { found, reason, charge, payment } = wrong
  const { chargeId, amountMinor, currency } = charge
  return {
    found,
    done: await act(deps, wrong),
    reason,
    ...(payment === undefined ? {} : { payment: payment.id }),
    ...(payment?.order == null ? {} : { order: payment.order }),
    charge: chargeId,
    amountMinor,
    currency,
  }
}

async function act(deps: ReconcileDeps, { action, charge, payment }: WrongCharge): Promise<Done> {
  try {
    if (action === 'refund') return await refundCharge(deps.provider, charge)
    if (action === 'resolve') return await resolveCharged(deps, charge.key)
    if (action === 'abandon') return await abandonAttempt(deps, charge.key)
    if (action === 'note-refund' && payment !== undefined) return await noteRefund(deps, payment)
    return 'listed'
  } catch (error) {
    deps.log.warn({ err: error, charge: charge.chargeId }, 'a charge could not be put right')
    return 'waiting'
  }
}

/** Settling finds the payment ended, and refunds it. */
async function resolveCharged({ resolvePayment }: ReconcileDeps, payment: string): Promise<Done> {
  const result = await resolvePayment(payment)
  return result.status === 'ended' && result.state === 'refunded' ? 'refunded' : 'waiting'
}

/** Resolving an expired payment cancels what is open of it. */
async function abandonAttempt({ resolvePayment }: ReconcileDeps, payment: string): Promise<Done> {
  const { status } = await resolvePayment(payment)
  return status === 'ended' ? 'finished' : 'waiting'
}

/** Under a key derived from the charge, since the payment's own key belongs to another refund or none. */
async function refundCharge(provider: PaymentProvider, charge: ListedCharge): Promise<Done> {
  const { status } = await provider.refund({
    key: `refund-${charge.chargeId}`,
    chargeKey: charge.key,
    chargeId: charge.chargeId,
    amountMinor: charge.amountMinor,
    currency: charge.currency,
  })
  return status === 'refunded' ? 'refunded' : 'waiting'
}

/** The provider has refunded it and rejects another refund: the consequences of the refund are carried out. */
async function noteRefund(deps: ReconcileDeps, payment: ChargedFor): Promise<Done> {
  if (payment.order !== null) {
    const { status } = await finishCancellation(deps, payment.order, true)
    return status === 'finished' ? 'finished' : 'waiting'
  }
  await deps.db
    .update(payments)
    .set({ state: 'refunded' })
    .where(and(eq(payments.id, payment.id), eq(payments.state, 'refunding')))
  await deps.resolvePayment(payment.id)
  return 'finished'
}

function notAllRead(reason: string): PartReconciled {
  return { findings: [{ found: 'not-all-read', done: 'waiting', reason }], checked: 0 }
}
