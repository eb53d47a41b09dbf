import { type Finding, isOpen } from '../../../origin/payments/reconcile/finding.ts'
import type { Reconciled } from '../../../origin/payments/reconcile/reconcile.ts'

const HEAD = ['found', 'done', 'payment', 'amount', 'reason']

/** A line of JSON for each finding. */
export function formatJson({ findings }: Reconciled): string {
  return findings.map((finding) => `${JSON.stringify({ ...finding, open: isOpen(finding) })}\n`).join('')
}

/** A table for people, open findings first, followed by what was checked. */
export function formatTable({ findings, checked }: Reconciled): string {
  const rows = findings
    .toSorted((a, b) => Number(isOpen(b)) - Number(isOpen(a)))
    .map((finding) => [
      finding.found,
      finding.done,
      finding.payment ?? finding.charge ?? '',
      amountOf(finding),
      finding.reason,
    ])
  const table = [HEAD, ...rows]
  const widths = HEAD.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)))
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  const open = findings.filter(isOpen).length
  return [
    ...(findings.length === 0 ? [] : [...lines, '']),
    [
      `${checked.charges} charges compared`,
      `${checked.payments} unfinished payments`,
      `${checked.orders} unfinished cancellations`,
      `${checked.refunds} unfinished refunds in part`,
      `${findings.length} findings`,
      `${open} left open`,
    ].join(', '),
    '',
  ].join('\n')
}

function amountOf({ amountMinor, currency }: Finding): string {
  return amountMinor === undefined ? '' : `${amountMinor} ${currency ?? ''}`
}
