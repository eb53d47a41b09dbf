import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, it, onTestFinished } from 'vitest'
import { type BankEnding, createBank } from './bank.ts'
import { type FakeGateway, openFakeGateway } from './fake-gateway.ts'
import { sendFan } from './testing.ts'

const SEEDS = Array.from({ length: 40 }, (_, seed) => seed)

/** A bank that decides the fake gateway's payment, as its page does. */
function openBank(gateway: FakeGateway, looksAgain: boolean) {
  const pressed: BankEnding[] = []
  const bank = {
    ...{ share: 1, looksAgain, endings: {} },
    async press(url: string, ending: BankEnding) {
      pressed.push(ending)
      const payment = gateway.payments.find(({ id }) => url === `http://bank.test/pay/${id}`)
      if (payment === undefined) throw new Error(`the bank does not know ${url}`)
      if (ending === 'decline') payment.state = 'declined'
      else if (ending !== 'close') payment.state = 'confirmed'
      else if (!looksAgain) payment.state = 'expired'
    },
  }
  return { bank, pressed }
}

it('lets fans leave the bank by every ending, and each of them buys in the end', async () => {
  const seen = new Map<BankEnding, { completions: number; abandoned: number; payments: number }>()
  for (const seed of SEEDS) {
    const gateway = await openFakeGateway()
    const { bank, pressed } = openBank(gateway, true)
    const { record } = await sendFan(gateway, { seed, bank })
    expect(record.outcome).toBe('confirmed')
    const [completions, abandoned] = [gateway.asked('complete').length, gateway.asked('abandon').length]
    for (const ending of pressed)
      seen.set(ending, { completions, abandoned, payments: gateway.payments.length })
  }
  const once = { completions: 1, abandoned: 0, payments: 1 }
  expect(Object.fromEntries(seen)).toEqual({
    ...{ approve: once, 'approve-webhook-first': once, 'approve-webhook-only': once, 'approve-never': once },
    ...{ 'approve-other-amount': once, 'approve-twice': { ...once, completions: 2 } },
    decline: { ...once, payments: 2 },
    close: { completions: 0, abandoned: 1, payments: 2 },
  })
})

it('leaves a fan who closes the bank and does not look again to the end of the payment', async () => {
  for (const seed of SEEDS) {
    const gateway = await openFakeGateway()
    const { bank, pressed } = openBank(gateway, false)
    const { record } = await sendFan(gateway, { seed, bank })
    if (pressed[0] !== 'close') continue
    expect(gateway.asked('abandon')).toEqual([])
    expect(gateway.payments.map(({ state }) => state)).toEqual(['expired', 'confirmed'])
    expect(record.outcome).toBe('confirmed')
    return
  }
  expect.unreachable('no seed closes the bank')
})

it('pays by card alone without a bank', async () => {
  const gateway = await openFakeGateway()
  await sendFan(gateway)
  expect(gateway.payments.map(({ method }) => method)).toEqual(['card-ok'])
})

it('presses the button again while the bank is busy, and follows no redirect', async () => {
  const bodies: string[] = []
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      bodies.push(body)
      if (bodies.length === 1) response.writeHead(503).end()
      else response.writeHead(303, { location: 'http://127.0.0.1:1/' }).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/pay/1`
  const signal = new AbortController().signal
  const bank = createBank({ share: 1, looksAgain: true })
  await bank.press(url, 'approve', signal)
  expect(bank.endings).toEqual({ approve: 1 })
  expect(bodies).toEqual(['ending=approve', 'ending=approve'])
})
