import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { Database } from '../../../../drizzle/database.ts'
import { createPasswords } from '../../../../origin/accounts/passwords.ts'
import { signUp } from '../../../../origin/accounts/sign-up.ts'
import { makeFestival, type NewFestival } from '../../../../origin/catalogue/make-festival.ts'
import type { Role } from '../../../../shared/tokens/kinds.ts'
import { festivalOnSale } from '../../../operate/seed/demo.ts'
import { accountWith, makeOperator } from '../../../operate/seed/teams.ts'
import { call } from '../../../tests/e2e/http.ts'
import { fillTeams } from '../../browsers/fill-teams.ts'

/** The system of a sale. */
export type Site = { gatewayUrl: string; db: Database }

export type SaleOptions = Partial<Omit<NewFestival, 'room' | 'ticketTypes'>> & {
  room?: Partial<NewFestival['room']>
  units?: number
}

/** A prepared festival, and functions that change its state. */
export type Sale = {
  id: string
  /** The room's present status from the API. */
  status: () => Promise<Record<string, unknown>>
  /** Changes the room as its organiser would. */
  control: (change: object) => Promise<void>
  /** Lets fans without a browser take places, one after the other; returns their place tokens. */
  queue: (fans: number) => Promise<string[]>
  /** Admits one fan, who takes the only slot of a room of one, and a basket of the first type. */
  fill: () => Promise<void>
}

const UNITS = 200
const PATIENCE_MS = 60_000
const POLL_MS = 100

/** Creates a festival, on sale immediately by default, and waits until the gateway shows it. */
export async function setUpSale(site: Site, options: SaleOptions = {}): Promise<Sale> {
  const { room, units = UNITS, ...festival } = options
  const id = options.id ?? `test-${randomUUID()}`
  const sale = festivalOnSale(id, Date.now(), { units, ratePerSecond: 100, maxActive: 50 })
  await makeFestival(
    { db: site.db, now: Date.now },
    { ...sale, ...festival, id, room: { ...sale.room, ...room } },
  )
  await fillTeams(site.db, id)
  const at = (method: string, path: string, options?: Parameters<typeof call>[3]) =>
    call(site.gatewayUrl, method, path, options)
  const status = async () => (await at('GET', `/api/rooms/${id}/status`)).body
  await until(async () => (await status())['phase'] !== undefined, `the room of ${id}`)
  let organiser: Promise<string> | undefined

  async function enter(): Promise<string> {
    const key = randomBytes(16).toString('base64url')
    const answer = await at('POST', `/api/rooms/${id}/entries`, { body: { key } })
    if (answer.status !== 201) throw new Error(`A fan could not enter: ${JSON.stringify(answer)}`)
    return String(answer.body['place'])
  }

  return {
    id,
    status,
    async control(change) {
      organiser ??= signedIn(site, 'organiser')
      const answer = await at('PATCH', `/api/admin/rooms/${id}`, { token: await organiser, body: change })
      if (answer.status !== 200) throw new Error(`The room was not changed: ${JSON.stringify(answer)}`)
    },
    async queue(fans) {
      const places: string[] = []
      for (let i = 0; i < fans; i += 1) places.push(await enter())
      return places
    },
    async fill() {
      const [place, session] = [await enter(), await signedIn(site, 'fan')]
      const pass = await settled(
        () => at('POST', `/api/rooms/${id}/claims`, { token: session, body: { place } }),
        201,
      )
      const festivals = await at('GET', `/api/festivals/${id}`)
      const [type] = festivals.body['ticketTypes'] as { id: number }[]
      const basket = [{ type: type?.id, quantity: 1 }]
      await at('PUT', `/api/rooms/${id}/hold`, { token: String(pass.body['pass']), body: { basket } })
    },
  }
}

/** Creates an account with a role; returns its session token. */
export async function signedIn({ gatewayUrl, db }: Site, role: Role): Promise<string> {
  const account = await makeAccount({ db }, role)
  const answer = await call(gatewayUrl, 'POST', '/api/sessions', { body: account })
  return String(answer.body['token'])
}

/** An account with credentials for signing in. */
export async function makeAccount(
  { db }: Pick<Site, 'db'>,
  role: Role,
  name = 'Haneul',
): Promise<{ email: string; password: string }> {
  const account = { email: `haneul.${randomBytes(4).toString('hex')}@naru.test`, password: 'a long password' }
  const passwords = createPasswords(1, 1)
  await signUp({ db, passwords, now: Date.now }, { ...account, name, roles: [role] })
  if (role === 'organiser') await makeOperator(db, await accountWith(db, account.email))
  if (role !== 'fan') await fillTeams(db)
  return account
}

async function settled<A extends { status: number }>(ask: () => Promise<A>, status: number): Promise<A> {
  let answer = await ask()
  await until(async () => {
    if (answer.status !== status) answer = await ask()
    return answer.status === status
  }, `an answer ${status}`)
  return answer
}

/** Polls until a condition holds. */
export async function until(isSo: () => Promise<boolean>, what: string | (() => string)): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS
  while (!(await isSo())) {
    if (Date.now() > deadline)
      throw new Error(`Waited in vain for ${typeof what === 'string' ? what : what()}`)
    await wait(POLL_MS)
  }
}
