import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { z } from 'zod'
import { answerCalls } from './processes.ts'

const ChargeSchema = z.object({ amountMinor: z.int(), currency: z.string(), method: z.string() })

const KEEP_ALIVE_TIMEOUT_MS = 65_000
const OPEN_MS = 600_000
const CHARGE = /^\/charges\/([\w-]+)$/

const calls = {
  /**
   * The sandbox provider's API as far as a sale without errors needs it, without a delay or a ledger on disk: cards are
   * charged at once, and a charge at the bank is approved when it is looked up, as after a fan who has come back. Returns
   * the port.
   */
  serve(_: object): Promise<number> {
    const charges = new Map<string, object>()
    const server = createServer({ keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS }, async (request, response) => {
      const reply = (status: number, body: object) =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
      const known = CHARGE.exec(request.url ?? '')?.[1]
      if (request.url !== '/charges') {
        const charge = known === undefined ? undefined : charges.get(known)
        reply(charge === undefined ? 404 : 200, charge ?? {})
        return
      }
      const { method, ...paid } = ChargeSchema.parse(await json(request))
      const key = String(request.headers['idempotency-key'])
      const succeeded = { outcome: 'succeeded', id: `ch_${key}`, ...paid }
      charges.set(key, succeeded)
      const until = new Date(Date.now() + OPEN_MS)
      const open = { outcome: 'open', id: succeeded.id, until, action: { kind: 'redirect', path: `/${key}` } }
      reply(201, method === 'bank' ? open : succeeded)
    })
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
    })
  },
}

export type InstantProviderCalls = typeof calls

answerCalls(calls)
