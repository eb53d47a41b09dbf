import { isDeepStrictEqual } from 'node:util'
import type { BasketLine } from '../../../../drizzle/schema/purchases.ts'
import type { Hold } from '../../../../origin/holds/hold.ts'
import { readHold } from '../../../../origin/holds/read-hold.ts'
import { releaseHold } from '../../../../origin/holds/release-hold.ts'
import { type TakeHoldResult, takeHold } from '../../../../origin/holds/take-hold.ts'
import {
  type AcceptPaymentDeps,
  type AcceptPaymentResult,
  acceptPayment,
} from '../../../../origin/payments/process/accept-payment.ts'
import { openTestRecorder } from '../../../../origin/testing/payments.ts'
import {
  ACCOUNT_LIMIT,
  type Agreement,
  type Fan,
  HOLD_SECONDS,
  isShut,
  must,
  QUEUE_MAX,
  REMEMBER_SECONDS,
  type Sale,
  type State,
  type Step,
} from './model.ts'
import { readState } from './read-state.ts'
import { grantPass } from './sale.ts'
import { outage } from './ways.ts'

/** A fan, who claims again when their pass has expired, replaces their hold by these units. */
export function hold([who, first, second]: [who: number, first: number, second: number]): Step {
  return {
    name: `fan ${who} holds ${first} and ${second}`,
    async run(sale, state) {
      const fan = fanOf(sale, who)
      const quantities = [first, second]
      const basket = sale.festival.types
        .map((type, i) => ({ type, quantity: quantities[i] ?? 0 }))
        .filter(({ quantity }) => quantity > 0)
      if (basket.length === 0) return
      if ((state.facts.after?.passEnds.get(fan.account) ?? 0) <= sale.now) await grantPass(sale, fan)
      sale.touched.add(fan.passId)
      const result = await takeHold(sale.redis, { room: sale.room, ...fan, basket })
      if (isShut(sale)) return must(result.status === 'room-absent', `holding was ${result.status}`)
      const had = state.holds.get(fan.passId)
      const read = await readHold(sale.redis, { room: sale.room, passId: fan.passId })
      const has = read.status === 'held' ? read.hold : undefined
      if (result.status === 'held') {
        must(isDeepStrictEqual(has, result.hold), 'the answer is another hold')
        see(fan, result.hold)
      } else must(isOver(sale, had) || isDeepStrictEqual(has, had), 'a refusal changed the hold')
      if (had?.payment !== undefined) return must(result.status === 'paying', `holding was ${result.status}`)
      expectTaken(sale, state, { fan, basket, result })
    },
  }
}

/** A hold is refused only for a reason, and granted only from free units. */
function expectTaken(
  sale: Sale,
  state: State,
  { fan, basket, result }: { fan: Fan; basket: BasketLine[]; result: TakeHoldResult },
): void {
  const had = state.holds.get(fan.passId)
  const current = isOver(sale, had) ? undefined : had
  const more = basket.filter(({ type, quantity }) => quantity > unitsIn(current, type))
  const isShort = more.some(
    ({ type, quantity }) => quantity - unitsIn(current, type) > freeUnits(sale, state, type),
  )
  // The account's expired holds count no more.
  const over = [...state.holds]
    .filter(([id, hold]) => id !== fan.passId && hold.account === fan.account && isOver(sale, hold))
    .map(([, hold]) => hold)
  const countOf = (type: number) =>
    (state.facts.counts.get(`${fan.account}:${type}`) ?? 0) - unitsIn(had, type)
  const isTooMany = (given: readonly Hold[]) =>
    more.some(({ type, quantity }) => countOf(type) - sumOf(given, type) + quantity > ACCOUNT_LIMIT)
  if (result.status === 'held') {
    must(!isShort && !isTooMany(over), 'more is held than may be')
    const limited = basket.map((line) => ({ ...line, limit: ACCOUNT_LIMIT }))
    must(isDeepStrictEqual(result.hold.basket, limited), 'another basket is held')
    const until = current?.expiresAt.getTime() ?? sale.now + HOLD_SECONDS * 1000
    must(result.hold.expiresAt.getTime() <= until, 'it is held for longer than may be')
  } else if (result.status === 'limit') must(isTooMany(over), 'refused for a limit that is not reached')
  else {
    must(result.status === 'sold-out' || result.status === 'units-held', `holding was ${result.status}`)
    must(isShort, 'refused for units that are there')
  }
}

export function release(who: number): Step {
  return {
    name: `fan ${who} gives up what they hold`,
    async run(sale, state) {
      const { passId } = fanOf(sale, who)
      sale.touched.add(passId)
      const { status } = await releaseHold(sale.redis, { room: sale.room, passId })
      const had = state.holds.get(passId)
      const held = had === undefined ? 'missing' : had.payment === undefined ? 'released' : 'paying'
      must(status === (sale.isWiped ? 'room-absent' : held), `giving up was ${status}`)
    },
  }
}

/** Remembers what the fan's page shows of the hold; another tab goes on showing what it was before. */
function see({ tabs }: Fan, { amountMinor, version: holdVersion }: Hold): void {
  if (tabs.last.holdVersion !== holdVersion) tabs.other = tabs.last
  tabs.last = { amountMinor, holdVersion }
}

