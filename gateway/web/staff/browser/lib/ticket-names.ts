import type { readGateNamesRoute } from '../../../../../shared/api/check-ins.ts'
import type { BodyOf } from '../../../../../shared/api/route-path.ts'
import { type Answer, ask } from '../../../layout/browser/lib/api.ts'
import { HASH_BYTES } from './ticket-code.ts'

/**
 * The holders of tickets, for a gate without a network. It is the only personal data that a device stores, in a
 * separate database: until check-in is over, a day without updates has passed, or a user signs in or out.
 */
export type TicketNames = {
  festival: string
  /** When it was fetched, in milliseconds. */
  atMs: number
  nameOf: Map<string, string>
}

export type NameStore = {
  read(festival: string): Promise<TicketNames | undefined>
  write(names: TicketNames): Promise<void>
  forget(): Promise<void>
}

const NAME = 'naru-staff-names'
const STORE = 'names'
const PAGES_MAX = 1000
export const NAMES_STORED_MS_MAX = 86_400_000

/**
 * @returns the names of all tickets; `forbidden` when the user may not read them any more; undefined when incomplete
 */
export async function fetchNames(
  festival: string,
  types: readonly number[],
  atMs: number,
): Promise<TicketNames | 'forbidden' | undefined> {
  const nameOf = new Map<string, string>()
  for (const type of types) {
    let after: number | null = 0
    for (let page = 0; after !== null; page += 1) {
      const answer: Answer<BodyOf<typeof readGateNamesRoute>> = await ask<typeof readGateNamesRoute>(
        'get',
        '/festivals/{festival}/check-ins/names',
        {
          params: { festival },
          query: { type, after },
        },
      )
      if (answer.status === 'refused' && [403, 404].includes(answer.problem.status)) return 'forbidden'
      if (answer.status !== 'done' || page >= PAGES_MAX) return undefined
      const hashes = atob(answer.body.hashes)
      for (const [i, name] of answer.body.names.entries()) {
        nameOf.set(hashes.slice(i * HASH_BYTES, (i + 1) * HASH_BYTES), name)
      }
      after = answer.body.after
    }
  }
  return { festival, atMs, nameOf }
}

/** In IndexedDB; without it, names are available while the page is open. */
export function openNameStore(): NameStore {
  return {
    read: (festival) => run('readonly', (names) => names.get(festival)).catch(() => undefined),
    write: (names) => run('readwrite', (store) => store.put(names)).then(nothing, nothing),
    forget: () => run('readwrite', (names) => names.clear()).then(nothing, nothing),
  }
}

function nothing(): void {}

async function run<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const db = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(NAME, 1)
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: 'festival' })
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
  try {
    return await new Promise((resolve, reject) => {
      const transaction = db.transaction(STORE, mode)
      const request = act(transaction.objectStore(STORE))
      transaction.oncomplete = () => resolve(request.result)
      transaction.onabort = () => reject(transaction.error)
    })
  } finally {
    db.close()
  }
}
