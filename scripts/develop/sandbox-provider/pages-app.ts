import { type Context, Hono } from 'hono'
import { cors } from 'hono/cors'
import { csrf } from 'hono/csrf'
import { z } from 'zod'
import { Problem } from '../../../shared/api/problem.ts'
import type { Ending } from './actions.ts'
import type { Charges } from './charges.ts'
import type { BankEnding } from './pages.ts'
import * as pages from './pages.ts'
import { type Charge, keySchema, type OpenedRecord } from './records.ts'
import type { Webhooks } from './webhooks.ts'

export type PagesDeps = { charges: Charges; webhooks: Webhooks }

const LISTED = 50

const bankForm = z.object({ ending: z.literal(Object.keys(pages.BANK_ENDINGS) as BankEnding[]) })
const scriptForm = z.object({ secret: z.string(), decision: z.enum(['approve', 'decline']) })
const amountMinor = z.coerce.number().int().positive()
const depositForm = z.object({ amountMinor })
const reversalForm = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('refund'), amountMinor }),
  z.object({
    kind: z.literal('dispute'),
    amountMinor,
    status: z.enum(['open', 'won', 'lost']).default('open'),
    id: z.string().optional(),
  }),
])

/** What the sandbox shows to people: the bank's page, the dashboard, and the target of the script on the shop's page. */
export function createPagesApp(deps: PagesDeps): Hono {
  const app = new Hono()
  app.use('/pay/*', pageHeaders)
  app.use('/dashboard/*', pageHeaders, csrf())
  app.use('/script', cors({ origin: '*', allowMethods: ['POST'] }))
  addBank(app, deps)
  addScript(app, deps)
  addDashboard(app, deps)
  return app
}

function addBank(app: Hono, { charges, webhooks }: PagesDeps): void {
  app.get('/pay/:token', (c) => {
    const found = findOpened(charges, c.req.param('token'))
    if (found === undefined) return c.html(pages.missingPage(), 404)
    const { opened, charge } = found
    return c.html(
      charge.outcome === 'open'
        ? pages.bankPage(charge)
        : pages.endedPage(charge, [returnUrlOf(opened, charge)]),
    )
  })

  app.post('/pay/:token', async (c) => {
    const found = findOpened(charges, c.req.param('token'))
    if (found === undefined) return c.html(pages.missingPage(), 404)
    const form = bankForm.safeParse(await c.req.parseBody())
    if (!form.success) return c.html(pages.bankPage(found.charge), 422)
    const { ending } = form.data
    if (ending === 'close') return c.html(pages.leftPage())
    const ended = await charges.actions.end(found.opened.key, endingOf(ending, found.charge))
    if (!('charge' in ended)) return c.html(pages.missingPage(), 503)
    const { charge } = ended
    const back = returnUrlOf(found.opened, charge)
    if (ended.status === 'already-ended') return c.html(pages.endedPage(charge, [back]), 409)
    await notifyOf(ending, webhooks, charge)
    const ways = waysBack(ending, back, charge)
    return 'to' in ways ? c.redirect(ways.to, 303) : c.html(pages.endedPage(charge, ways.links))
  })
}

/** Waits for the shop only where it is to know before the fan is back. */
async function notifyOf(ending: BankEnding, webhooks: Webhooks, charge: Charge): Promise<void> {
  if (ending === 'approve-never') return
  const notified = notify(webhooks, charge)
  if (ending === 'approve-webhook-first') await notified
}

/** Where the bank sends the fan, or the links that it offers instead. */
function waysBack(
  ending: BankEnding,
  back: string,
  { amountMinor }: Charge,
): { to: string } | { links: string[] } {
  if (ending === 'approve-webhook-only' || ending === 'approve-never') return { links: [] }
  if (ending === 'approve-twice') return { links: [back, back] }
  return { to: ending === 'approve-other-amount' ? withAmount(back, amountMinor + 1) : back }
}

