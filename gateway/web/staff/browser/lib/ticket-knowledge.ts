import type { readCheckInWindowRoute, readTicketKeysRoute } from '../../../../../shared/api/check-ins.ts'
import { ask } from '../../../layout/browser/lib/api.ts'
import type { StaffData } from '../../staff.ts'
import type { CheckInWindow } from '../../staff-verdict.ts'
import { createGateClock, type GateClock, measureOffset } from './ticket-clock.ts'
import { importKeys } from './ticket-code.ts'
import { fetchList, indexList, type ListIndex } from './ticket-list.ts'
import {
  fetchNames,
  NAMES_STORED_MS_MAX,
  type NameStore,
  openNameStore,
  type TicketNames,
} from './ticket-names.ts'
import type { GateServer } from './ticket-server.ts'
import type { TicketStore } from './ticket-store.ts'

/** What a device knows of its festival without the network. Replaced piece by piece as newer data arrives. */
export type GateKnowledge = {
  readonly festival: string
  /** The IDs of its ticket types. */
  readonly types: readonly number[]
  readonly clock: GateClock
  window: CheckInWindow
  /** Undefined when they were never received, or the browser does not support their algorithm. */
  keys: readonly CryptoKey[] | undefined
  hasReceivedKeys: boolean
  list: ListIndex | undefined
  names: TicketNames | undefined
  readonly store: TicketStore
  readonly nameStore: NameStore
}

const NAMES_MS = 600_000

/** What the device stored before, completed by the page's data. */
export async function openKnowledge(
  { festival, types, window }: Pick<StaffData, 'festival' | 'types' | 'window'>,
  store: TicketStore,
): Promise<GateKnowledge> {
  const list = await store.readList(festival)
  const jwks = await store.readKeys()
  const terms = await store.readTerms(festival)
  const nameStore = openNameStore()
  const known: GateKnowledge = {
    festival,
    types: types.map(({ id }) => id),
    clock: createGateClock(terms?.offsetMs, Date.now),
    window: terms?.window ?? window,
    keys: jwks === undefined ? undefined : await importKeys(jwks),
    hasReceivedKeys: jwks !== undefined,
    list: list === undefined ? undefined : indexList(list),
    names: await nameStore.read(festival),
    ...{ store, nameStore },
  }
  if (areNamesOld(known)) await forgetNames(known)
  return known
}

/** Clears the data for evaluating tickets, and names. Queued scans are preserved for the next user who signs in. */
export async function forgetKnowledge(known: GateKnowledge): Promise<void> {
  known.list = undefined
  known.keys = undefined
  known.hasReceivedKeys = false
  await Promise.all([known.store.forgetLists().catch(() => undefined), forgetNames(known)])
}

/** Requests the check-in window, and measures the clock by the response. */
export async function refreshTerms(known: GateKnowledge, server: GateServer): Promise<void> {
  const { festival, clock, store } = known
  const askedMs = Date.now()
  const answer = await server.waitFor(
    ask<typeof readCheckInWindowRoute>('get', '/festivals/{festival}/check-ins/window', {
      params: { festival },
    }),
    { isForTeam: true },
  )
  if (answer.status !== 'done') return
  const { now, opensAt, closesAt } = answer.body
  clock.note(measureOffset({ askedMs, answeredMs: Date.now(), serverMs: Date.parse(now) }))
  known.window = { opensAt, closesAt }
  await store.writeTerms(festival, { window: known.window, offsetMs: clock.offsetMs() })
}

/** Requests the keys and the list of tickets; returns whether both were received. */
export async function refreshTickets(known: GateKnowledge, server: GateServer): Promise<boolean> {
  const { festival, types, clock, store } = known
  const published = await server.waitFor(ask<typeof readTicketKeysRoute>('get', '/check-ins/keys'))
  if (published.status !== 'done') return false
  known.hasReceivedKeys = true
  known.keys = await importKeys(published.body.keys)
  await store.writeKeys(published.body.keys)
  const fetched = await fetchList(festival, types, new Date(clock.nowMs()).toISOString())
  if (fetched === 'forbidden') await server.forbid()
  if (fetched === 'forbidden' || fetched === undefined) return false
  known.list = indexList(fetched)
  await store.writeList(fetched)
  return true
}

/** Names are stored while they are useful: until check-in is over, or a day without updates has passed. */
export async function refreshNames(known: GateKnowledge): Promise<void> {
  const { festival, types, nameStore } = known
  const nowMs = known.clock.nowMs()
  const isOver = nowMs > Date.parse(known.window.closesAt)
  const ageMs = nowMs - (known.names?.atMs ?? 0)
  if (isOver) return await forgetNames(known)
  if (ageMs < NAMES_MS) return
  const fetched = await fetchNames(festival, types, nowMs)
  if (fetched === 'forbidden') return await forgetNames(known)
  if (fetched === undefined) return
  known.names = fetched
  await nameStore.write(fetched)
}

async function forgetNames(known: GateKnowledge): Promise<void> {
  known.names = undefined
  await known.nameStore.forget()
}

function areNamesOld({ names, clock, window }: GateKnowledge): boolean {
  const nowMs = clock.nowMs()
  return nowMs - (names?.atMs ?? nowMs) > NAMES_STORED_MS_MAX || nowMs > Date.parse(window.closesAt)
}
