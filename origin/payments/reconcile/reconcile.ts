import { type Finding, isOpen } from './finding.ts'
import { reconcileCharges } from './reconcile-charges.ts'
import { reconcileOrders, reconcileRefunds } from './reconcile-orders.ts'
import type { ReconcileDeps } from './reconcile-part.ts'
import { reconcilePayments } from './reconcile-payments.ts'
import { reconcileReversals } from './reconcile-reversals.ts'

export type Reconciled = {
  findings: Finding[]
  /** How many were checked: unfinished cancellations and refunds in part, unfinished payments, the provider's charges. */
  checked: { orders: number; refunds: number; payments: number; charges: number }
}

/**
 * Compares the provider's ledger with payments and orders, repairs what has one right outcome, and lists the rest with
 * the reason. Every repair is the same idempotent step that workers take, on states compared under row locks: it may
 * run concurrently with them and with itself. Payments in a worker's stream are left to it.
 *
 * @param since - the provider's charges from then on are compared
 */
export async function reconcile(deps: ReconcileDeps, since: Date): Promise<Reconciled> {
  // The ledger first: charges refunded outside Naru then need no look-up at the provider.
  const charges = await reconcileCharges(deps, since)
  const reversals = await reconcileReversals(deps, since)
  const payments = await reconcilePayments(deps)
  const refunds = await reconcileRefunds(deps)
  const orders = await reconcileOrders(deps)
  const findings = [charges, reversals, payments, refunds, orders].flatMap((part) => part.findings)
  for (const finding of findings) {
    deps.countFinding(finding.found)
    if (isOpen(finding)) deps.log.error(finding, 'reconciling found something that stays open')
    else deps.log.warn(finding, 'reconciling repaired something')
  }
  return {
    findings,
    checked: {
      ...{ orders: orders.checked, refunds: refunds.checked },
      ...{ payments: payments.checked, charges: charges.checked },
    },
  }
}
