import { randomBytes } from 'node:crypto'
import { passCookie, placeCookie } from '../../../shared/tokens/cookies.ts'
import type { BareProxyCalls, BareRoute } from './bare-proxy.ts'
import { type Child, startChild } from './processes.ts'

/** A sale that sells nothing: the bare cost of a purchase's requests. */
export type BareSale = { port: number; pids: { gateway: number; origin: number }; stop(): void }

const SIGNATURE_BYTES = 64

/**
 * Two processes in place of gateway and origin, which send the responses of a sale without errors, about as long as the
 * real ones, and do nothing else: no token is verified, no store is used.
 */
export async function startBareSale(room: string): Promise<BareSale> {
  const gateway = startChild<BareProxyCalls>('bare-proxy.ts', undefined)
  const origin = startChild<BareProxyCalls>('bare-proxy.ts', undefined)
  const stop = () => {
    for (const child of [gateway, origin] satisfies Child<BareProxyCalls>[]) child.stop()
  }
  try {
    const originPort = await origin.call('serve', { routes: originRoutes(room), originPort: 0 })
    const port = await gateway.call('serve', { routes: gatewayRoutes(room), originPort })
    return { port, pids: { gateway: gateway.pid, origin: origin.pid }, stop }
  } catch (error) {
    stop()
    throw error
  }
}

function gatewayRoutes(room: string): BareRoute[] {
  const token = tokenLike({ iss: 'naru-gateway', aud: room, index: 0, epoch: 1, iat: 1, exp: 1, key: 'k' })
  const stored = (name: string) => ['set-cookie', `${name}=${token}; Path=/; HttpOnly; SameSite=Lax`]
  const status = { phase: 'open', serving: Number.MAX_SAFE_INTEGER, notice: '-'.repeat(500) }
  return [
    json('/entries', 201, { index: 0, position: 0, called: true, place: token }, stored(placeCookie(room))),
    json('/status', 200, status),
    json('/claims', 201, { pass: token, expiresAt: new Date(0) }, stored(passCookie(room))),
  ]
}

function originRoutes(room: string): BareRoute[] {
  const id = crypto.randomUUID()
  const basket = [{ type: 1, quantity: 1 }]
  const hold = { basket, amountMinor: 1, version: '0'.repeat(16), expiresAt: new Date(0), paying: false }
  const location = `/api/rooms/${room}/payments/${id}`
  return [
    json('/hold', 200, hold),
    json('/payments', 202, { id, state: 'accepted' }, ['location', location]),
    json(`/${id}`, 200, { id, state: 'confirmed', order: id }, ['etag', '"confirmed"']),
  ]
}

function json(path: string, status: number, body: object, headers: string[] = []): BareRoute {
  const text = JSON.stringify(body)
  const about = ['content-type', 'application/json', 'content-length', String(Buffer.byteLength(text))]
  return { path, status, headers: [...about, ...headers], body: text }
}

/** As long as a real token, with as many claims. */
function tokenLike(claims: object): string {
  const header = { alg: 'EdDSA', typ: 'place+jwt' }
  const parts = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
  return [...parts, randomBytes(SIGNATURE_BYTES).toString('base64url')].join('.')
}
