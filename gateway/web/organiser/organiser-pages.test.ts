import { randomBytes } from 'node:crypto'
import { Hono } from 'hono'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { Catalogue } from '../../../shared/catalogue.ts'
import { useRedis } from '../../../shared/testing/redis.ts'
import type { Role } from '../../../shared/tokens/kinds.ts'
import { makeGatewayKeys, openTestGateway, type TestGateway } from '../../testing/gateway.ts'
import { errorsText } from '../layout/text/errors.ts'
import { organiserText } from './text/organiser.ts'

const { redis } = useRedis()
const keys = makeGatewayKeys()
const image = randomBytes(32).toString('hex')
const draftImage = randomBytes(32).toString('hex')
const IMAGE = new Uint8Array([1, 2, 3, 4])

type Sent = {
  method: string
  path: string
  type: string | undefined
  body: unknown
  key?: string | undefined
  ifMatch?: string | undefined
}
let sent: Sent[] = []
/** The origin's response to the next change. */
let refusal: { status: number; body: Record<string, unknown> } | undefined
/** Runs before the origin responds to the next change: a colleague's concurrent save, which makes it 412. */
let overtake: (() => void) | undefined
/** The origin's response about the requesting account; without it, the roles of the session. */
let me: { status: number; body: Record<string, unknown> } | undefined
const festival = festivalOf()
let gateway: TestGateway

function festivalOf() {
  return {
    id: 'naru-waves',
    name: '<b>Naru</b> Waves',
    place: 'Seoul',
    startsAt: '2030-05-01T01:00:00.000Z',
    endsAt: '2030-05-02T01:00:00.123Z',
    currency: 'USD',
    timeZone: 'Asia/Seoul',
    description: { ko: null, en: 'Line one\nLine two' },
    image: draftImage as string | null,
    published: false,
    version: 3,
    createdAt: '2026-01-01T00:00:00.000Z',
    room: {
      id: 'naru-waves',
      order: 'draw',
      lobbyAt: '2030-04-01T00:00:00.000Z',
      opensAt: '2030-04-01T01:00:00.456Z',
      closesAt: '2030-04-30T01:00:00.000Z',
    },
    ticketTypes: [
      {
        id: 7,
        name: 'Weekend',
        priceMinor: 1250,
        quantity: 100,
        accountLimit: 4,
        saleFrom: '2030-04-01T01:00:00.000Z',
        saleTo: '2030-04-30T01:00:00.000Z',
        refundUntil: '2030-04-30T01:00:00.000Z',
        sold: 3,
        quantityMin: 3,
      },
    ],
  }
}

beforeAll(async () => {
  const origin = new Hono()
  const catalogue: Catalogue = {
    festivals: [
      {
        ...festivalOf(),
        description: { ko: null, en: 'Line one' },
        image,
        room: { ...festivalOf().room, order: 'draw' },
        id: 'published',
      },
    ],
  }
  origin.get('/api/catalogue', (c) => c.json(catalogue))
  origin.get('/api/catalogue/:id', (c) => c.notFound())
  origin.get('/api/images/:name', (c) => {
    sent.push({ method: 'GET', path: c.req.path, type: undefined, body: undefined })
    return c.body(IMAGE, 200, { 'content-type': 'image/webp' })
  })
  origin.get('/api/me', (c) => {
    const roles = rolesIn(c.req.header('authorization'))
    const { status = 200, body = { roles, createsFestivals: roles.includes('organiser') } } = me ?? {}
    return Response.json(body, { status })
  })
  origin.get('/api/admin/images/:name', (c) =>
    rolesIn(c.req.header('authorization')).includes('organiser')
      ? c.body(null, 204)
      : c.json({ status: 403, code: 'forbidden' }, 403),
  )
  origin.get('/api/admin/festivals', (c) => c.json({ festivals: [festival] }))
  origin.get('/api/admin/festivals/:id', (c) =>
    c.req.param('id') === festival.id ? c.json(festival) : c.json({ status: 404, code: 'not-found' }, 404),
  )
  origin.all('*', async (c) => {
    const type = c.req.header('content-type')
    const body = type === 'application/json' ? await c.req.json() : (await c.req.arrayBuffer()).byteLength
    const key = c.req.header('idempotency-key')
    const ifMatch = c.req.header('if-match')
    const unread = nullsIn(body)
    if (unread.length > 0) {
      const errors = [...unread, ...((refusal?.body['errors'] ?? []) as object[])]
      return Response.json({ status: 422, code: 'invalid-input', errors }, { status: 422 })
    }
    sent.push({ method: c.req.method, path: c.req.path, type, body, key, ifMatch })
    if (overtake !== undefined) {
      overtake()
      overtake = undefined
      return Response.json({ status: 412, code: 'precondition-failed' }, { status: 412 })
    }
    if (refusal !== undefined) return Response.json(refusal.body, { status: refusal.status })
    return c.json(festival, 200)
  })
  gateway = await openTestGateway(redis(), origin, keys)
  await gateway.festivals.refresh()
})

afterAll(() => gateway.close())

/** Fields that null removes. */
const NULLABLE = ['nameKo', 'nameEn', 'placeKo', 'placeEn']

/** Validation errors of the API before anything is changed: null in place of unreadable values. */
function nullsIn(body: unknown): { pointer: string; detail: string }[] {
  if (typeof body !== 'object' || body === null) return []
  const { description: _, room = {}, ...fields } = body as Record<string, unknown>
  return Object.entries({ ...fields, ...(room as object) }).flatMap(([name, value]) =>
    value === null && !NULLABLE.includes(name) ? [{ pointer: `/${name}`, detail: '' }] : [],
  )
}

