import { html, raw } from 'hono/html'
import type { Charge, DisputeRecord, RefundRecord } from './records.ts'

type Page = ReturnType<typeof html>

/** What the fan can do at the bank, and how they and the shop hear of it. The first two are what a real bank offers. */
export const BANK_ENDINGS = {
  approve: 'Approve',
  decline: 'Decline',
  'approve-webhook-first': 'Approve; the shop is notified before you are back',
  'approve-webhook-only': 'Approve; the shop is notified, and you do not go back',
  'approve-never': 'Approve; the shop is not notified, and you do not go back',
  'approve-twice': 'Approve, and go back twice',
  'approve-other-amount': 'Approve, and go back with another amount in the address',
  'approve-wrong-amount': 'Approve, but the bank charges 1 too much',
  close: 'Leave without a decision',
} as const

export type BankEnding = keyof typeof BANK_ENDINGS

const STYLE = `
body{font:1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:0 auto;padding:1rem;color:#1b1f24;background:#fff}
h1{font-size:1.25rem}dl{display:grid;grid-template-columns:auto 1fr;gap:.25rem 1rem}dd{margin:0;overflow-wrap:anywhere}
button,.button{display:block;width:100%;box-sizing:border-box;min-height:3rem;margin:.5rem 0;padding:.5rem 1rem;font:inherit;
border:1px solid #57606a;border-radius:.5rem;background:#f6f8fa;color:inherit;text-align:center;text-decoration:none}
button[value=approve],.main{background:#0b57d0;color:#fff;border-color:#0b57d0}
input{font:inherit;width:100%;box-sizing:border-box;min-height:3rem;padding:.5rem}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.5rem .25rem;border-bottom:1px solid #d0d7de;overflow-wrap:anywhere}
.note{background:#fff8c5;padding:.5rem 1rem;border-radius:.5rem}
@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}button,.button{background:#21262d}.note{background:#3b2e00}a{color:#6cb6ff}
button[value=approve],.main{background:#0b57d0}}`

/** The pages load nothing and are framed by none; forms may lead anywhere, for the way back to the shop. */
export const PAGE_HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
}

export function bankPage(charge: Charge): Page {
  const [approve, decline, ...others] = Object.entries(BANK_ENDINGS)
  return layout(
    'Sandbox Bank',
    html`${terms(charge)}
      <form method="post">
        ${[approve, decline].map((ending) => endingButton(ending))}
        <details>
          <summary>Other endings, for tests</summary>
          ${others.map((ending) => endingButton(ending))}
        </details>
      </form>`,
  )
}

/** What the bank shows after a decision, and always from then on. */
export function endedPage(charge: Charge, returnUrls: readonly string[]): Page {
  return layout(
    'Sandbox Bank',
    html`${terms(charge)}
      <p role="status">${STATES[stateOf(charge)]}</p>
      ${returnUrls.map((url, i) => html`<a class="button main" href="${url}"${i > 0 ? raw(' target="_blank"') : ''}>Return to the shop</a>`)}`,
  )
}

export function leftPage(): Page {
  return layout(
    'Sandbox Bank',
    html`<p role="status">You left without a decision. You can close this tab.</p>`,
  )
}

export function missingPage(): Page {
  return layout('Sandbox Bank', html`<p role="alert">There is no such payment.</p>`)
}

export function dashboardPage(charges: readonly Charge[]): Page {
  return layout(
    'Sandbox dashboard',
    charges.length === 0
      ? html`<p>No payments yet.</p>`
      : html`<table>
          <thead><tr><th>Payment</th><th>Amount</th><th>Method</th><th>State</th></tr></thead>
          <tbody>
            ${charges.map(
              (charge) => html`<tr>
                <td><a href="/dashboard/${encodeURIComponent(charge.key)}">${charge.reference}</a></td>
                <td>${amountOf(charge)}</td><td>${charge.method}</td><td>${STATES[stateOf(charge)]}</td>
              </tr>`,
            )}
          </tbody>
        </table>`,
  )
}

