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
/** No charge is begun after this; those in flight are waited for a little. */
export const EXPIRE_MS = 900_000
export const EXPIRE_MARGIN_MS = 60_000
/** A payment that is in no stream is abandoned after this. */
export const ABANDON_MS = 1_000_000

export type Stores = { db: Database; redis: Redis; clock: ReturnType<typeof makeTestClock> }

export type Fan = {
  account: string
  passId: string
  /** The hold as the fan's tabs show it: the latest version, and an earlier one. */
  tabs: { last: Agreement; other: Agreement }
}

/** The fields by which a payment names its hold. */
export type Agreement = { amountMinor: number; holdVersion: string }

/** A payment that was accepted from a fan. */
type Accepted = {
  hold: string
  /** Redis lost it before it was recorded, and so before the fan was told: it needs no outcome. */
  mayBeLost: boolean
}

export type Worker = {
  process: Process
  /** Reads payments from the stream and begins to process them. Returns how many. */
  read(what: 'own' | 'new' | 'rested'): Promise<number>
}

/** A small festival on sale, its fans, its workers, and what each fan was told. */
export type Sale = Stores & {
  festival: TestFestival
  room: string
  keys: RoomKeys
  /** Of all clocks. */
  now: number
  ledger: Ledger
  fans: Fan[]
  /** Account and Idempotency-Key → the request and its payment; Redis may have forgotten both. */
  requests: Map<string, { digest: string; payment: string; isForgotten: boolean }>
  accepted: Map<string, Accepted>
  /** Orders whose cancellation was requested, and whether the response was that it began. */
  cancellations: Map<string, { isConfirmed: boolean }>
  workers: Map<string, Worker>
  /** Other work in flight. */
  tasks: Process[]
  /** Redis does not know the room. */
  isWiped: boolean
  /** It is known again, but not open before this. */
  shutUntil: number
  /** Redis was wiped once. */
  wasWiped: boolean
  /** Holds that the current step changes. */
  touched: Set<string>
  /** As the last step left it; undefined after a change that nothing follows from. */
  state: State | undefined
  /** The state in MySQL, if nothing was written since it was read. */
  recorded: Recorded | undefined
}

/** The parts of MySQL that are read. */
export type Recorded = Pick<State, 'holdOf' | 'deadLetter'> &
  Pick<Facts, 'sales' | 'returning'> & { deadLetterIds: Set<string> }

/** The entire state at one instant, at which nothing moves. */
export type State = {
  /** The facts that the audit evaluates. */
  facts: Facts
  holds: ReadonlyMap<string, Hold>
  /** Payment → the state that its owner is shown from Redis. */
  shown: ReadonlyMap<string, Readonly<Record<string, string>>>
  /** Payment → its hold, as MySQL has it. */
  holdOf: ReadonlyMap<string, string>
  /** Entries that wait for the organiser. */
  deadLetter: readonly number[]
}

/** A step, in an order chosen by fast-check. */
export type Step = { name: string; run: (sale: Sale, state: State) => Promise<void> }

/** Holds and payments are refused. */
export function isShut({ isWiped, shutUntil, now }: Sale): boolean {
  return isWiped || now < shutUntil
}

/** Asserts a property of a response. */
export function must(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise)
}
