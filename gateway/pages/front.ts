import { html } from 'hono/html'
import type { Festival } from '../../shared/catalogue.ts'
import type { Status } from '../room/status.ts'

const PHASES: Record<Status['phase'], string> = {
  scheduled: 'Not on sale yet',
  lobby: 'The waiting room is open; the sale begins soon',
  open: 'On sale',
  paused: 'The sale is paused; places are kept',
  'sold-out': 'Sold out',
  closed: 'The sale is over',
}

/** The front page: festivals, how their sale stands, and where the API is described. */
export function frontPage(sales: readonly { festival: Festival; status: Status | undefined }[]) {
  return html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Naru</title>
</head>
<body>
  <main>
    <h1>Naru</h1>
    ${sales.length === 0 ? html`<p>There is no festival yet.</p>` : ''}
    ${sales.map(({ festival, status }) => section(festival, status))}
    <p>For developers: <a href="/api/openapi.json">the API</a>, <a href="/.well-known/jwks.json">the keys of passes</a>.</p>
  </main>
</body>
</html>`
}

function section(festival: Festival, status: Status | undefined) {
  return html`<section>
      <h2>${festival.name}</h2>
      <p>${festival.place}, <time datetime="${festival.startsAt}">${festival.startsAt.slice(0, 10)}</time>.
      ${status === undefined ? '' : `${PHASES[status.phase]}. ${Math.max(status.entries - status.serving - 1, 0)} waiting.`}</p>
      <ul>${festival.ticketTypes.map((type) => html`<li>${type.name}: ${price(type.priceMinor, festival.currency)}</li>`)}</ul>
    </section>`
}

function price(amountMinor: number, currency: string): string {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency })
  return format.format(amountMinor / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2))
}
