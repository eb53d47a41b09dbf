import { Hono } from 'hono'
import { listDeadEmailsRoute, listDeadPaymentsRoute } from '../../../shared/api/dead-letters.ts'
import { type PageEnv, pageContext } from '../layout/page-context.ts'
import { DEAD_LETTERS_PATH, deadLettersPage, type Listed } from './live/dead-letters.ts'
import { hereOf, type OrganiserLivePageDeps, refuse } from './organiser-page.ts'

const SHOWN = 20

/** Dead letters of all festivals. The API restricts them to operators. */
export function createDeadLetterPages({ api, assets }: Pick<OrganiserLivePageDeps, 'api' | 'assets'>) {
  const app = new Hono<PageEnv>()

  app.get(DEAD_LETTERS_PATH, async (c) => {
    const before = { payments: c.req.query('payments'), emails: c.req.query('emails') }
    const [payments, emails] = await Promise.all([
      api(c, listDeadPaymentsRoute, { query: { limit: SHOWN, before: before.payments } }),
      api(c, listDeadEmailsRoute, { query: { limit: SHOWN, before: before.emails } }),
    ])
    if (!payments.ok) return refuse(c, payments, hereOf(c))
    if (!emails.ok) return refuse(c, emails, hereOf(c))
    c.header('cache-control', 'no-store')
    return c.html(
      deadLettersPage(pageContext(c, assets), {
        payments: listed(payments.body.payments, 'payments', payments.body.next, before),
        emails: listed(emails.body.emails, 'emails', emails.body.next, before),
      }),
    )
  })

  return app
}

type Before = { payments: string | undefined; emails: string | undefined }

/** Each list is paged without losing the page of the other. */
function listed<T>(
  entries: readonly T[],
  kind: keyof Before,
  next: number | string | undefined,
  before: Before,
): Listed<T> {
  const places = new URLSearchParams()
  for (const [name, place] of Object.entries({ ...before, [kind]: next })) {
    if (place !== undefined) places.set(name, String(place))
  }
  return {
    entries,
    paged: before[kind] !== undefined,
    older: next === undefined ? undefined : `${DEAD_LETTERS_PATH}?${places}`,
  }
}