function rolesIn(authorization = ''): Role[] {
  const [, claims = ''] = authorization.split('.')
  return (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { roles: Role[] }).roles
}

const sessionOf = (...roles: Role[]) =>
  keys.sessionOf('01990000-0000-7000-8000-000000000001', { roles, name: 'Olla' })
const cookieOf = (...roles: Role[]) => `__Host-naru-session=${sessionOf(...roles)}`

beforeEach(() => {
  me = undefined
})

async function visit(
  method: string,
  path: string,
  options: { form?: Record<string, string> | FormData; cookie?: string; language?: string } = {},
) {
  sent = []
  const { form, cookie = cookieOf('organiser'), language = 'en' } = options
  const response = await gateway.app.request(path, {
    method,
    headers: { accept: 'text/html', 'accept-language': language, cookie },
    ...(form === undefined ? {} : { body: form instanceof FormData ? form : new URLSearchParams(form) }),
  })
  const { status, headers } = response
  return { status, headers, location: headers.get('location'), html: await response.text() }
}

/** Its ticket type, of which nothing is sold until the test is over. */
function neverSold() {
  const [type] = festival.ticketTypes
  if (type === undefined) throw new Error('the festival has a ticket type')
  const { sold } = type
  onTestFinished(() => {
    type.sold = sold
  })
  type.sold = 0
  return type
}

const PATH = '/organiser/festivals/naru-waves'
const FORMS = ['/organiser/festivals/new', PATH, `${PATH}/publish`, `${PATH}/image`]
const STORED = {
  name: '<b>Naru</b> Waves',
  place: 'Seoul',
  startsAt: '2030-05-01T10:00:00',
  endsAt: '2030-05-02T10:00',
  currency: 'USD',
  descriptionKo: '',
  descriptionEn: 'Line one\r\nLine two',
}
/** A new festival with a draw, without its closing. */
const NEW_DRAW = {
  ...STORED,
  ...{ id: 'mine', order: 'draw', lobbyAt: '2030-04-01T09:00', opensAt: '2030-04-01T10:00' },
}

/** What a browser sends of the form in a part of a page, without any input. */
function fieldsIn(html: string, id: string): Record<string, string> {
  const [, part = ''] = html.split(`id="${id}"`)
  const [form = ''] = part.split('</form>')
  const written = [
    /<input[^>]* name="([^"]+)"[^>]* value="([^"]*)"/g,
    /<textarea[^>]* name="([^"]+)"[^>]*>([^<]*)</g,
    /<select[^>]* name="([^"]+)"[^>]*>.*?<option value="([^"]*)" selected/g,
  ].flatMap((pattern) => [...form.matchAll(pattern)])
  const plain = (text: string) =>
    text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('\n', '\r\n')
  return Object.fromEntries(written.map(([, name = '', value = '']) => [name, plain(value)]))
}

describe('the pages of organisers', () => {
  it('list festivals with their state, as text and not as markup', async () => {
    const { status, html, headers } = await visit('GET', '/organiser')
    expect(status).toBe(200)
    expect(html).toContain('&lt;b&gt;Naru&lt;/b&gt; Waves')
    expect(html).toContain('Draft')
    expect(headers.get('cache-control')).toBe('no-store')
    expect((await visit('GET', '/organiser', { language: 'ko' })).html).toContain('초안')
  })

  it('redirect a visitor who is not signed in to sign in and back', async () => {
    for (const path of ['/organiser', '/organiser/festivals/new', PATH]) {
      const { status, location } = await visit('GET', path, { cookie: '' })
      expect({ status, location }).toEqual({
        status: 303,
        location: `/sign-in?next=${encodeURIComponent(path)}`,
      })
    }
  })

  it('accept no forms from other accounts', async () => {
    for (const path of FORMS) {
      const fan = await visit('POST', path, { form: STORED, cookie: cookieOf('fan', 'staff') })
      expect(fan.status).toBe(403)
      expect(fan.html).toContain('<html')
      const nobody = await visit('POST', path, { form: STORED, cookie: '' })
      const page = path === '/organiser/festivals/new' ? path : PATH
      expect([nobody.status, nobody.location]).toEqual([303, `/sign-in?next=${encodeURIComponent(page)}`])
      expect(sent).toEqual([])
    }
  })

  it('follow the current roles, not those of the session’s creation', async () => {
    me = { status: 200, body: { roles: ['fan', 'organiser'], createsFestivals: true } }
    for (const path of FORMS) {
      expect((await visit('POST', path, { form: STORED, cookie: cookieOf('fan') })).status).not.toBe(403)
    }
    me = { status: 200, body: { roles: ['fan'] } }
    for (const path of FORMS) {
      expect((await visit('POST', path, { form: STORED, cookie: cookieOf('organiser') })).status).toBe(403)
      expect(sent).toEqual([])
    }
  })

  it('redirect to sign in when the session has ended', async () => {
    me = { status: 401, body: { code: 'token-invalid', status: 401 } }
    const { status, location } = await visit('POST', `${PATH}/publish`, { form: {} })
    expect([status, location]).toEqual([303, `/sign-in?next=${encodeURIComponent(PATH)}`])
    expect(sent).toEqual([])
  })

  it('accept no forms while the roles cannot be checked', async () => {
    me = { status: 503, body: { code: 'unavailable', status: 503, retryAfterSeconds: 7 } }
    const { status, headers } = await visit('POST', PATH, { form: STORED })
    expect([status, headers.get('retry-after')]).toEqual([503, '7'])
    expect(sent).toEqual([])
  })

  it('return 404 for an unknown festival', async () => {
    expect((await visit('GET', '/organiser/festivals/none')).status).toBe(404)
  })

  it('show everything about a festival, in its time zone', async () => {
    const { html } = await visit('GET', PATH)
    expect(html).toContain('Asia/Seoul')
    expect(html).toContain('value="2030-05-01T10:00:00"')
    expect(html).toContain('value="12.50"')
    expect(html).toContain(`${draftImage}-960.webp`)
    for (const tab of ['live', 'orders', 'payments', 'team', 'changes'])
      expect(html).toContain(`"${PATH}/${tab}"`)
  })

  it('M16: explain the cancellation deadline, and ask for confirmation before something is removed', async () => {
    const type = neverSold()
    for (const language of ['en', 'ko'] as const) {
      const { fields, removeTypeLead, removeImageLead } = organiserText[language]
      const { html } = await visit('GET', PATH, { language })
      expect(html).toContain(`id="new-type-refundUntil-hint">${fields.refundUntil.hint}<`)
      expect(html).toContain(removeImageLead)
      expect(html).toContain(removeTypeLead(type.name).replaceAll("'", '&#39;'))
      const folded = [...html.matchAll(/<summary>([^<]*)(?:<span.*?<\/span>)?<\/summary>(.*?)<\/details>/gs)]
      expect(folded.length).toBeGreaterThan(2)
      for (const [, summary = '', inside = ''] of folded) {
        const buttons = [...inside.matchAll(/<button[^>]*>([^<]*)</g)].map(([, words]) => words)
        expect(buttons).not.toContain(summary.trim())
      }
    }
  })

  it('show a draft as fans will see it', async () => {
    const { html } = await visit('GET', `${PATH}/preview`)
    expect(html).toContain('Line one\nLine two')
    expect(html).toContain('$12.50')
  })
})

