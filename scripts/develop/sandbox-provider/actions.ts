import { randomUUID } from 'node:crypto'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { ChargeStates } from './charge-states.ts'
import type { Ledger } from './ledger.ts'
import type { Charge, ChargeRecord, OpenedRecord } from './records.ts'

/** How the fan ends an open charge. An amount other than the ordered one imitates a provider that charged wrongly. */
export type Ending =
  | { outcome: 'succeeded'; amountMinor?: number }
  | { outcome: 'declined'; reason: 'bank-declined' | 'cancelled' }

type Ended =
  | { status: 'ended'; charge: Charge }
  /** It had ended before, and stays as it was. */
  | { status: 'already-ended'; charge: Charge }
  | { status: 'charge-unknown' }
  | { status: 'ledger-full' }

export type Actions = {
  end(key: string, ending: Ending): Promise<Ended>
  /** Money arrives in the account of a deposit: any amount, any number of times, also after its end. */
  deposit(key: string, amountMinor: number): Promise<Ended>
}

type ActionsDeps = { ledger: Pick<Ledger, 'isFull' | 'append'>; states: ChargeStates; now: Clock }

/** What fans do to open charges. Concurrent endings of one charge take turns, and the first one counts. */
export function createActions({ ledger, states, now }: ActionsDeps): Actions {
  const turns = new Map<string, Promise<Ended>>()

  async function inTurn(key: string, run: () => Promise<Ended>): Promise<Ended> {
    const before = turns.get(key)
    const turn = before === undefined ? run() : before.then(run, run)
    turns.set(key, turn)
    try {
      return await turn
    } finally {
      if (turns.get(key) === turn) turns.delete(key)
    }
  }

  async function record(key: string, outcome: Omit<ChargeRecord, 'at'>): Promise<Ended> {
    if (ledger.isFull()) return { status: 'ledger-full' }
    const made = { ...outcome, at: new Date(now()).toISOString() }
    await ledger.append(made)
    states.note(made)
    const charge = states.read(key)
    return charge === undefined ? { status: 'charge-unknown' } : { status: 'ended', charge }
  }

  return {
    end: (key, ending) =>
      inTurn(key, async () => {
        const charge = states.read(key)
        if (charge === undefined) return { status: 'charge-unknown' }
        if (charge.outcome !== 'open') return { status: 'already-ended', charge }
        return await record(key, { ...orderOf(charge), id: charge.id, ...ending })
      }),
    deposit: (key, amountMinor) =>
      inTurn(key, async () => {
        const charge = states.read(key)
        if (charge?.method !== 'deposit') return { status: 'charge-unknown' }
        const id = charge.outcome === 'open' ? charge.id : `ch_${randomUUID()}`
        return await record(key, { ...orderOf(charge), id, amountMinor, outcome: 'succeeded' })
      }),
  }
}

function orderOf({ key, amountMinor, currency, method, reference }: Charge) {
  return { kind: 'charge' as const, key, amountMinor, currency, method, reference }
}

/** The record of a charge that the fan has to complete. */
export function openedRecord(
  key: string,
  order: Pick<OpenedRecord, 'amountMinor' | 'currency' | 'method' | 'reference'> & {
    returnUrl?: string | undefined
  },
  { until, at }: { until: string; at: string },
): OpenedRecord {
  const { amountMinor, currency, method, reference, returnUrl } = order
  return {
    ...{ kind: 'opened', id: `ch_${randomUUID()}`, key, amountMinor, currency, method, reference },
    ...{ token: randomUUID(), until, at },
    ...(returnUrl === undefined ? {} : { returnUrl }),
  }
}
