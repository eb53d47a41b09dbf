import { randomBytes, randomUUID } from 'node:crypto'
import type { APIRequestContext, Browser, BrowserContext } from 'playwright-core'
import type { Role } from '../../shared/tokens/kinds.ts'
import { call } from '../e2e/http.ts'
import { makeAccount, type Sale, stageSale, type Theatre, until } from './sale.ts'

/** A page in a state that it may be found in, and who finds it so. */
export type Scene = {
  /** Names its picture. */
  name: string
  path: string
  visitor: Awaited<ReturnType<BrowserContext['storageState']>>
  /** What is on the page once it is whole, as a selector. */
  whole: string
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const LONG_SECONDS = 1800
const WHOLE = 'main h1'

type Sales = Record<'open' | 'called' | 'lobby' | 'upcoming' | 'soldOut' | 'closed' | 'paused', Sale>
type Visitor = Scene['visitor']

/** Stages festivals and people, and tells every page that there is with them. */
export async function stageScenes(
  theatre: Theatre & { providerUrl: string },
  browser: Browser,
): Promise<Scene[]> {
  const sales = await stageSales(theatre)
  const nobody = await visitor(theatre, browser, async () => {})
  const fans = await stageFans(theatre, browser, sales)
  return [
    ...publicScenes(sales, nobody),
    ...waitingScenes(sales, fans, nobody),
    ...buyingScenes(sales, fans),
    ...mineScenes(fans),
    ...workScenes(sales, await stageWorkers(theatre, browser)),
  ]
}

async function stageSales(theatre: Theatre): Promise<Sales> {
  const now = Date.now()
  const soon = { opensAt: new Date(now + 2 * HOUR_MS), closesAt: new Date(now + DAY_MS) }
  const sales: Sales = {
    open: await stageSale(theatre, { name: '달빛 나루 페스티벌', room: { maxActive: 1 } }),
    called: await stageSale(theatre, {
      name: 'Moonlit Ferry Festival',
      room: { graceSeconds: LONG_SECONDS, passSeconds: LONG_SECONDS, holdSeconds: LONG_SECONDS },
    }),
    lobby: await stageSale(theatre, {
      name: '한강 등불의 밤 Hangang Lantern Night',
      room: { ...soon, order: 'draw' },
    }),
    upcoming: await stageSale(theatre, {
      name: 'Jeju Wind Orchestra and Friends',
      place: '제주 서귀포 예술의전당',
      room: { ...soon, lobbyAt: new Date(now + HOUR_MS), order: 'draw' },
    }),
    soldOut: await stageSale(theatre, { name: 'Tiny Attic Sessions', units: 1 }),
    closed: await stageSale(theatre, {
      name: 'Autumn Leaves Fair',
      room: {
        lobbyAt: new Date(now - 2 * DAY_MS),
        opensAt: new Date(now - 2 * DAY_MS),
        closesAt: new Date(now - DAY_MS),
      },
    }),
    paused: await stageSale(theatre, { name: '부산 파도 소리 축제' }),
  }
  await sales.open.fill()
  await sales.open.queue(40)
  await sales.lobby.queue(8)
  const notice = {
    ko: '무대 점검으로 잠시 멈췄습니다. 10분 안에 다시 시작합니다.',
    en: 'We are checking the stage and go on within ten minutes.',
  }
  await sales.paused.steer({ phase: 'paused', notice })
  await until(async () => (await sales.paused.status())['phase'] === 'paused', 'the pause')
  return sales
}

type Fans = Record<
  'waiting' | 'called' | 'lobby' | 'paused' | 'inside' | 'holding' | 'declined' | 'charging' | 'buyer',
  Visitor
> & {
  declinedPath: string
  chargingPath: string
  confirmedPath: string
  orderPath: string
  cancelledPath: string
}

async function stageFans(
  theatre: Theatre & { providerUrl: string },
  browser: Browser,
  { open, called, lobby, paused, soldOut }: Sales,
): Promise<Fans> {
  const as = (act: (fan: Fan) => Promise<void>) =>
    visitor(theatre, browser, async (request) => act(actorOf(theatre, request)))
  const paths = { declinedPath: '', chargingPath: '', confirmedPath: '', orderPath: '', cancelledPath: '' }
  const fans = {
    waiting: await as((fan) => fan.enter(open)),
    called: await as((fan) => fan.enter(called)),
    lobby: await as((fan) => fan.enter(lobby)),
    paused: await as((fan) => fan.enter(paused)),
    inside: await as((fan) => fan.comeIn(called)),
    holding: await as(async (fan) => {
      await fan.comeIn(called)
      await fan.hold(called, 2)
    }),
    declined: await as(async (fan) => {
      await fan.comeIn(called)
      await fan.hold(called, 1)
      paths.declinedPath = (await fan.pay(called, 'card-declined', 'declined')).path
    }),
    buyer: await as(async (fan) => {
      await fan.comeIn(soldOut)
      await fan.hold(soldOut, 1)
      paths.cancelledPath = (await fan.pay(soldOut, 'card-ok', 'confirmed')).orderPath
      await fan.comeIn(called)
      await fan.hold(called, 2)
      const { path, orderPath } = await fan.pay(called, 'card-ok', 'confirmed')
      Object.assign(paths, { confirmedPath: path, orderPath })
    }),
    charging: await as(async (fan) => {
      await fan.comeIn(called)
      await fan.hold(called, 1)
      await call(theatre.providerUrl, 'PUT', '/dials', { body: { errorShare: 1 } })
      paths.chargingPath = (await fan.pay(called, 'card-ok', 'charging')).path
    }),
  }
  return { ...fans, ...paths }
}

/** Who has done something through the API, as their browser would know them. */
async function visitor(
  { gatewayUrl }: Theatre,
  browser: Browser,
  act: (request: APIRequestContext) => Promise<void>,
): Promise<Visitor> {
  const context = await browser.newContext({ baseURL: gatewayUrl })
  await act(context.request)
  const state = await context.storageState()
  await context.close()
  return state
}

type Fan = ReturnType<typeof actorOf>

/** What a fan does, each step when it can be done. */
function actorOf(theatre: Theatre, request: APIRequestContext) {
  async function ask(method: string, path: string, data?: object, headers?: Record<string, string>) {
    const answer = await request.fetch(path, { method, ...(data && { data }), ...(headers && { headers }) })
    const text = await answer.text()
    return { status: answer.status(), body: JSON.parse(text === '' ? '{}' : text) as Record<string, unknown> }
  }
  async function must(status: number, ...what: Parameters<typeof ask>): Promise<void> {
    let last: unknown
    await until(
      async () => {
        const answer = await ask(...what)
        last = answer.body
        return answer.status === status
      },
      () => `${what[0]} ${what[1]}, which says ${JSON.stringify(last)}`,
    )
  }
  const enter = ({ id }: Sale) =>
    must(201, 'POST', `/api/rooms/${id}/entries`, { key: randomBytes(16).toString('base64url') })
  const signIn = async (role: Role) => must(201, 'POST', '/api/sessions', await makeAccount(theatre, role))
  return {
    enter,
    signIn,
    async comeIn(sale: Sale) {
      if ((await ask('GET', '/api/me')).status !== 200) await signIn('fan')
      await enter(sale)
      await must(201, 'POST', `/api/rooms/${sale.id}/claims`, {})
    },
    async hold({ id }: Sale, quantity: number) {
      const { ticketTypes } = (await ask('GET', `/api/festivals/${id}`)).body as {
        ticketTypes: { id: number }[]
      }
      const basket = [{ type: ticketTypes[0]?.id, quantity }]
      await must(200, 'PUT', `/api/rooms/${id}/hold`, { basket })
    },
    /** Pays until the payment has a state. */
    async pay({ id }: Sale, method: string, state: string): Promise<{ path: string; orderPath: string }> {
      const path = `/api/rooms/${id}/payments`
      const { body } = await ask('POST', path, { method }, { 'idempotency-key': `"${randomUUID()}"` })
      let payment: Record<string, unknown> = {}
      await until(async () => {
        payment = (await ask('GET', `${path}/${body['id']}`)).body
        return payment['state'] === state
      }, `a payment ${state}`)
      return { path: `/festivals/${id}/payments/${body['id']}`, orderPath: `/orders/${payment['order']}` }
    },
  }
}

const scene = (name: string, path: string, visitor: Visitor, whole = WHOLE): Scene => ({
  name,
  path,
  visitor,
  whole,
})

function publicScenes({ open, lobby, upcoming, soldOut, closed, paused }: Sales, nobody: Visitor): Scene[] {
  return [
    scene('front', '/', nobody),
    scene('front-nothing-found', '/?q=zzzz', nobody),
    scene('festival-open', `/festivals/${open.id}`, nobody),
    scene('festival-lobby', `/festivals/${lobby.id}`, nobody, '[data-countdown]:not([hidden])'),
    scene('festival-upcoming', `/festivals/${upcoming.id}`, nobody, '[data-countdown]:not([hidden])'),
    scene('festival-sold-out', `/festivals/${soldOut.id}`, nobody),
    scene('festival-closed', `/festivals/${closed.id}`, nobody),
    scene('festival-paused', `/festivals/${paused.id}`, nobody),
    scene('sign-in', '/sign-in', nobody),
    scene('sign-up', '/sign-up', nobody),
    scene('not-found', '/nowhere', nobody),
  ]
}

function waitingScenes(
  { open, called, lobby, upcoming, soldOut, closed, paused }: Sales,
  fans: Fans,
  nobody: Visitor,
) {
  const room = ({ id }: Sale) => `/festivals/${id}/room`
  return [
    scene('room-enter', room(open), nobody, '[data-step="enter"]'),
    scene('room-lobby', room(lobby), fans.lobby, '[data-step="lobby"]'),
    scene('room-waiting', room(open), fans.waiting, '[data-step="waiting"]'),
    scene('room-paused', room(paused), fans.paused),
    scene('room-called', room(called), fans.called, '[data-step="called"]'),
    scene('room-missed', `${room(open)}?said=missed`, nobody, '[role="alert"]'),
    scene('room-inside', room(called), fans.inside, '.notice.good'),
    scene('room-sold-out', room(soldOut), nobody),
    scene('room-closed', room(closed), nobody),
    scene('room-upcoming', room(upcoming), nobody),
    scene('draw-before', `/festivals/${lobby.id}/draw`, fans.lobby),
  ]
}

function buyingScenes({ called }: Sales, fans: Fans): Scene[] {
  return [
    scene('buy-choose', `/festivals/${called.id}/buy`, fans.inside),
    scene('buy-held', `/festivals/${called.id}/buy`, fans.holding, '#method'),
    scene('buy-refused', `/festivals/${called.id}/buy?said=units-held`, fans.inside, '[role="alert"]'),
    scene('payment-charging', fans.chargingPath, fans.charging),
    scene('payment-declined', fans.declinedPath, fans.declined),
    scene('payment-confirmed', fans.confirmedPath, fans.buyer),
  ]
}

function mineScenes(fans: Fans): Scene[] {
  return [
    scene('me', '/me', fans.buyer),
    scene('me-nothing', '/me', fans.inside),
    scene('order', fans.orderPath, fans.buyer, '.qr'),
    scene('order-one', fans.cancelledPath, fans.buyer, '.qr'),
  ]
}

type Workers = Record<'organiser' | 'staff', Visitor>

async function stageWorkers(theatre: Theatre, browser: Browser): Promise<Workers> {
  const as = (role: keyof Workers) =>
    visitor(theatre, browser, (request) => actorOf(theatre, request).signIn(role))
  return { organiser: await as('organiser'), staff: await as('staff') }
}

function workScenes({ called, upcoming }: Sales, { organiser, staff }: Workers): Scene[] {
  const path = `/organiser/festivals/${called.id}`
  return [
    scene('organiser', '/organiser', organiser),
    scene('organiser-new', '/organiser/festivals/new', organiser),
    scene('organiser-edit', `/organiser/festivals/${upcoming.id}`, organiser),
    scene('organiser-preview', `/organiser/festivals/${upcoming.id}/preview`, organiser),
    scene('organiser-live', `${path}/live`, organiser),
    scene('organiser-orders', `${path}/orders`, organiser),
    scene('organiser-payments', `${path}/payments`, organiser),
    scene('organiser-changes', `${path}/changes`, organiser),
    scene('organiser-accounts', '/organiser/accounts', organiser),
    scene('staff', '/staff', staff),
    scene('staff-gate', `/staff/${called.id}?gate=North`, staff, '#code'),
  ]
}
