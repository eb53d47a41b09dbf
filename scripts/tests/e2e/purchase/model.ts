import type { Database } from '../../../../drizzle/database.ts'
import type { Hold } from '../../../../origin/holds/hold.ts'
import type { TestFestival } from '../../../../origin/testing/origin.ts'
import type { Redis } from '../../../../shared/redis/client.ts'
import type { RoomKeys } from '../../../../shared/redis/keys.ts'
import { createLogger } from '../../../../shared/runtime/log.ts'
import type { makeTestClock } from '../../../../shared/testing/redis.ts'
import type { Facts } from '../../../operate/audit/facts.ts'
import type { Ledger } from './ledger.ts'
import type { Process } from './process.ts'

export const log = createLogger('test', 'silent')

export const FANS = 4
/** Few units, so that they sell out. */
export const QUANTITIES = [4, 2]
export const ACCOUNT_LIMIT = 2
export const HOLD_SECONDS = 300
export const PASS_SECONDS = 600
export const QUEUE_MAX = 3
export const REMEMBER_SECONDS = 3600
/** No charge is begun after this; what is on its way then is waited for a little. */
export const EXPIRE_MS = 900_000
export const EXPIRE_MARGIN_MS = 60_000
/** A payment that is in no stream is given up after this. */
export const GIVE_UP_MS = 1_000_000

export type Stores = { db: Database; redis: Redis; clock: ReturnType<typeof makeTestClock> }

export type Fan = {
  account: string
  passId: string
  /** What the tabs of the fan showed of what they hold: the last one, and another one before it. */
  tabs: { last: Agreement; other: Agreement }
}

/** What a payment names of the hold that it is for. */
export type Agreement = { amountMinor: number; holdVersion: string }

/** A payment that was taken from a fan. */
type Accepted = {
  hold: string
  /** Redis lost it before it was recorded, and so before anyone was told: nothing has to come of it. */
  mayBeLost: boolean
}

export type Worker = {
  process: Process
  /** Takes payments from the stream and begins to make them. Returns how many. */
  read(what: 'own' | 'new' | 'rested'): Promise<number>
}

/** A small festival on sale, its fans, what works for it, and what everyone was told. */
export type Sale = Stores & {
  festival: TestFestival
  room: string
  keys: RoomKeys
  /** Of all clocks. */
  now: number
  ledger: Ledger
  fans: Fan[]
  /** Account and Idempotency-Key → the request and the payment they stand for; Redis may have forgotten both. */
  requests: Map<string, { digest: string; payment: string; isForgotten: boolean }>
  accepted: Map<string, Accepted>
  /** Orders that someone asked to cancel, and whether they were told that it was begun. */
  cancellations: Map<string, { isTold: boolean }>
  workers: Map<string, Worker>
  /** What else is under way. */
  tasks: Process[]
  /** Redis does not know the room. */
  isWiped: boolean
  /** It is known again, and not open before this. */
  shutUntil: number
  /** Redis was wiped once. */
  wasWiped: boolean
  /** Holds that the step under way is about. */
  touched: Set<string>
  /** As the last step left it; undefined after a change that nothing follows from. */
  state: State | undefined
  /** What MySQL has, if nothing was written since it was read. */
  recorded: Recorded | undefined
}

/** What is read of MySQL. */
export type Recorded = Pick<State, 'holdOf' | 'deadLetter'> &
  Pick<Facts, 'sales' | 'returning'> & { deadLetterIds: Set<string> }

/** Everything there is to know at one instant, at which nothing moves. */
export type State = {
  /** What the audit judges. */
  facts: Facts
  holds: ReadonlyMap<string, Hold>
  /** Payment → what its owner is shown from Redis. */
  shown: ReadonlyMap<string, Readonly<Record<string, string>>>
  /** Payment → the hold it is for, as MySQL has it. */
  holdOf: ReadonlyMap<string, string>
  /** Entries that wait for the organiser. */
  deadLetter: readonly number[]
}

/** Something that happens, whenever fast-check wants it to. */
export type Step = { name: string; run: (sale: Sale, state: State) => Promise<void> }

/** Nobody can hold or pay. */
export function isShut({ isWiped, shutUntil, now }: Sale): boolean {
  return isWiped || now < shutUntil
}

/** What must hold of an answer. */
export function must(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise)
}