describe('a form', () => {
  it('creates a festival, with local times as instants', async () => {
    const { status, location } = await visit('POST', '/organiser/festivals/new', {
      form: {
        ...STORED,
        id: 'naru-waves',
        order: 'arrival',
        lobbyAt: '2030-04-01T09:00',
        opensAt: '2030-04-01T10:00:30',
        closesAt: '2030-04-30T10:00',
      },
    })
    expect({ status, location }).toEqual({ status: 303, location: PATH })
    expect(sent).toMatchObject([
      {
        method: 'POST',
        path: '/api/admin/festivals',
        body: {
          id: 'naru-waves',
          startsAt: '2030-05-01T01:00:00.000Z',
          description: { ko: null, en: 'Line one\r\nLine two' },
          room: { order: 'arrival', opensAt: '2030-04-01T01:00:30.000Z' },
          ticketTypes: [],
        },
      },
    ])
  })

  it('M8: reads times in its own time zone field, which is validated like every other field', async () => {
    const names = { name: 'Brooklyn', place: 'New York', currency: 'USD' }
    const times = { startsAt: '2030-06-01T10:00', endsAt: '2030-06-02T22:00' }
    const sale = { lobbyAt: '2030-05-01T09:00', opensAt: '2030-05-01T10:00', closesAt: '2030-06-01T10:00' }
    const form = { id: 'brooklyn', order: 'draw', ...names, ...times, ...sale }
    await visit('POST', '/organiser/festivals/new', { form: { ...form, timeZone: 'america/new_york' } })
    expect(sent.at(-1)?.body).toMatchObject({
      ...{ timeZone: 'America/New_York', startsAt: '2030-06-01T14:00:00.000Z' },
      room: { opensAt: '2030-05-01T14:00:00.000Z' },
    })
    const wrong = await visit('POST', '/organiser/festivals/new', { form: { ...form, timeZone: 'Brooklyn' } })
    expect(wrong).toMatchObject({ status: 422 })
    expect(sent.filter(({ method }) => method === 'POST')).toEqual([])
    expect(wrong.html).toContain(organiserText.en.fields.timeZone.error)
  })

  it('explains why a time that clocks skip is refused, and which two may have been meant', async () => {
    festival.timeZone = 'America/New_York'
    const form = { ...STORED, startsAt: '2030-03-10T02:30' }
    const { status, html } = await visit('POST', PATH, { form })
    const korean = await visit('POST', PATH, { form, language: 'ko' })
    festival.timeZone = 'Asia/Seoul'
    expect(status).toBe(422)
    expect(html).toContain(
      organiserText.en.skipped('America/New_York', '2030-03-10 01:30:00', '2030-03-10 03:30:00'),
    )
    expect(korean.html).toContain(
      organiserText.ko.skipped('America/New_York', '2030-03-10 01:30:00', '2030-03-10 03:30:00'),
    )
    expect(sent).toEqual([])
  })

  it('asks which occurrence of an ambiguous time is meant, and uses the first until it is chosen', async () => {
    const { endsAt } = festival
    festival.timeZone = 'America/New_York'
    const form = { ...STORED, startsAt: '2030-10-01T10:00', endsAt: '2030-11-03T01:30' }
    await visit('POST', PATH, { form })
    expect(sent.at(-1)?.body).toMatchObject({ endsAt: '2030-11-03T05:30:00.000Z' })
    festival.endsAt = '2030-11-03T05:30:00.000Z'
    const { html } = await visit('GET', PATH)
    const shown = fieldsIn(html, 'festival')
    await visit('POST', PATH, { form: shown })
    const unchanged = sent
    await visit('POST', PATH, { form: { ...shown, 'endsAt-offset': '-05:00' } })
    Object.assign(festival, { timeZone: 'Asia/Seoul', endsAt })
    expect(html).toContain(
      '<option value="-04:00" selected>The first time (Eastern Daylight Time, UTC-04:00)</option>',
    )
    expect(unchanged).toEqual([])
    expect(sent.at(-1)?.body).toEqual({ endsAt: '2030-11-03T06:30:00.000Z' })
  })

  it('D15: sends names for pages in one language, and removes them where they are left empty', async () => {
    await visit('POST', PATH, {
      form: { ...STORED, nameKo: '나루 물결', placeEn: 'Seoul Forest', nameEn: '' },
    })
    expect(sent.at(-1)?.body).toEqual({ nameKo: '나루 물결', placeEn: 'Seoul Forest' })
    Object.assign(festival, { nameKo: '나루 물결' })
    const { html } = await visit('GET', `${PATH}/preview`, { language: 'ko' })
    const english = await visit('GET', `${PATH}/preview`)
    await visit('POST', PATH, { form: { ...STORED, nameKo: '' } })
    Object.assign(festival, { nameKo: null })
    expect(sent.at(-1)?.body).toEqual({ nameKo: null })
    expect(html).toContain('<h1>나루 물결</h1>')
    expect(english.html).toContain('<h1>&lt;b&gt;Naru&lt;/b&gt; Waves</h1>')
  })

  it('M8: preserves clock times when the time zone of its festival changes', async () => {
    await visit('POST', PATH, { form: { ...STORED, timeZone: 'America/New_York' } })
    expect(sent.at(-1)?.body).toEqual({
      timeZone: 'America/New_York',
      startsAt: '2030-05-01T14:00:00.000Z',
      endsAt: '2030-05-02T14:00:00.000Z',
    })
    await visit('POST', PATH, { form: { ...STORED, timeZone: 'Asia/Seoul' } })
    expect(sent.filter(({ method }) => method === 'PATCH')).toEqual([])
  })

  it('H5: sets when check-in opens and closes, and leaves empty fields unchanged', async () => {
    const form = { ...STORED, checkInBeforeMinutes: '90', checkInAfterMinutes: '' }
    await visit('POST', PATH, { form })
    expect(sent).toMatchObject([{ method: 'PATCH', body: { checkInBeforeMinutes: 90 } }])
    const [{ body } = { body: {} }] = sent
    expect(body).not.toHaveProperty('checkInAfterMinutes')
    const wrong = await visit('POST', PATH, { form: { ...form, checkInAfterMinutes: 'soon' } })
    expect(wrong.status).toBe(422)
    expect(wrong.html).toContain('id="festival-checkInAfterMinutes-error"')
    expect(wrong.html).toContain('value="soon"')
  })

  it('M19: returns to its own part of the page, and shows there what was done or is wrong', async () => {
    neverSold()
    const part = (html: string, id: string) => html.split(`id="${id}"`)[1]?.split('<section')[0] ?? ''
    const schedule = { order: 'draw', ...{ lobbyAt: '2030-04-01T09:00:00', opensAt: '2030-04-01T10:00:00' } }
    const type = { name: 'Day', price: '5', quantity: '9', accountLimit: '2', saleFrom: '2030-04-01T10:00' }
    const times = { saleTo: '2030-04-30T10:00', refundUntil: '2030-04-30T10:00' }
    for (const [path, form, id, words] of [
      ['', { ...STORED, name: 'New' }, 'festival', 'Saved.'],
      ['/schedule', { ...schedule, closesAt: '2030-04-29T10:00:00' }, 'schedule', 'Saved.'],
      ['/types', { ...type, ...times }, 'new-type', 'Ticket type added.'],
      ['/types/7', { ...type, ...times }, 'type-7', 'Saved.'],
      ['/types/7/remove', {}, 'types', 'Ticket type removed.'],
      ['/image/remove', {}, 'image', 'Saved.'],
    ] as const) {
      const { status, location } = await visit('POST', `${PATH}${path}`, { form })
      expect([status, location]).toEqual([303, expect.stringMatching(new RegExp(`#${id}$`))])
      const { html } = await visit('GET', location?.split('#')[0] ?? '')
      expect(html).toContain(`action="${PATH}${path}#${id}"`)
      expect(part(html, id)).toContain(`<p class="notice good" role="status">${words}</p>`)
      expect(html.match(/role="status"/g)).toHaveLength(1)
    }
    const { html } = await visit('POST', `${PATH}/types/7`, { form: { ...type, ...times, price: 'x' } })
    expect(part(html, 'type-7')).toContain('role="alert"')
    expect(html.match(/role="alert"/g)).toHaveLength(1)
    // Without a valid part in the address, the message is shown at the top.
    expect((await visit('GET', `${PATH}?done=%3Cb%3E`)).html).toContain('role="status">Saved.')
  })

  it('M19: shows all errors together: unreadable values, the API’s validation errors, and times', async () => {
    refusal = {
      status: 422,
      body: { status: 422, code: 'invalid-input', errors: [{ pointer: '/currency', detail: '' }] },
    }
    onTestFinished(() => {
      refusal = undefined
    })
    const errorsIn = (html: string) => [...html.matchAll(/id="([\w-]+)-error"/g)].map(([, id]) => id)
    const made = await visit('POST', '/organiser/festivals/new', {
      form: {
        ...{ ...STORED, id: 'mine', order: 'draw', startsAt: 'soon', checkInBeforeMinutes: 'x' },
        ...{ lobbyAt: '2030-04-02T09:00', opensAt: '2030-04-01T10:00', closesAt: '2030-05-03T10:00' },
      },
    })
    expect(made.status).toBe(422)
    expect(errorsIn(made.html).toSorted()).toEqual(
      ['checkInBeforeMinutes', 'closesAt', 'currency', 'lobbyAt', 'startsAt'].map((name) => `new-${name}`),
    )
    expect(made.html).toContain(organiserText.en.timeErrors['lobby-after-opening'])

    const form = { name: 'Day', price: 'x', quantity: '9', accountLimit: '2', saleFrom: '2030-04-30T10:00' }
    for (const [path, part] of [
      ['types', 'new-type'],
      ['types/7', 'type-7'],
    ] as const) {
      const { status, html } = await visit('POST', `${PATH}/${path}`, {
        form: { ...form, saleTo: '2030-04-01T10:00', refundUntil: '2030-06-01T10:00' },
      })
      expect(status).toBe(422)
      expect(errorsIn(html)).toEqual(['price', 'saleTo', 'refundUntil'].map((name) => `${part}-${name}`))
    }
    expect(sent).toEqual([])
  })

  it('shows validation errors at their fields, preserves the input, and sends nothing', async () => {
    const { status, html } = await visit('POST', '/organiser/festivals/new', {
      form: { ...STORED, id: 'mine', startsAt: 'soon', order: 'draw' },
    })
    expect(status).toBe(422)
    expect(sent).toEqual([])
    expect(html).toMatch(/id="new-startsAt"[^>]*aria-describedby="new-startsAt-error" aria-invalid="true"/)
    expect(html).toContain('id="new-startsAt-error"')
    expect(html).toContain('value="mine"')
    expect(html).not.toContain('id="new-name-error"')
  })

  it('sends only changed fields, so that milliseconds are preserved', async () => {
    const same = await visit('POST', PATH, { form: STORED })
    expect(same).toMatchObject({ status: 303, location: `${PATH}?done=festival#festival` })
    expect(sent).toEqual([])
    await visit('POST', PATH, { form: { ...STORED, name: 'New', descriptionKo: '설명' } })
    expect(sent).toMatchObject([
      {
        method: 'PATCH',
        path: '/api/admin/festivals/naru-waves',
        body: { name: 'New', description: { ko: '설명', en: 'Line one\nLine two' } },
      },
    ])
    const schedule = {
      order: 'draw',
      lobbyAt: '2030-04-01T09:00',
      opensAt: '2030-04-01T10:00',
      closesAt: '2030-05-01T10:00',
    }
    await visit('POST', `${PATH}/schedule`, { form: schedule })
    expect(sent).toMatchObject([
      {
        method: 'PATCH',
        path: '/api/admin/rooms/naru-waves',
        body: { closesAt: '2030-05-01T01:00:00.000Z' },
      },
    ])
  })

  const TYPE = {
    name: 'Weekend',
    price: '12.50',
    quantity: '100',
    accountLimit: '4',
    saleFrom: '2030-04-01T10:00',
    saleTo: '2030-04-30T10:00',
    refundUntil: '2030-04-30T10:00',
  }

  it('sends one Idempotency-Key until what it creates is saved (H6)', async () => {
    const { html } = await visit('GET', PATH)
    const { idempotencyKey = '' } = fieldsIn(html, 'new-type')
    const form = { ...TYPE, idempotencyKey }
    refusal = { status: 503, body: { code: 'unavailable', status: 503 } }
    const unanswered = await visit('POST', `${PATH}/types`, { form })
    expect(unanswered.status).toBe(503)
    expect(unanswered.html).toContain('may or may not have been saved')
    expect(fieldsIn(unanswered.html, 'new-type')).toMatchObject({ idempotencyKey, name: 'Weekend' })
    expect(sent).toMatchObject([{ method: 'POST', key: idempotencyKey }])

    refusal = { status: 422, body: { code: 'idempotency-key-reused', status: 422 } }
    const reused = await visit('POST', `${PATH}/types`, { form: { ...form, price: '13' } })
    expect(reused.html).toContain(organiserText.en.savedBefore)
    expect(fieldsIn(reused.html, 'new-type')['idempotencyKey']).toMatch(/^[0-9a-f-]{36}$/)
    expect(fieldsIn(reused.html, 'new-type')['idempotencyKey']).not.toBe(idempotencyKey)
    refusal = undefined

    const created = await visit('GET', '/organiser/festivals/new')
    expect(created.html).toMatch(/name="idempotencyKey" value="[0-9a-f-]{36}"/)
  })

  it('shows at each field which times are inconsistent, and preserves the input (H5)', async () => {
    const errors = [
      { pointer: '/room/closesAt', detail: '', code: 'closes-after-festival' },
      { pointer: '/endsAt', detail: '', code: 'time-past' },
    ]
    refusal = { status: 422, body: { code: 'invalid-input', status: 422, errors } }
    const made = await visit('POST', '/organiser/festivals/new', {
      form: { ...NEW_DRAW, closesAt: '2031-01-01T00:00' },
    })
    expect(made.status).toBe(422)
    expect(made.html).toMatch(/id="new-closesAt-error">The sale has to close before the festival ends\./)
    expect(made.html).toMatch(/id="new-endsAt-error">This time has already passed\./)
    expect(made.html).toContain('value="2031-01-01T00:00"')

    refusal = { status: 422, body: { code: 'invalid-input', status: 422, errors: [errors[1]] } }
    const changed = await visit('POST', PATH, {
      form: { ...STORED, endsAt: '2020-01-01T00:00' },
      language: 'ko',
    })
    expect(changed.html).toMatch(/id="festival-endsAt-error">이미 지난 시각입니다\./)
    expect(changed.html).toContain('value="2020-01-01T00:00"')
    refusal = undefined
  })

  it('deletes a draft after confirmation, and explains why it cannot be deleted', async () => {
    const question = await visit('GET', `${PATH}/delete`)
    expect(question.html).toContain(organiserText.en.deleteLead)
    expect(await visit('POST', `${PATH}/delete`, { form: {} })).toMatchObject({
      status: 303,
      location: '/organiser',
    })
    expect(sent).toMatchObject([{ method: 'DELETE', path: '/api/admin/festivals/naru-waves' }])
    refusal = { status: 409, body: { code: 'conflict', status: 409 } }
    const refused = await visit('POST', `${PATH}/delete`, { form: {} })
    refusal = undefined
    expect(refused.status).toBe(409)
    expect(refused.html).toContain(organiserText.en.deleteRefused)
  })

  it('reports that there are too many drafts, and preserves the input', async () => {
    refusal = { status: 409, body: { code: 'too-many-drafts', status: 409 } }
    const { status, html } = await visit('POST', '/organiser/festivals/new', {
      form: { ...NEW_DRAW, closesAt: '2030-04-02T00:00' },
    })
    refusal = undefined
    expect(status).toBe(409)
    expect(html).toContain(organiserText.en.tooManyDrafts)
    expect(html).toContain('value="mine"')
  })

  it('marks in every part of a draft what prevents its publication (H5)', async () => {
    const errors = [
      { pointer: '/endsAt', detail: '', code: 'time-past' },
      { pointer: '/room/closesAt', detail: '', code: 'closes-after-festival' },
      { pointer: '/ticketTypes/0/refundUntil', detail: '', code: 'refund-after-festival' },
    ]
    refusal = { status: 409, body: { code: 'conflict', status: 409, errors } }
    const { status, html } = await visit('POST', `${PATH}/publish`, { form: {} })
    refusal = undefined
    expect(status).toBe(409)
    expect(html).toContain(organiserText.en.publishRefused)
    for (const id of ['festival-endsAt', 'schedule-closesAt', 'type-7-refundUntil']) {
      expect(html).toContain(`id="${id}-error"`)
    }
    expect(html.match(/-error">/g)).toHaveLength(3)
    expect(html).toMatch(/id="type-7" open/)
  })

  it('leads to the part of the seller, whose missing fields are marked when publishing is refused', async () => {
    const shown = (await visit('GET', PATH)).html
    expect(shown).toContain(`${organiserText.en.sellerMissing} <a href="#seller">`)
    const errors = [{ pointer: '/sellerPhone', detail: '', code: 'seller-missing' }]
    refusal = { status: 409, body: { code: 'conflict', status: 409, errors } }
    const { html } = await visit('POST', `${PATH}/publish`, { form: {} })
    refusal = undefined
    expect(html.match(/-error">/g)).toHaveLength(1)
    expect(html).toContain(`id="seller-sellerPhone-error">${organiserText.en.timeErrors['seller-missing']}`)
  })

  it('saves the seller, and only what changed of it', async () => {
    const form = { sellerName: 'Waves Ltd.', sellerPhone: '02-123-4567', sellerMailOrder: '' }
    const { location } = await visit('POST', `${PATH}/seller`, { form })
    expect(location).toBe(`${PATH}?done=seller#seller`)
    expect(sent).toMatchObject([
      { method: 'PATCH', body: { sellerName: 'Waves Ltd.', sellerPhone: '02-123-4567' } },
    ])
  })

  it('tells the second of two organisers who save the same field concurrently', async () => {
    const shownFields = async () => fieldsIn((await visit('GET', PATH)).html, 'festival')
    const mine = { ...(await shownFields()), name: 'Mine' }
    overtake = () => {
      festival.name = 'Theirs'
      festival.version += 1
    }
    const same = await visit('POST', PATH, { form: mine })
    expect(same.status).toBe(409)
    expect(same.html).toContain(organiserText.en.changedTo('Theirs'))
    expect(fieldsIn(same.html, 'festival')['name']).toBe('Mine')
    expect(sent).toMatchObject([{ method: 'PATCH', ifMatch: '"3"' }])
    festival.name = '<b>Naru</b> Waves'

    overtake = () => {
      festival.place = 'Busan'
      festival.version += 1
    }
    const other = await visit('POST', PATH, { form: mine })
    expect(other.status).toBe(303)
    expect(sent).toMatchObject([
      { ifMatch: '"4"', body: { name: 'Mine' } },
      { ifMatch: '"5"', body: { name: 'Mine' } },
    ])
    Object.assign(festival, festivalOf())
  })

  it('reads prices exactly', async () => {
    for (const [price, priceMinor] of [
      ['12.5', 1250],
      ['0.29', 29],
      ['1,000', 100_000],
      ['8', 800],
    ] as const) {
      await visit('POST', `${PATH}/types`, { form: { ...TYPE, price } })
      expect(sent).toMatchObject([{ method: 'POST', body: { priceMinor } }])
    }
    for (const price of ['12.345', '12,50', '1,2', '1,23,45', '-1', '1e3', '']) {
      const { status, html } = await visit('POST', `${PATH}/types`, { form: { ...TYPE, price } })
      expect(status).toBe(422)
      expect(html).toContain('id="new-type-price-error"')
      expect(sent).toEqual([])
    }
  })

  it('explains how to enter an ambiguous price, and accepts quantities in groups of three', async () => {
    const { html } = await visit('POST', `${PATH}/types`, { form: { ...TYPE, price: '12,50' } })
    expect(html).toContain(organiserText.en.fields.price.error)
    expect(html).toMatch(/name="price"[^>]*value="12,50"/)
    await visit('POST', `${PATH}/types`, { form: { ...TYPE, quantity: '1,000' } })
    expect(sent).toMatchObject([{ method: 'POST', body: { quantity: 1000 } }])
    expect((await visit('POST', `${PATH}/types`, { form: { ...TYPE, quantity: '1,00' } })).status).toBe(422)
    expect(sent).toEqual([])
  })

  describe('that was shown before a colleague changed the same thing', () => {
    const now = structuredClone(festival)

    /** The form of the page as it was while `older` was stored, with the organiser's input. */
    async function formOf(section: string, older: Partial<typeof festival>, own: Record<string, string>) {
      Object.assign(festival, older)
      const { html } = await visit('GET', PATH)
      Object.assign(festival, structuredClone(now))
      return { ...fieldsIn(html, section), ...own }
    }
    const [type = now.ticketTypes[0]] = now.ticketTypes
    const OLD = { ticketTypes: [{ ...type, priceMinor: 900, quantity: 50 }] } as Partial<typeof festival>

    it('contains the values that it showed, and long texts by their digest', async () => {
      const { html } = await visit('GET', PATH)
      expect(fieldsIn(html, 'type-7')).toMatchObject({ price: '12.50', 'shown-price': '12.50' })
      const { 'shown-descriptionEn': mark } = fieldsIn(html, 'festival')
      expect(mark).toMatch(/^[\w-]{43}$/)
      expect(Object.keys(fieldsIn(html, 'new-type')).join()).not.toContain('shown-')
    })

    it('leaves unchanged what the organiser did not edit', async () => {
      const renamed = await formOf('type-7', OLD, { name: 'Two days' })
      await visit('POST', `${PATH}/types/7`, { form: renamed })
      expect(sent.map(({ body }) => body)).toEqual([{ name: 'Two days' }])
      const description = { ko: null, en: 'Older' }
      const described = await formOf('festival', { description }, { descriptionKo: '설명' })
      await visit('POST', PATH, { form: described })
      expect(sent.map(({ body }) => body)).toEqual([
        { description: { ko: '설명', en: 'Line one\nLine two' } },
      ])
      const room = { ...now.room, order: 'arrival', opensAt: '2030-04-01T02:00:00.000Z' }
      const moved = await formOf('schedule', { room }, { closesAt: '2030-05-01T10:00' })
      await visit('POST', `${PATH}/schedule`, { form: moved })
      expect(sent.map(({ body }) => body)).toEqual([{ closesAt: '2030-05-01T01:00:00.000Z' }])
    })

    it('is refused where both changed the same field, shows both values, and is accepted when sent again', async () => {
      const { status, html } = await visit('POST', `${PATH}/types/7`, {
        form: await formOf('type-7', OLD, { price: '10.00', name: 'Two days' }),
      })
      expect(status).toBe(409)
      expect(sent).toEqual([])
      expect(html).toContain(organiserText.en.changedMeanwhile)
      expect(html).toMatch(/id="type-7-price-error">[^<]*It’s now: 12.50</)
      expect(html).not.toContain('id="type-7-name-error"')
      const again = fieldsIn(html, 'type-7')
      expect(again).toMatchObject({ price: '10.00', 'shown-price': '12.50', quantity: '100' })
      expect((await visit('POST', `${PATH}/types/7`, { form: again })).status).toBe(303)
      expect(sent.map(({ body }) => body)).toEqual([{ name: 'Two days', priceMinor: 1000 }])
      const description = { ko: null, en: 'Older' }
      const text = await formOf('festival', { description }, { descriptionEn: 'Mine' })
      expect((await visit('POST', PATH, { form: text })).html).toContain(
        organiserText.en.changedTo('Line one\nLine two'),
      )
    })

    it('is accepted where both entered the same value', async () => {
      const { status } = await visit('POST', `${PATH}/types/7`, {
        form: await formOf('type-7', OLD, { price: '12.50' }),
      })
      expect(status).toBe(303)
      expect(sent).toEqual([])
    })
  })

  it('shows the shop’s validation errors at their fields, in the form that was sent', async () => {
    refusal = {
      status: 409,
      body: { status: 409, code: 'conflict', errors: [{ pointer: '/quantity', detail: 'Unit 40 is sold' }] },
    }
    const { status, html } = await visit('POST', `${PATH}/types/7`, { form: { ...TYPE, quantity: '20' } })
    refusal = undefined
    expect(status).toBe(409)
    expect(sent).toMatchObject([{ method: 'PATCH', body: { quantity: 20 } }])
    expect(html).toMatch(/<details class="sheet" id="type-7" open>/)
    expect(html).toContain('id="type-7-quantity-error"')
    expect(html).toMatch(/name="quantity"[^>]*value="20"/)
  })

  it('reports that an address is taken', async () => {
    refusal = { status: 409, body: { status: 409, code: 'festival-taken' } }
    const form = {
      ...STORED,
      id: 'taken',
      order: 'draw',
      ...{ lobbyAt: STORED.startsAt, opensAt: STORED.startsAt, closesAt: STORED.endsAt },
    }
    const { status, html } = await visit('POST', '/organiser/festivals/new', { form })
    refusal = undefined
    expect(status).toBe(409)
    expect(html).toContain('Another festival has this web address.')
  })

  it('asks for confirmation before a festival is published', async () => {
    const asked = await visit('GET', `${PATH}/publish`)
    expect(asked.html).toContain(`action="${PATH}/publish"`)
    expect(sent).toEqual([])
    expect((await visit('POST', `${PATH}/publish`)).location).toBe(`${PATH}?done`)
    expect(sent).toMatchObject([{ method: 'POST', path: '/api/admin/festivals/naru-waves/publish' }])
    refusal = { status: 409, body: { status: 409, code: 'conflict' } }
    const refused = await visit('POST', `${PATH}/unpublish`)
    refusal = undefined
    expect(refused.html).toContain(organiserText.en.unpublishRefused)
  })
})

describe('an image', () => {
  const formWith = (file: File) => {
    const form = new FormData()
    form.set('image', file)
    return form
  }

  it('is forwarded to the origin unchanged', async () => {
    const file = new File([new Uint8Array(5000)], 'a.jpg', { type: 'image/jpeg' })
    const { status } = await visit('POST', `${PATH}/image`, { form: formWith(file) })
    expect(status).toBe(303)
    expect(sent).toEqual([
      { method: 'PUT', path: '/api/admin/festivals/naru-waves/image', type: 'image/jpeg', body: 5000 },
    ])
  })

  it('that is refused is shown with the reason, at its field', async () => {
    refusal = { status: 422, body: { status: 422, code: 'image-invalid', reason: 'damaged' } }
    const file = new File([new Uint8Array(5000)], 'a.jpg', { type: 'image/jpeg' })
    const { status, html } = await visit('POST', `${PATH}/image`, { form: formWith(file) })
    refusal = undefined
    expect(status).toBe(422)
    expect(html).toContain('This file is damaged')
    const svg = new File(['<svg/>'], 'a.svg', { type: 'image/svg+xml' })
    expect((await visit('POST', `${PATH}/image`, { form: formWith(svg) })).html).toContain(
      'This isn’t a JPEG',
    )
    expect(sent).toEqual([])
  })

  it('that is too large is refused, with the maximum size', async () => {
    const file = new File([new Uint8Array(1_100_000)], 'a.jpg', { type: 'image/jpeg' })
    const { status, html } = await visit('POST', `${PATH}/image`, { form: formWith(file) })
    expect(status).toBe(413)
    expect(sent).toEqual([])
    expect(html).toContain('choose a smaller picture')
    expect(html).toContain(errorsText.en.most('1 MB'))
    expect((await visit('GET', PATH)).html).toContain('pixels and at most 1 MB')
  })

  it('of a published festival is public, requested from the origin once, and immutable', async () => {
    const name = `/images/${image}-480.webp`
    const first = await visit('GET', name, { cookie: '' })
    expect(first.status).toBe(200)
    expect(first.headers.get('content-type')).toBe('image/webp')
    expect(first.headers.get('x-content-type-options')).toBe('nosniff')
    expect(first.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(sent).toHaveLength(1)
    expect((await visit('GET', name, { cookie: '' })).status).toBe(200)
    expect(sent).toEqual([])
  })

  it('of a draft is for organisers, and an unknown one is not requested from the origin', async () => {
    const draft = `/images/${draftImage}-480.webp`
    expect((await visit('GET', draft, { cookie: '' })).status).toBe(404)
    expect((await visit('GET', draft, { cookie: cookieOf('fan') })).status).toBe(404)
    expect((await visit('GET', draft)).headers.get('cache-control')).toBe('private, no-store')
    for (const name of ['a.webp', `${image}-481.webp`, `${image}-480.svg`]) {
      expect((await visit('GET', `/images/${name}`)).status).toBe(404)
      expect(sent).toEqual([])
    }
  })

  it('has its place in the layout before it is loaded', async () => {
    for (const path of ['/', '/festivals/published']) {
      expect((await visit('GET', path, { cookie: '' })).html).toMatch(
        /<img class="image"[^>]*width="960" height="540" alt="/,
      )
    }
  })
})

describe('a request of a program as an organiser', () => {
  const send = (path: string, authorization?: string) =>
    gateway.app.request(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(authorization && { authorization }) },
      body: JSON.stringify({ name: 'x'.repeat(2000) }),
    })

  it('is authorised by the same roles, of the session in its token', async () => {
    const API = '/api/admin/festivals'
    expect((await send(API, `Bearer ${sessionOf('organiser')}`)).status).toBe(200)
    expect((await send(API, `Bearer ${sessionOf('fan')}`)).status).toBe(403)
    const nobody = await send(API)
    expect(nobody.status).toBe(401)
    expect(nobody.headers.get('content-type')).toBe('application/problem+json')
    me = { status: 200, body: { roles: ['organiser'] } }
    expect((await send(API, `Bearer ${sessionOf('fan')}`)).status).toBe(200)
  })
})
