import type { BeaconRule } from '../../../../shared/api/draw-record.ts'
import type { Festival } from '../../../../shared/catalogue.ts'

/** A sale's figures as the API has them. Shares are from 0 to 1. */
export type Sale = {
  room: string
  at: string
  phase: 'restoring' | 'scheduled' | 'lobby' | 'open' | 'paused' | 'closed'
  entries: number
  serving: number
  waiting: number
  called: number
  turnsKept: number
  inside: number
  /** Places that take part in the draw, proven ones that a limit keeps out, and whether it waits for the beacon. */
  draw: { participants: number; overNetworkLimit: number; overDomainLimit: number; awaitsBeacon: boolean }
  maxActive: number
  ratePerSecond: number
  /** Of the settings: another one after each change. */
  version: number
  health: number
  ticketTypes: { type: number; name: string; quantity: number; free: number; held: number; sold: number }[]
  origins: {
    name: string
    heardMsAgo: number
    health: number
    load?: {
      loopBusyShare: number
      loopDelayMs: number
      processCpuShare: number
      machineCpuShare: number
      queueShare: number
    }
  }[]
  payments: {
    waiting: number
    confirmed: number
    declined: number
    troubled: number
    setAside: number
    acceptedLong: number
    chargingLong: number
    refundingLong: number
    reversed: number
  }
}

/** A room's settings as the API has them; those that are steered here. */
export type RoomSettings = {
  id: string
  order: 'draw' | 'arrival'
  lobbyAt: string
  opensAt: string
  closesAt: string
  ratePerSecond: number
  maxActive: number
  entriesMax: number
  entriesPerAddressMax: number
  proofOfWork: number
  participantsPerNetworkMax: number
  participantsPerDomainMax: number
  beacon: BeaconRule
  paused: boolean
  notice: { ko: string | null; en: string | null } | null
  version: number
}

/** A line of the audit log as the API has it; `subject` where it is of more than one. */
export type Change = {
  id: number
  at: string
  account: { id: string; name: string }
  action: string
  subject?: string
  before: Record<string, unknown>
  after: Record<string, unknown>
}

/** What pages need of a festival: also of one that gateways do not show yet. */
export type FestivalName = Pick<Festival, 'id' | 'name' | 'timeZone'> & {
  ticketTypes: readonly { id: number; name: string }[]
}
