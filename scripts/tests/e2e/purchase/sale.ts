import { readCatalogue } from '../../../../origin/festivals/read-catalogue.ts'
import { CONSUMER_GROUP } from '../../../../origin/payments/payment-stream.ts'
import { maintainRoom as maintainRoomOfOrigin } from '../../../../origin/rooms/maintain-room.ts'
import { makeTestFestival } from '../../../../origin/testing/origin.ts'
import { roomKeys } from '../../../../shared/redis/keys.ts'
import { grantTestPasses, wipeTestRoom } from '../../../../shared/testing/redis.ts'
import { openLedger } from './ledger.ts'
import {
  ACCOUNT_LIMIT,
  type Fan,
  HOLD_SECONDS,
  PASS_SECONDS,
  QUANTITIES,
  type Sale,
  type Stores,
} from './model.ts'
import { readState } from './read-state.ts'

/** Ahead of the clock of Redis, so that streams use the test's; the festival is on sale for a day around it. */
const AHEAD_MS = 3_600_000
const FESTIVALS_MAX = 10_000
/** How long a rebuilt room sells nothing, and restores payments. */
const RESTORE_MS = 90_000
const LEASE_MS = 10_000
const NOTHING_SEEN = { amountMinor: 0, holdVersion: '0'.repeat(16) }

export async function openSale(stores: Stores, accounts: readonly string[]): Promise<Sale> {
  const festival = await makeTestFestival(
    { db: stores.db },
    { quantities: QUANTITIES, accountLimit: ACCOUNT_LIMIT, holdSeconds: HOLD_SECONDS },
  )
  const sale: Sale = {
    ...stores,
    festival,
    room: festival.id,
    keys: roomKeys(festival.id),
    now: Date.now() + AHEAD_MS,
    ledger: openLedger(() => sale.now),
    fans: accounts.map((account) => ({
      ...{ account, passId: '' },
      tabs: { last: NOTHING_SEEN, other: NOTHING_SEEN },
    })),
    requests: new Map(),
    accepted: new Map(),
    cancellations: new Map(),
    workers: new Map(),
    tasks: [],
    isWiped: true,
    shutUntil: 0,
    wasWiped: false,
    touched: new Set(),
    state: undefined,
    recorded: undefined,
  }
  await setClock(sale, sale.now)
  await maintainRoom(sale)
  return sale
}

export async function setClock(sale: Sale, now: number): Promise<void> {
  const { redis, room, clock, keys } = sale
  sale.now = now
  await clock.set(redis, room, now)
  await makeStream(redis, keys.payments)
  // What is added next is as old as this clock says, since Redis' own is behind it.
  await redis.call('XSETID', keys.payments, `${now}-0`)
}

/** Also while the room is not in Redis, where no worker creates entries: their clock continues. */
async function makeStream(redis: Stores['redis'], stream: string): Promise<void> {
  try {
    await redis.xgroup('CREATE', stream, CONSUMER_GROUP, '0', 'MKSTREAM')
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('BUSYGROUP'))) throw error
  }
}

export async function grantPass({ redis, room, now }: Sale, fan: Fan): Promise<void> {
  const seconds = PASS_SECONDS + Math.round((now - Date.now()) / 1000)
  const [passId = ''] = await grantTestPasses(redis, room, [fan.account], seconds)
  fan.passId = passId
}

/** Deletes the room from Redis. */
export async function wipeRoom(sale: Sale): Promise<void> {
  const { facts } = await readState(sale)
  await wipeTestRoom(sale.redis, sale.room)
  // A moment later, so that no entry of the new stream has the ID of one that was lost.
  await setClock(sale, sale.now + 1)
  for (const [key, request] of sale.requests) {
    request.isForgotten = true
    if (!facts.sales.payments.has(request.payment)) sale.requests.delete(key)
  }
  for (const [payment, accepted] of sale.accepted) {
    if (!facts.sales.payments.has(payment)) accepted.mayBeLost = true
  }
  sale.isWiped = true
  sale.wasWiped = true
  sale.state = undefined
}

/** An origin's periodic check: rebuilds the room from MySQL, or restores the payments recorded during the rebuild. */
export async function maintainRoom(sale: Sale): Promise<void> {
  const { db, redis, room, now, isWiped } = sale
  const record = (await readCatalogue(db, FESTIVALS_MAX)).find(({ festival }) => festival.id === room)
  if (record === undefined) throw new Error('the festival is not in MySQL')
  const deps = { db, redis, restoreMs: RESTORE_MS, leaseMs: LEASE_MS }
  await maintainRoomOfOrigin(deps, record, { changed: false, runId: '' })
  if (isWiped) sale.shutUntil = record.room.epoch === 0 ? 0 : now + RESTORE_MS
  sale.isWiped = false
  sale.state = undefined
}
