import { Hono } from 'hono'
import { listPaymentsRoute } from '../../../shared/api/admin-payments.ts'
import { listDeadLettersRoute, resolveDeadLetterRoute } from '../../../shared/api/payment-dead-letters.ts'
import { listReversalsRoute, settleReversalRoute } from '../../../shared/api/reversals.ts'
import { type PageEnv, pageContext } from '../layout/page-context.ts'
import { festivalPath } from './live/frame.ts'
import { paymentsPage } from './live/payments.ts'
import { festivalOf, hereOf, type OrganiserLivePageDeps, ofRoom, refuse } from './organiser-page.ts'
import { type OrganiserLiveText, organiserLiveText } from './text/organiser-live.ts'

const SHOWN = 50
/** A payment that is still open after this time needs attention. */
const LONG_MS = 60_000

/** The payments that need attention, and the actions for them. */
export function createOrganiserPaymentPages({ api, assets, festivals, now }: OrganiserLivePageDeps) {
  const app = new Hono<PageEnv>()

  app.get('/organiser/festivals/:festival/payments', async (c) => {
    const after = c.req.query('after')
    const params = ofRoom(c)
    const openFor = (state: 'accepted' | 'charging' | 'refunding') => {
      const before = firstIdAt(now() - LONG_MS)
      return api(c, listPaymentsRoute, { params, query: { state, before, limit: SHOWN } })
    }
    const [deadLetters, accepted, charging, refunding, reversed] = await Promise.all([
      api(c, listDeadLettersRoute, { params, query: { limit: SHOWN, after } }),
      openFor('accepted'),
      openFor('charging'),
      openFor('refunding'),
      api(c, listReversalsRoute, { params, query: { limit: SHOWN } }),
    ])
    if (!deadLetters.ok) return refuse(c, deadLetters, hereOf(c))
    if (!accepted.ok) return refuse(c, accepted, hereOf(c))
    if (!charging.ok) return refuse(c, charging, hereOf(c))
    if (!refunding.ok) return refuse(c, refunding, hereOf(c))
    if (!reversed.ok) return refuse(c, reversed, hereOf(c))
    const context = pageContext(c, assets)
    c.header('cache-control', 'no-store')
    return c.html(
      paymentsPage(context, {
        festival: festivalOf(c, festivals),
        deadLetters: deadLetters.body.deadLetters,
        next: deadLetters.body.next,
        accepted: accepted.body.payments,
        charging: charging.body.payments,
        refunding: refunding.body.payments,
        reversals: reversed.body.reversals,
        flash: flashOf(c.req.query('flash'), organiserLiveText[context.language]),
      }),
    )
  })

  app.post('/organiser/festivals/:festival/payments/:deadLetter', async (c) => {
    const path = `${festivalPath(c.req.param('festival'))}/payments`
    const { action } = await c.req.parseBody()
    const answer = await api(c, resolveDeadLetterRoute, {
      params: { ...ofRoom(c), id: c.req.param('deadLetter') },
      body: { action },
    })
    if (!answer.ok && (answer.status === 401 || answer.status === 403)) return refuse(c, answer, path)
    const flash = answer.ok ? (action === 'retry' ? 'retried' : 'dismissed') : answer.problem.code
    return c.redirect(`${path}?flash=${flash}`, 303)
  })

  app.post('/organiser/festivals/:festival/reversals/:id', async (c) => {
    const answer = await api(c, settleReversalRoute, {
      params: { ...ofRoom(c), id: c.req.param('id') },
    })
    const path = `${festivalPath(c.req.param('festival'))}/payments`
    if (!answer.ok && (answer.status === 401 || answer.status === 403)) return refuse(c, answer, path)
    return c.redirect(`${path}?flash=${answer.ok ? 'settled' : answer.problem.code}`, 303)
  })

  return app
}

function flashOf(flash: string | undefined, text: OrganiserLiveText) {
  if (flash === undefined) return undefined
  if (flash === 'retried' || flash === 'dismissed' || flash === 'settled') return { good: text[flash] }
  return { bad: flash === 'conflict' ? text.conflict : text.failed }
}

/**
 * Sorts before every ID created at an instant or later: version 7 starts with the milliseconds (RFC 9562, section 5.7).
 */
function firstIdAt(instantMs: number): string {
  const hex = Math.floor(instantMs).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`
}
