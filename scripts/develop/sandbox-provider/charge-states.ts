import type { Clock } from '../../../shared/runtime/clock.ts'
import type { Charge, ChargeRecord, OpenedRecord } from './records.ts'

type State = { opened?: OpenedRecord; outcomes: ChargeRecord[] }

/** The present state of every charge, from the records that are on disk. */
export type ChargeStates = {
  note(record: OpenedRecord | ChargeRecord): void
  read(key: string): Charge | undefined
  /** The record behind the secret address of an open charge. */
  opened(token: string): OpenedRecord | undefined
  /** The keys of the newest charges, the newest first. */
  newest(count: number): string[]
}

export function createChargeStates(now: Clock): ChargeStates {
  const states = new Map<string, State>()
  const byToken = new Map<string, OpenedRecord>()
  return {
    note(record) {
      const state = states.get(record.key) ?? { outcomes: [] }
      states.set(record.key, state)
      if (record.kind === 'charge') return void state.outcomes.push(record)
      state.opened = record
      byToken.set(record.token, record)
    },
    read(key) {
      const state = states.get(key)
      return state === undefined ? undefined : chargeOf(state, now())
    },
    opened: (token) => byToken.get(token),
    newest: (count) => [...states.keys()].slice(-count).toReversed(),
  }
}

function chargeOf({ opened, outcomes }: State, nowMs: number): Charge | undefined {
  const arrived = outcomes.filter(({ outcome }) => outcome === 'succeeded')
  const last = arrived.at(-1) ?? outcomes.at(-1)
  if (last !== undefined) {
    const { kind: _, ...charge } = last
    const amountMinor = arrived.length === 0 ? charge.amountMinor : sumOf(arrived)
    return { ...charge, id: opened?.id ?? charge.id, amountMinor }
  }
  if (opened === undefined) return undefined
  const { kind: _, token: __, returnUrl: ___, until, ...charge } = opened
  if (nowMs >= Date.parse(until)) return { ...charge, outcome: 'declined', reason: 'expired' }
  return { ...charge, outcome: 'open', action: actionOf(opened), until }
}

function actionOf({ method, token, id }: OpenedRecord): NonNullable<Charge['action']> {
  if (method === 'bank') return { kind: 'redirect', path: `/pay/${token}` }
  if (method === 'script') return { kind: 'script', path: '/script', secret: token }
  return { kind: 'deposit', bank: 'Sandbox Bank', accountNumber: accountNumberOf(id), holder: 'Naru Sandbox' }
}

/** An account for each deposit, derived from its ID so that it is the same after a restart. */
function accountNumberOf(id: string): string {
  const digits = String(BigInt(`0x${id.replaceAll(/[^0-9a-f]/g, '') || '0'}`) % 10n ** 12n).padStart(12, '0')
  return `900-${digits.slice(0, 6)}-${digits.slice(6)}`
}

function sumOf(records: readonly ChargeRecord[]): number {
  return records.reduce((sum, { amountMinor }) => sum + amountMinor, 0)
}
