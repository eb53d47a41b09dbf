import { type Facts, isQuiet } from './facts.ts'
import type { Finding, Verdict } from './finding.ts'

/** `account:type` → units; the same key as the field that Redis counts them under. */
type Units = Map<string, number>

/**
 * Invariant 4: no account exceeds its limit of a type, counting held and sold. Units owned in MySQL and units held in
 * Redis later never overlap once holds of confirmed payments are left out, so this holds in flight too. The counts in
 * Redis are only compared when nothing moved.
 */
export function checkLimits(facts: Facts): Verdict {
  const owned = ownedUnits(facts)
  const held = heldUnits(facts)
  const limits = limitsInForce(facts)
  const wanted = new Set([...owned.keys(), ...held.keys()])
  const accounts = new Set([...wanted].map((key) => splitKey(key).account))
  const quiet = facts.after !== undefined && isQuiet(facts)
  return {
    checked: { accounts: accounts.size },
    findings: [
      ...[...wanted].flatMap((key) =>
        checkLimit(facts, key, {
          owned: owned.get(key) ?? 0,
          held: held.get(key) ?? 0,
          stored: limits.get(key) ?? 0,
        }),
      ),
      ...(quiet
        ? [...new Set([...wanted, ...facts.counts.keys()])].flatMap((key) =>
            checkCount(key, (owned.get(key) ?? 0) + (held.get(key) ?? 0), facts.counts.get(key) ?? 0),
          )
        : []),
    ],
  }
}

function ownedUnits({ sales }: Facts): Units {
  const owned: Units = new Map()
  for (const { order, type, isVoid } of sales.tickets) {
    if (isVoid) continue
    const account = sales.orders.get(order)?.account
    // A ticket without an order breaks invariant 2.
    if (account !== undefined) add(owned, account, type, 1)
  }
  return owned
}

function heldUnits({ sales, after }: Facts): Units {
  const held: Units = new Map()
  for (const { account, basket, payment } of after?.holds.values() ?? []) {
    const isOwned = payment !== undefined && sales.payments.get(payment)?.state === 'confirmed'
    if (isOwned) continue
    for (const { type, quantity } of basket) add(held, account, type, quantity)
  }
  return held
}

/**
 * The highest limit under which an account took a hold that it has, or has paid for: lowering a limit later revokes
 * nothing.
 */
function limitsInForce({ sales, after }: Facts): Units {
  const stored: Units = new Map()
  const confirmed = [...sales.payments.values()].filter(({ state }) => state === 'confirmed')
  for (const { account, basket } of [...confirmed, ...(after?.holds.values() ?? [])]) {
    for (const { type, limit = 0 } of basket) {
      const key = keyOf(account, type)
      stored.set(key, Math.max(stored.get(key) ?? 0, limit))
    }
  }
  return stored
}

function checkLimit(
  { sales }: Facts,
  key: string,
  { owned, held, stored }: { owned: number; held: number; stored: number },
): Finding[] {
  const { account, type } = splitKey(key)
  const today = sales.types.get(type)?.accountLimit
  if (today === undefined) return []
  const limit = Math.max(today, stored)
  if (owned + held <= limit) return []
  return [
    {
      breach: 'an account exceeds its limit',
      id: account,
      detail: `type ${type}: owns ${owned}, holds ${held}, limit ${limit}`,
    },
  ]
}

function checkCount(key: string, units: number, counted: number): Finding[] {
  if (units === counted) return []
  const { account, type } = splitKey(key)
  return [
    {
      breach: 'Redis counts other than what an account owns and holds',
      id: account,
      detail: `type ${type}: counts ${counted}, owns and holds ${units}`,
    },
  ]
}

function add(units: Units, account: string, type: number, quantity: number): void {
  const key = keyOf(account, type)
  units.set(key, (units.get(key) ?? 0) + quantity)
}

function keyOf(account: string, type: number): string {
  return `${account}:${type}`
}

function splitKey(key: string): { account: string; type: number } {
  const at = key.lastIndexOf(':')
  return { account: key.slice(0, at), type: Number(key.slice(at + 1)) }
}
