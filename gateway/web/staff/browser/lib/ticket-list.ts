import { ask } from '../../../layout/browser/lib/api.ts'
import { isNotPermitted } from '../../../layout/browser/lib/ticket-permission.ts'
import { HASH_BYTES, lettersOf } from './ticket-code.ts'

/** The festival's tickets as they were at an instant, by what stands for their codes. */
export type TicketList = {
  festival: string
  /** ISO 8601, by the server's clock as far as that was known. */
  at: string
  /** `flagged` is missing in lists that an older page kept. */
  types: { type: number; valid: string; used: string; flagged?: string }[]
}

export type ListedTicket = { hash: string; type: number; isUsed: boolean; isFlagged: boolean }

/** A list as it is searched. */
export type ListIndex = {
  at: string
  size: number
  ofHash(hash: string): ListedTicket | undefined
  ofLetters(type: number, letters: string): ListedTicket | undefined
}

/** `flagged` is missing where an older origin answers. */
type ListPage = { valid: string; used: string; flagged?: string; after: number | null }

const PAGES_MAX = 1000

/**
 * Asks for the whole list, page by page; undefined when not all of it came, `forbidden` when it is for others. What has not changed costs a header.
 *
 * @param at - the instant to date it by
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
      const path: string = `/api/festivals/${festival}/check-ins/list?type=${type}&after=${after}`
      const answer = await ask<ListPage>('GET', path)
      if (isNotPermitted(answer)) return 'forbidden'
      if (answer.status !== 'done' || page >= PAGES_MAX) return undefined
      pages.valid += atob(answer.body.valid)
      pages.used += atob(answer.body.used)
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
