import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createDrandBeacon, QUICKNET } from './drand-beacon.ts'
import { isRoundSigned } from './round-signature.ts'
import { verifyRound } from './verify-round.ts'

/** Rounds of drand quicknet as published. */
const RECORDED = [
  {
    round: 1000,
    signature:
      'b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39',
  },
  {
    round: 657_413,
    signature:
      'b713718a38ae728dfd477991af2822e08d2f305e47718cef9f7848ce4050e7be41076862b98fad56e91a6b85b89cd97b',
  },
]
const [FIRST = { round: 0, signature: '' }, SECOND = { round: 0, signature: '' }] = RECORDED
const { publicKey } = QUICKNET

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

async function relay(answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/chain`
}

const answering = (body: unknown, status = 200): RequestListener => {
  return (_, response) => response.writeHead(status).end(JSON.stringify(body))
}

const beaconOf = (...urls: string[]) => createDrandBeacon({ ...QUICKNET, urls })

describe('the signature of a round', () => {
  it.each(RECORDED)(
    'of drand quicknet, as recorded, is verified with the pinned key: $round',
    async (recorded) => {
      expect(isRoundSigned({ ...recorded, publicKey })).toBe(true)
      expect(await verifyRound({ ...recorded, publicKey })).toBe(true)
    },
  )

  it.each([
    ['another round', { ...FIRST, round: 1001 }],
    ['the signature of another round', { ...FIRST, signature: SECOND.signature }],
    ['no point of the curve', { ...FIRST, signature: 'b'.repeat(96) }],
    ['the point at infinity', { ...FIRST, signature: `c0${'0'.repeat(94)}` }],
    ['nothing', { ...FIRST, signature: '' }],
  ])('is refused for %s', async (_, forged) => {
    expect(isRoundSigned({ ...forged, publicKey })).toBe(false)
    expect(await verifyRound({ ...forged, publicKey })).toBe(false)
  })
})

describe('a beacon behind relays', () => {
  it('returns the signature of a round by its number', async () => {
    const asked: (string | undefined)[] = []
    const url = await relay((request, response) => {
      asked.push(request.url)
      answering(FIRST)(request, response)
    })
    expect(await beaconOf(url).signatureOf(FIRST.round)).toBe(FIRST.signature)
    expect(asked).toEqual(['/chain/public/1000'])
  })

  it('trusts the one relay whose response is signed, whatever the others return', async () => {
    const urls = await Promise.all([
      relay(answering({ ...FIRST, signature: SECOND.signature })),
      relay(answering({ ...SECOND })),
      relay(answering('x'.repeat(100_000))),
      relay(answering({}, 500)),
      relay((_, response) => response.writeHead(302, { location: '/elsewhere' }).end()),
      relay((_, response) => response.destroy()),
      relay(answering(FIRST)),
    ])
    expect(await beaconOf(...urls).signatureOf(FIRST.round)).toBe(FIRST.signature)
  })

  it('returns undefined while no relay has the round', async () => {
    const url = await relay(answering({ message: 'too early' }, 425))
    expect(await beaconOf(url, 'http://127.0.0.1:2/chain').signatureOf(FIRST.round)).toBeUndefined()
  })
})
