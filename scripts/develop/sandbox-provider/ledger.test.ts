import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ChargeRecord } from './records.ts'
import { newLedgerPath, ORDER, openTestLedger } from './testing.ts'

function record(key: string): ChargeRecord {
  return {
    kind: 'charge',
    id: `ch_${key}`,
    key,
    ...ORDER,
    outcome: 'succeeded',
    at: '2026-05-01T00:00:00.000Z',
  }
}

function line(seq: number, key: string): string {
  return `${JSON.stringify({ seq, ...record(key) })}\n`
}

async function fileWith(text: string): Promise<string> {
  const path = await newLedgerPath()
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
  return path
}

describe('the ledger', () => {
  it('has a record on disk before it confirms it, and shows it only then', async () => {
    const path = await newLedgerPath()
    const ledger = await openTestLedger(path)
    const appended = ledger.append(record('a'))
    expect(ledger.records).toEqual([])
    await appended
    expect(ledger.records).toEqual([record('a')])
    expect(await readFile(path, 'utf8')).toBe(line(1, 'a'))
  })

  it('keeps the order of concurrent records, and reads them back', async () => {
    const path = await newLedgerPath()
    const ledger = await openTestLedger(path, 5000)
    const records = Array.from({ length: 3000 }, (_, i) => record(`key-${i}`))
    await Promise.all(records.map((each) => ledger.append(each)))
    expect(ledger.records).toEqual(records)
    await ledger.close()
    expect((await openTestLedger(path, 5000)).records).toEqual(records)
  })

  it('reads back a file of more than one read, with characters of several bytes', async () => {
    const long = { ...record('long'), reference: '나루'.repeat(30) }
    const text = Array.from({ length: 5000 }, (_, i) => `${JSON.stringify({ seq: i + 1, ...long })}\n`).join(
      '',
    )
    const path = await fileWith(text)
    expect(Buffer.byteLength(text)).toBeGreaterThan(1024 * 1024)
    const { records } = await openTestLedger(path, 5000)
    expect(records).toHaveLength(5000)
    expect(records.every((each) => each.kind === 'charge' && each.reference === long.reference)).toBe(true)
  })

  it.each(['{"seq":2,"ki', JSON.stringify({ seq: 2, ...record('b') })])(
    'drops a last line that was not finished, and goes on after it: %s',
    async (torn) => {
      const path = await fileWith(line(1, 'a') + torn)
      const ledger = await openTestLedger(path)
      expect(ledger.records).toEqual([record('a')])
      await ledger.append(record('c'))
      expect(await readFile(path, 'utf8')).toBe(line(1, 'a') + line(2, 'c'))
    },
  )

  it('starts empty from a file with nothing but an incomplete line', async () => {
    expect((await openTestLedger(await fileWith('{"se'))).records).toEqual([])
  })

  it('refuses a file in which a finished line is damaged, missing or one too many', async () => {
    await expect(openTestLedger(await fileWith(`${line(1, 'a')}\0\0\n`))).rejects.toThrow(
      'line 2 is not entry 2',
    )
    await expect(openTestLedger(await fileWith(line(1, 'a') + line(3, 'c')))).rejects.toThrow(
      'line 2 is not entry 2',
    )
    await expect(openTestLedger(await fileWith(line(1, 'a') + line(2, 'b')), 1)).rejects.toThrow(
      'more than 1 records',
    )
  })

  it('counts records on their way to disk towards its limit', async () => {
    const ledger = await openTestLedger(await newLedgerPath(), 2)
    const first = ledger.append(record('a'))
    expect(ledger.isFull()).toBe(false)
    const second = ledger.append(record('b'))
    expect(ledger.isFull()).toBe(true)
    await expect(ledger.append(record('c'))).rejects.toThrow('full')
    await Promise.all([first, second])
    expect(ledger.records).toHaveLength(2)
  })

  it('writes pending records before it closes, and accepts none afterwards', async () => {
    const path = await newLedgerPath()
    const ledger = await openTestLedger(path)
    const appended = [ledger.append(record('a')), ledger.append(record('b'))]
    await ledger.close()
    await Promise.all(appended)
    await expect(ledger.append(record('c'))).rejects.toThrow('closed')
    expect(await readFile(path, 'utf8')).toBe(line(1, 'a') + line(2, 'b'))
  })

  it('returns its entries page by page', async () => {
    const path = await fileWith(line(1, 'a') + line(2, 'b'))
    await appendFile(path, line(3, 'c'))
    const ledger = await openTestLedger(path)
    expect(ledger.page(0, 2)).toEqual({
      entries: [
        { seq: 1, ...record('a') },
        { seq: 2, ...record('b') },
      ],
      next: 2,
    })
    expect(ledger.page(2, 2)).toEqual({ entries: [{ seq: 3, ...record('c') }], next: null })
    expect(ledger.page(1, 2).next).toBeNull()
    expect(ledger.page(9, 2)).toEqual({ entries: [], next: null })
  })
})
