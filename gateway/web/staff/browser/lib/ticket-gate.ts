import type { readCheckInSummaryRoute } from '../../../../../shared/api/check-ins.ts'
import { ask } from '../../../layout/browser/lib/api.ts'
import type { StaffData } from '../../staff.ts'
import { deviceId } from './ticket-device.ts'
import { createEvaluator } from './ticket-evaluator.ts'
import {
  forgetKnowledge,
  type GateKnowledge,
  openKnowledge,
  refreshNames,
  refreshTerms,
  refreshTickets,
} from './ticket-knowledge.ts'
import type { ListIndex } from './ticket-list.ts'
import { type GateLog, openGateLog } from './ticket-log.ts'
import type { Evaluated, Scanned } from './ticket-queue.ts'
import { createSending, type GateSending } from './ticket-sending.ts'
import { createGateServer, type GateServer } from './ticket-server.ts'
import { createGateStats, type GateStats, type Stats } from './ticket-stats.ts'
import { forgetfulStore, openTicketStore, type TicketStore } from './ticket-store.ts'

/** One device at a gate: asks the server while it is online, decides locally while it is not, and records both. */
export type Gate = GateSending & {
  log: GateLog
  /** Whether data is stored across reloads. */
  isStoring: boolean
  scan(scanned: Scanned): Promise<Evaluated>
  /** Checks whether the network is back, and sends queued scans. */
  probe(): Promise<void>
  /** Measures the clock, sends queued scans, and refreshes the keys and the list. */
  catchUp(): Promise<void>
  state(): GateState
  /** The number of guests who are in, and the latest of them. */
  stats(): Stats
  /** Requests the number of guests from the server. */
  refreshStats(): Promise<void>
}

type GateState = Pick<GateServer, 'isUnavailable' | 'isForbidden'> & {
  /** False where the browser cannot verify signatures; undefined before the keys were received. */
  canVerify: boolean | undefined
  list: ListIndex | undefined
  /** Until when names are stored here, ISO 8601; undefined while none are. */
  namesUntil: string | undefined
}

const LIMITS = { queueMax: 5000, storedMax: 5000 }

/** @param onGateChange - called after any change of `state` or `log` */
export async function openGate(data: StaffData, onGateChange: (gate: Gate) => void): Promise<Gate> {
  const { festival } = data
  const onChange = () => onGateChange(gate)
  const { store, isStoring } = await openStore()
  const log = await openGateLog(store, festival, LIMITS)
  const known = await openKnowledge(data, store)
  const device = await deviceId(store)
  const stats = await openStats(data, known)
  const server = createGateServer({ forget: () => forgetKnowledge(known), onChange })
  const parts = { festival, device, clock: known.clock, log, server, stats, onChange }
  const sending = createSending(parts)
  const gate: Gate = {
    ...{ log, isStoring, ...sending, scan: createEvaluator({ ...parts, data, known }) },
    async probe() {
      if (log.waiting().length > 0) await sending.sendWaiting()
      else if (server.isUnavailable) await refreshTerms(known, server)
    },
    async catchUp() {
      await refreshTerms(known, server)
      await sending.sendWaiting()
      if (await refreshTickets(known, server)) await refreshNames(known)
      onChange()
    },
    state: () => stateOf(known, server),
    stats: () => stats.read(log.all()),
    async refreshStats() {
      await refreshStats(festival, stats)
      onChange()
    },
  }
  return gate
}

async function openStore(): Promise<{ store: TicketStore; isStoring: boolean }> {
  try {
    return { store: await openTicketStore(), isStoring: true }
  } catch {
    return { store: forgetfulStore, isStoring: false }
  }
}

async function openStats(
  { festival, summary }: StaffData,
  { store, clock }: GateKnowledge,
): Promise<GateStats> {
  return createGateStats({
    page: summary,
    stored: await store.readStats(festival),
    // A device without free storage starts counting from the page after a reload.
    save: (known) => void store.writeStats(festival, known).catch(() => undefined),
    nowMs: clock.nowMs,
  })
}

async function refreshStats(festival: string, stats: GateStats): Promise<void> {
  const answer = await ask<typeof readCheckInSummaryRoute>('get', '/festivals/{festival}/check-ins/summary', {
    params: { festival },
  })
  if (answer.status === 'done') stats.noteSummary(answer.body)
}

function stateOf(
  { keys, hasReceivedKeys, list, names, window }: GateKnowledge,
  { isUnavailable, isForbidden }: GateServer,
): GateState {
  return {
    ...{ isUnavailable, isForbidden, list },
    canVerify: hasReceivedKeys ? keys !== undefined : undefined,
    namesUntil: names && window.closesAt,
  }
}