export function chargePage(
  charge: Charge,
  reversals: readonly (RefundRecord | DisputeRecord)[],
  note: string | undefined,
): Page {
  return layout(
    'Sandbox dashboard',
    html`${note === undefined ? '' : html`<p class="note" role="status">${note}</p>`} ${terms(charge)}
      <p>${STATES[stateOf(charge)]}</p>
      ${charge.method === 'deposit' ? depositForms(charge) : ''}
      ${charge.outcome === 'succeeded' ? reversalForms(charge) : ''}
      ${reversals.length === 0 ? '' : reversalTable(charge, reversals)}
      <p><a href="/dashboard">All payments</a></p>`,
  )
}

function depositForms(charge: Charge): Page {
  return html`<h2>Deposit</h2>
    <form method="post" action="/dashboard/${encodeURIComponent(charge.key)}/deposits">
      <label for="arrives">Amount, in the smallest unit of ${charge.currency}</label>
      <input id="arrives" name="amountMinor" inputmode="numeric" required value="${charge.amountMinor}">
      <button class="main">The money arrives</button>
    </form>
    <p>Change the amount for a wrong one, press the button again for money that arrives twice, and after the end for
      money that arrives too late.</p>`
}

function reversalForms(charge: Charge): Page {
  const action = `/dashboard/${encodeURIComponent(charge.key)}/reversals`
  return html`<h2>Refund or dispute</h2>
    <form method="post" action="${action}">
      <label for="amount">Amount, in the smallest unit of ${charge.currency}</label>
      <input id="amount" name="amountMinor" inputmode="numeric" required value="${charge.amountMinor}">
      <button name="kind" value="refund">Refund</button>
      <button name="kind" value="dispute">Open a dispute</button>
    </form>`
}

function reversalTable(charge: Charge, reversals: readonly (RefundRecord | DisputeRecord)[]): Page {
  const action = `/dashboard/${encodeURIComponent(charge.key)}/reversals`
  return html`<table>
    <tbody>
      ${reversals.map(
        (reversal) => html`<tr>
          <td>${reversal.kind === 'refund' ? 'Refund' : `Dispute, ${reversal.status}`}</td>
          <td>${amountOf({ ...reversal, currency: charge.currency })}</td>
          <td>${reversal.kind === 'dispute' && reversal.status === 'open' ? decideForm(action, reversal) : reversal.at}</td>
        </tr>`,
      )}
    </tbody>
  </table>`
}

function decideForm(action: string, { id, amountMinor }: DisputeRecord): Page {
  return html`<form method="post" action="${action}">
    <input type="hidden" name="kind" value="dispute"><input type="hidden" name="id" value="${id}">
    <input type="hidden" name="amountMinor" value="${amountMinor}">
    <button name="status" value="won">The shop wins</button>
    <button name="status" value="lost">The shop loses</button>
  </form>`
}

const STATES = {
  open: 'Waiting for the customer',
  succeeded: 'Paid',
  'card-declined': 'Declined',
  'bank-declined': 'Declined at the bank',
  cancelled: 'Cancelled',
  expired: 'Expired',
} as const

function stateOf({ outcome, reason }: Charge): keyof typeof STATES {
  return outcome === 'declined' ? (reason ?? 'card-declined') : outcome
}

function terms(charge: Charge): Page {
  const { action } = charge
  return html`<dl>
    <dt>Payment</dt><dd>${charge.reference}</dd>
    <dt>Amount</dt><dd>${amountOf(charge)}</dd>
    ${action?.kind === 'deposit' ? html`<dt>Account</dt><dd>${action.bank} ${action.accountNumber}, ${action.holder}</dd>` : ''}
    ${charge.until === undefined ? '' : html`<dt>Until</dt><dd>${charge.until}</dd>`}
  </dl>`
}

function amountOf({ amountMinor, currency }: { amountMinor: number; currency: string }): string {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency })
  const { maximumFractionDigits: digits = 0 } = format.resolvedOptions()
  return format.format(amountMinor / 10 ** digits)
}

function endingButton([value, label]: readonly [string, string] = ['', '']): Page {
  return html`<button name="ending" value="${value}">${label}</button>`
}

function layout(title: string, content: Page): Page {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>${title}</title>
        <style>${raw(STYLE)}</style>
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          <p>For tests: no money moves.</p>
          ${content}
        </main>
      </body>
    </html>`
}
