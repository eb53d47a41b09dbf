import { expect, it } from 'vitest'
import { Problem, type ProblemCode } from '../../../shared/api/problem.ts'
import { errorPage } from './error.ts'

const context = {
  language: 'en' as const,
  path: '/orders/1?flash=x',
  assets: { url: (name: string) => `/assets/${name}`, find: () => undefined },
}

/** The targets of an error page's buttons. */
async function waysOn(code: ProblemCode, isPage = true): Promise<string[]> {
  const html = String(await errorPage(context, new Problem(code), { requestId: undefined, isPage }))
  return [...html.matchAll(/<a class="button[^"]*" href="([^"]*)"/g)].map(([, href = '']) => href)
}

it.each<ProblemCode>(['unavailable', 'busy', 'too-many', 'internal'])(
  'offers to reload the page after a temporary error: %s',
  async (code) => {
    expect(await waysOn(code)).toEqual([context.path, '/'])
  },
)

it('shows when to retry after too many requests', async () => {
  const problem = new Problem('too-many', undefined, { retryAfterSeconds: 30 })
  const html = String(await errorPage(context, problem, { requestId: undefined, isPage: true }))
  expect(html).toContain('<p>You can try again in 30 seconds.</p>')
})

it('does not submit a form again', async () => {
  expect(await waysOn('unavailable', false)).toEqual(['/'])
})

it('offers another account to a user who may not see a page, and returns to it', async () => {
  expect(await waysOn('forbidden')).toEqual([`/sign-in?next=${encodeURIComponent(context.path)}`, '/'])
})

it('links to the festivals when the page does not exist', async () => {
  expect(await waysOn('not-found')).toEqual(['/'])
})
