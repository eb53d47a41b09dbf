import type { Sale } from '../../../../shared/api/sale.ts'
import type { Language } from '../../i18n/translated.ts'
import { count } from '../../layout/format.ts'
import type { OrganiserLiveText } from '../text/organiser-live.ts'

/** One number with what it is compared with. */
type Tile = { name: keyof OrganiserLiveText['tiles']; value: string; note: string }

/** Formats stats: on the server for the page, and in the browser each second. */
export type Stats = {
  phase: string
  tiles: Tile[]
  attention: string
  types: string[][]
  origins: string[][]
}

export function statsOf(sale: Sale, text: OrganiserLiveText, language: Language): Stats {
  const n = (value: number) => count(value, language)
  const { deadLetters, acceptedLong, chargingLong, refundingLong, reversed } = sale.payments
  const attention = deadLetters + acceptedLong + chargingLong + refundingLong + reversed
  return {
    phase: sale.phase === 'open' && sale.draw.awaitsBeacon ? text.awaitsBeacon : text.phases[sale.phase],
    tiles: tilesOf(sale, text, n),
    attention: attention === 0 ? '' : text.attention(n(attention)),
    types: sale.ticketTypes.map(({ name, quantity, free, held, sold }) => [
      name,
      ...[quantity, free, held, sold].map(n),
      percent(quantity === 0 ? 0 : sold / quantity),
    ]),
    origins: sale.origins.map((origin) => originRow(origin, text, n)),
  }
}

function tilesOf(sale: Sale, text: OrganiserLiveText, n: (value: number) => string): Tile[] {
  const { payments } = sale
  const all = sumOver(sale, 'quantity')
  return [
    { name: 'waiting', value: n(sale.waiting), note: text.entered(n(sale.entries)) },
    {
      name: 'called',
      value: n(sale.called),
      note: sale.turnsRetained === 0 ? '' : text.turnsRetained(n(sale.turnsRetained)),
    },
    { name: 'participants', value: n(sale.draw.participants), note: excluded(sale, text, n) },
    { name: 'active', value: n(sale.active), note: text.ofMost(n(sale.maxActive)) },
    { name: 'held', value: n(sumOver(sale, 'held')), note: text.ofAll(n(all)) },
    { name: 'sold', value: n(sumOver(sale, 'sold')), note: text.ofAll(n(all)) },
    { name: 'rate', value: n(callable(sale)), note: rateNote(sale, text, n) },
    { name: 'payments', value: n(payments.waiting), note: '' },
    { name: 'confirmed', value: n(payments.confirmed), note: '' },
    { name: 'declined', value: n(payments.declined), note: '' },
    { name: 'errors', value: n(payments.errors), note: '' },
  ]
}

function excluded({ draw }: Sale, text: OrganiserLiveText, n: (value: number) => string): string {
  const { overNetworkLimit, overDomainLimit } = draw
  return overNetworkLimit + overDomainLimit === 0
    ? ''
    : text.excluded(n(overNetworkLimit), n(overDomainLimit))
}

/** The number of calls per second that the origins can currently take. */
function callable({ ratePerSecond, health }: Sale): number {
  return Math.round(ratePerSecond * health * 10) / 10
}

function rateNote(
  { ratePerSecond, health }: Sale,
  text: OrganiserLiveText,
  n: (value: number) => string,
): string {
  if (health === 0) return text.noShop
  return health >= 1 ? text.allowed(n(ratePerSecond)) : text.slowed(n(ratePerSecond), percent(health))
}

function originRow(
  { name, health, load, lastSeenMsAgo }: Sale['origins'][number],
  text: OrganiserLiveText,
  n: (value: number) => string,
): string[] {
  const measured =
    load === undefined
      ? [text.unknown, text.unknown, text.unknown, text.unknown]
      : [
          ...[load.loopBusyShare, load.processCpuShare, load.machineCpuShare].map(percent),
          text.milliseconds(n(Math.round(load.loopDelayMs))),
        ]
  return [name, percent(health), ...measured, text.secondsAgo(n(Math.floor(lastSeenMsAgo / 1000)))]
}

export function sumOver({ ticketTypes }: Sale, name: 'quantity' | 'free' | 'held' | 'sold'): number {
  return ticketTypes.reduce((sum, type) => sum + type[name], 0)
}

/** Rounded down, so that nearly all is not shown as all. */
function percent(share: number): string {
  return `${Math.floor(share * 100)}%`
}