function addScript(app: Hono, { charges, webhooks }: PagesDeps): void {
  app.post('/script', async (c) => {
    const form = scriptForm.safeParse(await c.req.parseBody())
    if (!form.success) throw new Problem('invalid-input')
    const found = findOpened(charges, form.data.secret)
    if (found === undefined) throw new Problem('not-found')
    const ended = await charges.actions.end(found.opened.key, endingOf(form.data.decision, found.charge))
    if (!('charge' in ended)) throw new Problem('unavailable')
    if (ended.status === 'ended') void notify(webhooks, ended.charge)
    return c.body(null, 204)
  })
}

function addDashboard(app: Hono, { charges, webhooks }: PagesDeps): void {
  app.get('/dashboard', (c) => {
    const listed = charges.states.newest(LISTED).flatMap((key) => charges.states.read(key) ?? [])
    return c.html(pages.dashboardPage(listed))
  })

  app.get('/dashboard/:key', (c) => showCharge(charges, c))

  app.post('/dashboard/:key/deposits', async (c) => {
    const form = depositForm.safeParse(await c.req.parseBody())
    if (!form.success) return showCharge(charges, c, 'Enter an amount above 0.')
    const ended = await charges.actions.deposit(keyOf(c), form.data.amountMinor)
    if (ended.status !== 'ended') return showCharge(charges, c, 'Nothing can arrive for this payment.')
    void notify(webhooks, ended.charge)
    return c.redirect(`/dashboard/${encodeURIComponent(ended.charge.key)}`, 303)
  })

  app.post('/dashboard/:key/reversals', async (c) => {
    const form = reversalForm.safeParse(await c.req.parseBody())
    if (!form.success) return showCharge(charges, c, 'Enter an amount above 0.')
    const made = await charges.reverse({ ...form.data, chargeKey: keyOf(c) })
    if (made.status === 'not-refundable') return showCharge(charges, c, made.detail)
    if (made.status !== 'made') return showCharge(charges, c, 'This is not possible now.')
    const type = made.made.kind === 'refund' ? 'refund.created' : 'dispute.changed'
    void webhooks.send({ type, payment: made.made.chargeKey })
    return c.redirect(`/dashboard/${encodeURIComponent(made.made.chargeKey)}`, 303)
  })
}

function showCharge(charges: Charges, c: Context, note?: string) {
  const charge = charges.states.read(keyOf(c))
  if (charge === undefined) return c.html(pages.missingPage(), 404)
  return c.html(pages.chargePage(charge, charges.reversals(charge.key), note), note === undefined ? 200 : 422)
}

function keyOf(c: Context): string {
  return keySchema.catch('').parse(c.req.param('key'))
}

function findOpened(charges: Charges, token: string): { opened: OpenedRecord; charge: Charge } | undefined {
  const opened = charges.states.opened(token)
  const charge = opened === undefined ? undefined : charges.states.read(opened.key)
  return opened === undefined || charge === undefined ? undefined : { opened, charge }
}

function endingOf(ending: BankEnding, { amountMinor }: Charge): Ending {
  if (ending === 'decline') return { outcome: 'declined', reason: 'bank-declined' }
  return {
    outcome: 'succeeded',
    ...(ending === 'approve-wrong-amount' ? { amountMinor: amountMinor + 1 } : {}),
  }
}

function notify(webhooks: Webhooks, { key, outcome }: Charge): Promise<boolean> {
  return webhooks.send({
    type: outcome === 'succeeded' ? 'payment.succeeded' : 'payment.declined',
    payment: key,
  })
}

/** The shop's address with what a real provider adds to it, which the shop must not believe. */
function returnUrlOf({ returnUrl = '' }: OpenedRecord, { key, outcome, amountMinor }: Charge): string {
  const url = new URL(returnUrl)
  url.searchParams.set('payment', key)
  url.searchParams.set('status', outcome)
  return withAmount(url.href, amountMinor)
}

function withAmount(address: string, amount: number): string {
  const url = new URL(address)
  url.searchParams.set('amount', String(amount))
  return url.href
}

const pageHeaders = async (c: Context, next: () => Promise<void>) => {
  await next()
  for (const [name, value] of Object.entries(pages.PAGE_HEADERS)) c.header(name, value)
}
