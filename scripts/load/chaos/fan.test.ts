import { beforeEach, describe, expect, it } from 'vitest'
import { type FakeGateway, openFakeGateway, type Route, type Spoil } from '../replay/fake-gateway.ts'
import { problem } from '../replay/fake-sale.ts'
import { signUp } from '../replay/sign-up.ts'
import { sendFan } from '../replay/testing.ts'
import { runChaosFan } from './fan.ts'

let gateway: FakeGateway

beforeEach(async () => {
  gateway = await openFakeGateway()
})

/** Runs a fan, and records what they had to repeat. */
async function send() {
  const setbacks: string[] = []
  const onSetback = (what: string) => setbacks.push(what)
  const { record } = await sendFan(gateway, {
    runFan: (deps, journey) =>
      runChaosFan({ ...deps, onSetback, signIn: signUp, thinkMs: 0, accountLimit: 2 }, journey),
  })
  return { record, setbacks }
}

describe('a fan of a system with failures', () => {
  it('repeats nothing when nothing is lost', async () => {
    const { record, setbacks } = await send()
    expect(record.outcome).toBe('confirmed')
    expect(setbacks).toEqual([])
    expect(gateway.asked('enter')).toHaveLength(1)
  })

  it.each<[string, Route, Spoil]>([
    ['hold pass-ended', 'hold', problem(403, 'pass-ended')],
    ['hold room-restored', 'hold', problem(409, 'room-restored')],
    ['pay room-restored', 'pay', problem(409, 'room-restored')],
    ['pay hold-missing', 'pay', problem(404, 'hold-missing')],
    ['pay hold-expired', 'pay', problem(409, 'hold-expired')],
    ['pay not-found', 'payment', problem(404, 'not-found')],
  ])('claims again with the place they have: %s', async (what, route, spoil) => {
    gateway.spoil(route, spoil)
    const { record, setbacks } = await send()
    expect(record.outcome).toBe('confirmed')
    expect(setbacks).toEqual([what])
    expect(gateway.asked('enter')).toHaveLength(1)
    expect(gateway.asked('claim')).toHaveLength(2)
  })

  it.each<[string, Route, Spoil]>([
    ['claim place-lost', 'claim', problem(409, 'place-lost')],
    ['claim turn-missed', 'claim', problem(409, 'turn-missed')],
    ['claim place-used', 'claim', problem(409, 'place-used')],
    ['claim place-of-another-account', 'claim', problem(403, 'place-of-another-account')],
  ])('enters again when the place is lost: %s', async (what, route, spoil) => {
    gateway.spoil(route, spoil)
    const { record, setbacks } = await send()
    expect(record.outcome).toBe('confirmed')
    expect(setbacks).toEqual([what])
    expect(gateway.asked('enter')).toHaveLength(2)
    expect(gateway.asked('signUp')).toHaveLength(1)
  })

  it('pays with a new key for a payment that was lost before it was recorded', async () => {
    gateway.spoil('payment', problem(404, 'not-found'))
    await send()
    expect(new Set(gateway.asked('pay').map(({ idempotencyKey }) => idempotencyKey)).size).toBe(2)
  })

  it('treats no other refusal as a loss', async () => {
    gateway.spoil('hold', problem(500, 'internal'))
    const { record, setbacks } = await send()
    expect(record).toMatchObject({ outcome: 'error', error: { step: 'hold', code: 'internal' } })
    expect(setbacks).toEqual([])
  })

  it('stops after the maximum number of repetitions', async () => {
    gateway.always('hold', problem(403, 'pass-ended'))
    const { record } = await send()
    expect(record).toMatchObject({ outcome: 'error', error: { step: 'hold', code: 'pass-ended' } })
    expect(gateway.asked('claim')).toHaveLength(8)
  })
})
