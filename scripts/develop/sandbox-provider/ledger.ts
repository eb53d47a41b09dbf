import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { createGroupCommit } from '../../../shared/runtime/group-commit.ts'
import type { Logger } from '../../../shared/runtime/log.ts'
import { type LedgerEntry, type LedgerRecord, ledgerEntrySchema } from './records.ts'

export type Ledger = {
  /** Every record that is on disk, in order; a record's seq is its index plus one. */
  readonly records: readonly LedgerRecord[]
  /** True when no further record fits, counting those on their way to disk. */
  isFull(): boolean
  /** Resolves with the record's seq once it is on disk. Throws when the ledger is full, closed or broken. */
  append(record: LedgerRecord): Promise<number>
  /** Up to `limit` entries whose seq is above `after`; `next` continues, or is null at the end. */
  page(after: number, limit: number): { entries: LedgerEntry[]; next: number | null }
  /** Writes pending records, then closes the file. */
  close(): Promise<void>
}

export type LedgerOptions = {
  path: string
  recordsMax: number
  log: Logger
  /** Called once when the disk fails. From then on only the file has the true state: end the process. */
  onFailure: (error: unknown) => void
}

/**
 * Opens the file of JSON lines that holds every charge and refund, creating it if needed, and reads it back.
 * An unfinished last line, which nobody was ever answered about, is cut off.
 *
 * @throws when a finished line is not the entry it should be, or the file has more than `recordsMax` of them
 */
export async function openLedger({ path, recordsMax, log, onFailure }: LedgerOptions): Promise<Ledger> {
  await mkdir(dirname(path), { recursive: true })
  const file = await open(path, 'a+')
  try {
    const records = await readBack(file, path, recordsMax, log)
    await syncDirectory(dirname(path))
    return createLedger(file, records, recordsMax, onFailure)
  } catch (error) {
    await file.close()
    throw error
  }
}

function createLedger(
  file: FileHandle,
  records: LedgerRecord[],
  recordsMax: number,
  onFailure: LedgerOptions['onFailure'],
): Ledger {
  let appendedCount = records.length
  let isClosed = false
  let broken: Error | undefined

  /** One write and one sync for all that arrived while the last ones ran. */
  const writer = createGroupCommit<LedgerRecord, number>(BATCH_RECORDS_MAX, async (batch) => {
    if (broken !== undefined) throw broken
    const entries = batch.map((record, i) => ({ seq: records.length + i + 1, ...record }))
    try {
      await file.appendFile(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''))
      await file.datasync()
    } catch (error) {
      // After a failed sync the disk's contents are unknown, so nothing more is written to it.
      broken = new Error('The ledger cannot be written', { cause: error })
      onFailure(error)
      throw broken
    }
    records.push(...batch)
    return entries.map((entry) => entry.seq)
  })

  return {
    records,
    isFull: () => appendedCount >= recordsMax,
    async append(record) {
      if (isClosed) throw new Error('The ledger is closed')
      if (appendedCount >= recordsMax) throw new Error('The ledger is full')
      appendedCount += 1
      return await writer.add(record)
    },
    page(after, limit) {
      const entries = records
        .slice(after, after + limit)
        .map((record, i) => ({ seq: after + i + 1, ...record }))
      const last = after + entries.length
      return { entries, next: last < records.length ? last : null }
    },
    async close() {
      isClosed = true
      await writer.idle()
      await file.close()
    },
  }
}

async function readBack(
  file: FileHandle,
  path: string,
  recordsMax: number,
  log: Logger,
): Promise<LedgerRecord[]> {
  const records: LedgerRecord[] = []
  let tail = Buffer.alloc(0)
  let wholeBytes = 0
  for await (const chunk of file.createReadStream({
    start: 0,
    autoClose: false,
    highWaterMark: READ_BYTES,
  })) {
    const bytes = Buffer.concat([tail, chunk])
    let from = 0
    for (let to = bytes.indexOf(NEWLINE); to !== -1; to = bytes.indexOf(NEWLINE, from)) {
      const seq = records.length + 1
      if (seq > recordsMax) throw new Error(`${path} holds more than ${recordsMax} records`)
      records.push(parseLine(bytes.toString('utf8', from, to), seq, path))
      from = to + 1
    }
    wholeBytes += from
    tail = bytes.subarray(from)
  }
  if (tail.length > 0) {
    await file.truncate(wholeBytes)
    await file.datasync()
    log.warn({ path, droppedBytes: tail.length, records: records.length }, 'dropped a torn last line')
  }
  return records
}

function parseLine(line: string, seq: number, path: string): LedgerRecord {
  try {
    const { seq: found, ...record } = ledgerEntrySchema.parse(JSON.parse(line))
    if (found !== seq) throw new Error(`seq is ${found}`)
    return record
  } catch (error) {
    throw new Error(`${path} is damaged: line ${seq} is not entry ${seq}`, { cause: error })
  }
}

/** Makes a new file's name as durable as its content. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

const BATCH_RECORDS_MAX = 1000
const READ_BYTES = 1024 * 1024
const NEWLINE = 0x0a
