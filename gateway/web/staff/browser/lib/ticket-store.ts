import type { CheckInWindow } from '../../staff-verdict.ts'
import type { TicketKey } from './ticket-code.ts'
import type { TicketList } from './ticket-list.ts'
import type { Scan } from './ticket-scan.ts'
import type { KnownStats } from './ticket-stats.ts'

/** The server's latest times: the check-in window, and its clock minus this device's. */
type GateTerms = { window: CheckInWindow; offsetMs: number | undefined }

/** The data that a device at a gate stores across reloads. */
export type TicketStore = {
  readScans(festival: string): Promise<Scan[]>
  writeScan(scan: Scan): Promise<void>
  forgetScan(id: string): Promise<void>
  readList(festival: string): Promise<TicketList | undefined>
  writeList(list: TicketList): Promise<void>
  /** Deletes the data for evaluating tickets offline, of all festivals; scans are preserved, to be sent. */
  forgetLists(): Promise<void>
  readKeys(): Promise<TicketKey[] | undefined>
  writeKeys(keys: TicketKey[]): Promise<void>
  readTerms(festival: string): Promise<GateTerms | undefined>
  writeTerms(festival: string, terms: GateTerms): Promise<void>
  readStats(festival: string): Promise<KnownStats | undefined>
  writeStats(festival: string, stats: KnownStats): Promise<void>
  /** The device's random ID, by which the server distinguishes its scans from those of others. */
  readDevice(): Promise<string | undefined>
  writeDevice(device: string): Promise<void>
}

const NAME = 'naru-staff'
const VERSION = 1

/** In IndexedDB; rejects where the browser has none, as in some private windows. */
export async function openTicketStore(): Promise<TicketStore> {
  const db = await opened()

  /** One transaction of one request; resolves once it is durable. */
  function run<T>(store: string, mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>) {
    return new Promise<T>((resolve, reject) => {
      const transaction = db.transaction(store, mode)
      const request = act(transaction.objectStore(store))
      transaction.oncomplete = () => resolve(request.result)
      transaction.onabort = () => reject(transaction.error)
    })
  }

  return {
    readScans: (festival) =>
      run<Scan[]>('scans', 'readonly', (scans) => scans.index('festival').getAll(festival)),
    async writeScan(scan) {
      await run('scans', 'readwrite', (scans) => scans.put(scan))
    },
    async forgetScan(id) {
      await run('scans', 'readwrite', (scans) => scans.delete(id))
    },
    readList: (festival) => run<TicketList | undefined>('lists', 'readonly', (lists) => lists.get(festival)),
    async writeList(list) {
      await run('lists', 'readwrite', (lists) => lists.put(list))
    },
    async forgetLists() {
      await run('lists', 'readwrite', (lists) => lists.clear())
      await run('keys', 'readwrite', (keys) => keys.delete('all'))
    },
    async readKeys() {
      const stored = await run<{ keys: TicketKey[] } | undefined>('keys', 'readonly', (keys) =>
        keys.get('all'),
      )
      return stored?.keys
    },
    async writeKeys(keys) {
      await run('keys', 'readwrite', (store) => store.put({ id: 'all', keys }))
    },
    readTerms: (festival) =>
      run<GateTerms | undefined>('keys', 'readonly', (store) => store.get(`terms:${festival}`)),
    async writeTerms(festival, { window, offsetMs }) {
      await run('keys', 'readwrite', (store) => store.put({ id: `terms:${festival}`, window, offsetMs }))
    },
    readStats: (festival) =>
      run<KnownStats | undefined>('keys', 'readonly', (store) => store.get(`stats:${festival}`)),
    async writeStats(festival, stats) {
      await run('keys', 'readwrite', (store) => store.put({ id: `stats:${festival}`, ...stats }))
    },
    async readDevice() {
      const stored = await run<{ device: string } | undefined>('keys', 'readonly', (store) =>
        store.get('device'),
      )
      return stored?.device
    },
    async writeDevice(device) {
      await run('keys', 'readwrite', (store) => store.put({ id: 'device', device }))
    },
  }
}

function opened(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION)
    request.onupgradeneeded = () => {
      request.result.createObjectStore('scans', { keyPath: 'id' }).createIndex('festival', 'festival')
      request.result.createObjectStore('lists', { keyPath: 'festival' })
      request.result.createObjectStore('keys', { keyPath: 'id' })
    }
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

/** Stores nothing: the page works while it is open. */
export const forgetfulStore: TicketStore = {
  readScans: async () => [],
  writeScan: async () => {},
  forgetScan: async () => {},
  readList: async () => undefined,
  writeList: async () => {},
  forgetLists: async () => {},
  readKeys: async () => undefined,
  writeKeys: async () => {},
  readTerms: async () => undefined,
  writeTerms: async () => {},
  readStats: async () => undefined,
  writeStats: async () => {},
  readDevice: async () => undefined,
  writeDevice: async () => {},
}