/** How far an origin comes with recording a payment that it has taken: `refused` also stands for one that dies before. */
export type Recording = 'done' | 'refused' | 'lost'

/**
 * From one of the fan's tabs, under one of a few Idempotency-Keys, so that some come again, and some with another
 * request.
 */
export function pay([who, key, method, tab, recording]: [
  who: number,
  key: number,
  method: string,
  tab: keyof Fan['tabs'],
  recording: Recording,
]): Step {
  return {
    name: `fan ${who} pays by ${method} under key ${key} from the ${tab} tab, recording is ${recording}`,
    async run(sale, state) {
      const fan = fanOf(sale, who)
      const { account, passId } = fan
      const agreed = fan.tabs[tab]
      sale.touched.add(passId)
      const pausedUntil = Number(await sale.redis.get(sale.keys.payPause(account)))
      const recorder = { ...openTestRecorder(sale.db), record: recorderOf(sale, recording) }
      const result = await acceptPayment(
        {
          ...{ redis: sale.redis, db: sale.db, recorder },
          ...{ rememberSeconds: REMEMBER_SECONDS, queueMax: QUEUE_MAX },
        },
        { room: sale.room, account, passId, method, ...agreed, idempotencyKey: `key-${key}` },
      )
      const request = `${fan.account} ${key}`
      const digest = `${fan.passId} ${method} ${agreed.amountMinor} ${agreed.holdVersion}`
      const before = sale.requests.get(request)
      if (before !== undefined && (before.digest === digest || !before.isForgotten)) {
        return expectSame(result, before.digest === digest ? before.payment : undefined, recording)
      }
      const expected = answerToPaying(sale, state, { passId, agreed, pausedUntil })
      const isTaken = expected === 'accepted'
      must(
        result.status === (isTaken && recording !== 'done' ? 'not-recorded' : expected),
        `paying was ${result.status}`,
      )
      if (!isTaken) return
      const payment = await paymentOf(sale, passId)
      must(!('payment' in result) || result.payment === payment, 'told of another payment than is made')
      sale.requests.set(request, { digest, payment, isForgotten: false })
      sale.accepted.set(payment, { hold: fan.passId, mayBeLost: false })
    },
  }
}

/** @param payment - the one that the request stands for; undefined for another request under its key */
function expectSame(result: AcceptPaymentResult, payment: string | undefined, recording: Recording): void {
  if (payment === undefined) {
    must(result.status === 'key-reused', `paying was ${result.status}`)
  } else if (result.status === 'not-recorded') {
    must(recording !== 'done', 'it was not recorded')
  } else {
    must('payment' in result && result.payment === payment, 'repeated, it is another payment')
  }
}

function recorderOf(sale: Sale, recording: Recording): AcceptPaymentDeps['recorder']['record'] {
  const { record } = openTestRecorder(sale.db)
  return async (payment) => {
    if (recording === 'refused') throw outage()
    sale.recorded = undefined
    const id = await record(payment)
    if (recording === 'lost') throw outage()
    return id
  }
}

async function paymentOf({ redis, room }: Sale, passId: string): Promise<string> {
  const read = await readHold(redis, { room, passId })
  return (read.status === 'held' && read.hold.payment) || ''
}

/** The most frequent case. */
export function buy([who, first, second, key, method, recording]: [
  ...[who: number, first: number, second: number, key: number, method: string],
  recording: Recording,
]): Step {
  const [holding, paying] = [hold([who, first, second]), pay([who, key, method, 'last', recording])]
  return {
    name: `${holding.name}, and ${paying.name}`,
    async run(sale, state) {
      await holding.run(sale, state)
      await paying.run(sale, await readState(sale))
    },
  }
}

function answerToPaying(
  sale: Sale,
  { facts, holds }: State,
  { passId, agreed, pausedUntil }: { passId: string; agreed: Agreement; pausedUntil: number },
) {
  if (isShut(sale)) return 'room-absent'
  const had = holds.get(passId)
  if (had === undefined) return 'hold-missing'
  if (had.payment !== undefined) return 'paying'
  if (isOver(sale, had)) return 'hold-expired'
  if (had.amountMinor !== agreed.amountMinor || had.version !== agreed.holdVersion) return 'hold-changed'
  if (pausedUntil > sale.now) return 'paused'
  return (facts.after?.stream.size ?? 0) >= QUEUE_MAX ? 'busy' : 'accepted'
}

function fanOf(sale: Sale, who: number): Fan {
  const fan = sale.fans[who % sale.fans.length]
  if (fan === undefined) throw new Error('the sale has no fans')
  return fan
}

export function isOver(sale: Sale, hold: Hold | undefined): boolean {
  return hold !== undefined && hold.payment === undefined && hold.expiresAt.getTime() <= sale.now
}

/** Expired units are free, whether swept or not. */
function freeUnits(sale: Sale, { facts, holds }: State, type: number): number {
  const expired = [...holds.values()].filter((hold) => isOver(sale, hold))
  return (facts.after?.stock.get(type)?.free ?? 0) + sumOf(expired, type)
}

function sumOf(holds: readonly Hold[], type: number): number {
  return holds.reduce((sum, hold) => sum + unitsIn(hold, type), 0)
}

function unitsIn(hold: Hold | undefined, type: number): number {
  return hold?.basket.find((line) => line.type === type)?.quantity ?? 0
}
