import type { readGateListRoute } from '../../../../../shared/api/check-ins.ts'
import type { BodyOf } from '../../../../../shared/api/route-path.ts'
import { type Answer, ask } from '../../../layout/browser/lib/api.ts'
import { isNotPermitted } from '../../../layout/browser/lib/ticket-permission.ts'
import { HASH_BYTES, lettersOf } from './ticket-code.ts'

/** The festival's tickets at an instant, by the hashes of their codes. */
export type TicketList = {
  festival: string
  /** ISO 8601, by the server's clock as far as it was known. */
  at: string
  /** `flagged` is missing in lists stored by an older page. */
  types: { type: number; valid: string; used: string; flagged?: string }[]
}

export type ListedTicket = { hash: string; type: number; isUsed: boolean; isFlagged: boolean }

/** A list with indexes for searching. */
export type ListIndex = {
  at: string
  size: number
  ofHash(hash: string): ListedTicket | undefined
  ofLetters(type: number, letters: string): ListedTicket | undefined
}

const PAGES_MAX = 1000

/**
 * Requests the entire list, page by page; undefined when it is incomplete, `forbidden` when the user may not read it.
 * An unchanged page costs only headers.
 *
 * @param at - the instant recorded as the list's time
 */
export async function fetchList(
  festival: string,
  types: readonly number[],
  at: string,
): Promise<TicketList | 'forbidden' | undefined> {
  const read: TicketList['types'] = []
  for (const type of types) {
    const pages = { type, valid: '', used: '', flagged: '' }
    let after: number | null = 0
    for (let page = 0; after !== null; page += 1) {
      const answer: Answer<BodyOf<typeof readGateListRoute>> = await ask<typeof readGateListRoute>(
        'get',
        '/festivals/{festival}/check-ins/list',
        {
          params: { festival },
          query: { type, after },
        },
      )
      if (isNotPermitted(answer)) return 'forbidden'
      if (answer.status !== 'done' || page >= PAGES_MAX) return undefined
      pages.valid += atob(answer.body.valid)
      pages.used += atob(answer.body.used)
      // Missing in responses of an older origin.
      pages.flagged += atob(answer.body.flagged ?? '')
      after = answer.body.after
    }
    read.push(pages)
  }
  return { festival, at, types: read }
}

export function indexList({ at, types }: TicketList): ListIndex {
  const tickets = new Map<string, ListedTicket>()
  for (const { type, valid, used, flagged = '' } of types) {
    for (const [hashes, isUsed, isFlagged] of [
      [valid, false, false],
      [used, true, false],
      [flagged, false, true],
    ] as const) {
      for (let i = 0; i < hashes.length; i += HASH_BYTES) {
        const hash = hashes.slice(i, i + HASH_BYTES)
        tickets.set(hash, { hash, type, isUsed, isFlagged })
      }
    }
  }
  return {
    at,
    size: tickets.size,
    ofHash: (hash) => tickets.get(hash),
    ofLetters(type, letters) {
      for (const ticket of tickets.values()) {
        if (ticket.type === type && lettersOf(ticket.hash) === letters) return ticket
      }
      return undefined
    },
  }
}
