import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise'
import { connectionTo } from './connection.ts'

/**
 * Checks whether MySQL works, on a dedicated connection: those of a pool may all be busy with work that does not end.
 */
export type DatabaseProbe = {
  /** Rejects when the check fails, or when it is called again before it has finished. */
  ask(): Promise<'writable' | 'read-only'>
  close(): void
}

const CONNECT_TIMEOUT_MS = 2000

export function createDatabaseProbe({ url }: { url: string }): DatabaseProbe {
  let connection: Connection | undefined
  let turn = 0
  let isAsking = false

  function drop(): void {
    connection?.destroy()
    connection = undefined
  }

  async function open(): Promise<Connection> {
    const opened = await createConnection({ ...connectionTo(url), connectTimeout: CONNECT_TIMEOUT_MS })
    // A connection lost while idle is replaced at the next check.
    opened.on('error', () => {
      if (connection === opened) drop()
    })
    return opened
  }

  async function ask(mine: number): Promise<'writable' | 'read-only'> {
    const own = connection ?? (await open())
    if (mine !== turn) {
      own.destroy()
      throw new Error('MySQL took too long to let a connection in')
    }
    connection = own
    const [rows] = await own.query<RowDataPacket[]>('select @@global.read_only as readOnly')
    return isOff(rows[0]?.['readOnly']) ? 'writable' : 'read-only'
  }

  return {
    async ask() {
      if (isAsking) drop()
      isAsking = true
      turn += 1
      const mine = turn
      try {
        return await ask(mine)
      } catch (error) {
        if (mine === turn) drop()
        throw error
      } finally {
        if (mine === turn) isAsking = false
      }
    },
    close() {
      turn += 1
      drop()
    },
  }
}

/** MariaDB returns it as a word from version 12 on. */
function isOff(value: unknown): boolean {
  return value === 0 || value === '0' || value === 'OFF'
}
