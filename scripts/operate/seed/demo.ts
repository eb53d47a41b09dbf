import type { Database } from '../../../drizzle/database.ts'
import { readKnownAccounts } from '../../../origin/accounts/accounts-of-address.ts'
import { createPasswords } from '../../../origin/accounts/passwords.ts'
import { signUp } from '../../../origin/accounts/sign-up.ts'
import { makeFestival, type NewFestival } from '../../../origin/catalogue/make-festival.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import type { Role } from '../../../shared/tokens/kinds.ts'
import { accountWith, addToTeam, makeOperator } from './teams.ts'

const DAY_MS = 86_400_000

/** An account that can sign in to the demo; the passwords are for hosts that only this user can reach. */
export type DemoAccount = { role: Role; email: string; password: string }

const ACCOUNTS: readonly (DemoAccount & { name: string })[] = [
  { role: 'organiser', email: 'organiser@naru.test', password: 'naru-organiser', name: 'Olla Organiser' },
  { role: 'staff', email: 'staff@naru.test', password: 'naru-staff', name: 'Sori Staff' },
  { role: 'fan', email: 'fan@naru.test', password: 'naru-fan-1', name: 'Pana Fan' },
]

/**
 * Creates the demo festival and one account of each role, where they are missing. Returns their credentials and
 * addresses.
 */
export async function seedDemo(
  deps: { db: Database; now: Clock },
  festival: NewFestival,
): Promise<{ festival: string; accounts: DemoAccount[] }> {
  const passwords = createPasswords(1, ACCOUNTS.length)
  for (const { role, email, password, name } of ACCOUNTS) {
    // With a changed password, a new account would be created that has the role too.
    if ((await readKnownAccounts(deps.db, email)).rows.length > 0) continue
    await signUp({ ...deps, passwords }, { email, password, name, roles: [role] })
  }
  await makeFestival(deps, festival)
  const owner = await accountWith(deps.db, 'organiser@naru.test')
  const gate = await accountWith(deps.db, 'staff@naru.test')
  await addToTeam(deps.db, festival.id, [
    { account: owner, role: 'owner' },
    { account: gate, role: 'gate' },
  ])
  await makeOperator(deps.db, owner)
  return { festival: festival.id, accounts: ACCOUNTS.map(({ name: _, ...account }) => account) }
}

export type SaleOptions = { units: number; ratePerSecond: number; maxActive: number }

/** A festival on sale from now on for a month; its units are spread over four ticket types. */
export function festivalOnSale(id: string, now: number, options: SaleOptions): NewFestival {
  const opensAt = new Date(now)
  const closesAt = new Date(now + 30 * DAY_MS)
  const shares: [name: string, share: number, priceMinor: number][] = [
    ['Weekend', 0.5, 180_000],
    ['Friday', 0.2, 70_000],
    ['Saturday', 0.2, 90_000],
    ['Camping', 0.1, 230_000],
  ]
  const units = spread(
    options.units,
    shares.map(([, share]) => share),
  )
  return {
    id,
    name: 'Naru Landing Festival',
    place: 'Ttukseom Park, Seoul',
    startsAt: new Date(now + 60 * DAY_MS),
    endsAt: new Date(now + 62 * DAY_MS),
    currency: 'KRW',
    sellerName: 'Naru Landing Co., Ltd. (demo)',
    sellerRepresentative: 'Kim Naru',
    sellerRegistration: '000-00-00000',
    sellerMailOrder: '2026-Seoul-0000',
    sellerAddress: '139 Gangbyeonbuk-ro, Gwangjin-gu, Seoul',
    sellerEmail: 'help@landing.example',
    sellerPhone: '02-000-0000',
    room: {
      order: 'arrival',
      lobbyAt: opensAt,
      opensAt,
      closesAt,
      ratePerSecond: options.ratePerSecond,
      maxActive: options.maxActive,
      entriesMax: 1_000_000,
      graceSeconds: 120,
      passSeconds: 600,
      holdSeconds: 420,
    },
    ticketTypes: shares.map(([name, , priceMinor], i) => ({
      name,
      priceMinor,
      quantity: units[i] ?? 0,
      accountLimit: 4,
      saleFrom: opensAt,
      saleTo: closesAt,
      refundUntil: new Date(now + 50 * DAY_MS),
    })),
  }
}

/** Whole numbers that add up to `total`, in proportion to the shares; the first takes the remainder. */
function spread(total: number, shares: readonly number[]): number[] {
  const parts = shares.map((share) => Math.floor(total * share))
  const left = total - parts.reduce((sum, part) => sum + part, 0)
  return parts.map((part, i) => (i === 0 ? part + left : part))
}
