import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { testCharge } from '../../../testing/payments.ts'
import { isNonsense } from '../../failure.ts'
import { createSandboxProvider } from '../sandbox.ts'

const SECRET = 'sec-1'
const OPEN = {
  ...{ outcome: 'open', id: 'ch_1', until: '2026-05-01T06:24:00.000Z' },
  action: { kind: 'script', path: '/pay', secret: SECRET },
}

/** A sandbox that gives every request this answer. */
async function answering(status: number, body: string) {
  const server = createServer((_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const { provider, close } = createSandboxProvider({
    ...{ url: `http://127.0.0.1:${port}`, publicUrl: 'http://sandbox.test' },
    ...{ timeoutMs: 5000, connectionsMax: 1 },
  })
  onTestFinished(close)
  return provider
}

describe('the cause of an unknown outcome', () => {
  it.each([
    ['an error', 500, JSON.stringify(OPEN), false],
    ['a refusal', 403, JSON.stringify(OPEN), false],
    ['a redirect', 302, JSON.stringify(OPEN), true],
    ['another shape', 200, JSON.stringify({ ...OPEN, until: SECRET }), true],
    ['no JSON', 200, SECRET, true],
  ])('has no secret of the charge in it when the sandbox answers with %s', async (_, status, body, isOwn) => {
    const provider = await answering(status, body)
    const request = testCharge({ key: 'key', method: 'script' })
    const refund = { key: 'refund', chargeKey: 'key', amountMinor: 1, currency: 'KRW' }
    const outcomes = [
      await provider.charge(request),
      await provider.findCharge('key', request),
      await provider.abandon(request),
      await provider.refund({ ...refund, part: true }),
      await provider.findReversals?.({ key: 'key', chargeId: 'ch_1' }),
    ]
    const causes = outcomes.flatMap((outcome) =>
      outcome !== undefined && 'cause' in outcome ? [outcome.cause] : [],
    )
    expect(causes.length).toBeGreaterThanOrEqual(4)
    for (const cause of causes) {
      expect(cause).toBeInstanceOf(Error)
      expect(inspect(cause, { depth: 9 })).not.toContain(SECRET)
    }
    expect(isNonsense(causes[0])).toBe(isOwn)
  })

  it('has no secret in it when a charge is still open after it was given up', async () => {
    const provider = await answering(200, JSON.stringify(OPEN))
    const left = await provider.abandon(testCharge({ key: 'key', method: 'script' }))
    expect(left).toMatchObject({ status: 'unknown', cause: { message: 'the sandbox answered 200' } })
    expect(inspect(left, { depth: 9 })).not.toContain(SECRET)
  })
})
