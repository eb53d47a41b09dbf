import { beforeAll, describe, expect, it } from 'vitest'
import { useRedis } from '../../shared/testing/redis.ts'
import { useTestPages } from '../testing/pages.ts'

const { redis } = useRedis()
const { answers, gateway, makeRoom } = useTestPages(redis)
const HOST = 'naru.test'
const ORIGIN = `https://${HOST}`
let room: string

beforeAll(async () => {
  room = await makeRoom()
})

/** The Origin header of a page's own form (Fetch, "append a request Origin header"; Safari before 16.4). */
function originUnder(policy: string | null): string {
  return policy === 'no-referrer' ? 'null' : ORIGIN
}

/** Opens a page and submits its form, as a browser without Fetch Metadata does. */
async function sendFrom(page: string, action: string, form: Record<string, string>, origin?: string) {
  const opened = await gateway().app.request(page, { headers: { host: HOST } })
  expect(await opened.text()).toContain(`action="${action.replaceAll('&', '&amp;')}"`)
  const response = await gateway().app.request(action, {
    method: 'POST',
    headers: {
      host: HOST,
      origin: origin ?? originUnder(opened.headers.get('referrer-policy')),
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams(form).toString(),
  })
  return response.status
}

describe('M21: a browser without Fetch Metadata', () => {
  const forms = (): [string, string, Record<string, string>, number][] => [
    ['/sign-in', '/sign-in', { email: 'fan@naru.test', password: 'a long password' }, 422],
    ['/sign-up', '/sign-up', { email: 'fan@naru.test', password: 'a long password', name: 'Fan' }, 422],
    ['/forgot-password', '/forgot-password', { email: 'fan@naru.test' }, 422],
    ['/', '/language', { language: 'ko', next: '/' }, 303],
    [`/festivals/${room}/room`, `/festivals/${room}/room/enter`, {}, 303],
  ]

  it('can submit the forms of our own pages', async () => {
    for (const asked of ['sessions', 'accounts', 'password-resets'])
      answers.set(`POST /api/${asked}`, { status: 422, body: { code: 'invalid-input' } })
    for (const [page, action, form, status] of forms()) {
      expect([action, await sendFrom(page, action, form)]).toEqual([action, status])
    }
  })

  it('cannot submit them from another site, nor from a page that hides its origin', async () => {
    for (const [page, action, form] of forms()) {
      for (const origin of ['https://elsewhere.test', 'https://naru.test.elsewhere.test', 'null']) {
        expect([action, await sendFrom(page, action, form, origin)]).toEqual([action, 403])
      }
    }
  })
})
