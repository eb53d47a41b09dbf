import { describe, expect, it } from 'vitest'
import type { ProblemDocument } from '../../../../../shared/api/problem.ts'
import type { Answer } from '../../../layout/browser/lib/api.ts'
import { openGateLog } from './ticket-log.ts'
import { type BatchResult, reconcile, type SentScan } from './ticket-reconcile.ts'
import type { Scan } from './ticket-scan.ts'

const LIMITS = { queueMax: 60, storedMax: 3 }

function makeStore() {
  const scans = new Map<string, Scan>()
  return {
    readScans: async (festival: string) => [...scans.values()].filter((scan) => scan.festival === festival),
    writeScan: async (scan: Scan) => void scans.set(scan.id, scan),
    forgetScan: async (id: string) => void scans.delete(id),
  }
}

function scanOf(n: number, more: Partial<Scan> = {}): Scan {
  const at = new Date(1_800_000_000_000 + n * 1000).toISOString()
  const scan = { id: `id-${n}`, festival: 'f', qr: `qr-${n}`, gate: 'North', at, hash: `hash-${n}` }
  return { ...scan, label: `Type ${n}`, state: 'waiting', isUndone: false, ...more }
}

async function openLog(count: number) {
  const store = makeStore()
  const log = await openGateLog(store, 'f', LIMITS)
  for (let n = 1; n <= count; n += 1) await log.add(scanOf(n))
  return { store, log }
}

type BatchAnswer = Answer<{ results: BatchResult[] }>

const done = (results: BatchResult[]): BatchAnswer => ({ status: 'done', body: { results } })
const refused = (status: number): BatchAnswer => ({
  status: 'refused',
  problem: { type: '', title: '', status, code: 'invalid-input' } satisfies ProblemDocument,
})

/** A server that accepts everything, and the requests it received. */
function takesAll() {
  const batches: SentScan[][] = []
  const send = async (scans: SentScan[]) => {
    batches.push(scans)
    return done(scans.map(({ undone }) => ({ result: undone === true ? 'undone' : 'admitted' })))
  }
  return { batches, send }
}

/** A server that accepts everything, over a network that loses its responses. */
const losing = (send: (scans: SentScan[]) => Promise<unknown>) => async (scans: SentScan[]) => {
  await send(scans)
  return { status: 'unavailable' } as const
}

describe('a scan queued for the network', () => {
  it('is sent oldest first, in batches that the API accepts, and once', async () => {
    const { log } = await openLog(60)
    const { batches, send } = takesAll()
    expect(await reconcile(log, send)).toBe(true)
    expect(batches.map(({ length }) => length)).toEqual([25, 25, 10])
    expect(batches[0]?.[0]).toEqual({ id: 'id-1', qr: 'qr-1', gate: 'North', at: scanOf(1).at })
    expect(await reconcile(log, send)).toBe(true)
    expect(batches).toHaveLength(3)
    expect(log.of('id-1')).toMatchObject({ state: 'sent', qr: '' })
  })

  it('is still queued after a reload, and when the network fails halfway', async () => {
    const { store, log } = await openLog(30)
    let sent = 0
    const send = async (scans: SentScan[]): Promise<BatchAnswer> => {
      sent += 1
      return sent === 1 ? done(scans.map(() => ({ result: 'admitted' }))) : { status: 'unavailable' }
    }
    expect(await reconcile(log, send)).toBe(false)
    const again = await openGateLog(store, 'f', LIMITS)
    expect(again.waiting().map(({ id }) => id)).toEqual(['id-26', 'id-27', 'id-28', 'id-29', 'id-30'])
  })

  it('becomes a conflict when the server refuses it, with time and gate', async () => {
    const { log } = await openLog(2)
    const at = '2026-07-01T10:00:00.000Z'
    await reconcile(log, async () =>
      done([{ result: 'already-used', at, gate: 'South' }, { result: 'void' }]),
    )
    expect(log.conflicts().map(({ conflict }) => conflict)).toEqual([
      { result: 'already-used', at, gate: 'South' },
      { result: 'void' },
    ])
    expect(log.last()).toBeUndefined()
    await log.forget('id-1')
    expect(log.conflicts()).toHaveLength(1)
  })

  it.each([401, 403, 429, 503])('stays queued while the server returns %i', async (status) => {
    const { log } = await openLog(3)
    expect(await reconcile(log, async () => refused(status))).toBe(false)
    expect(log.waiting()).toHaveLength(3)
  })

  it('is not delayed by another scan that the server cannot process', async () => {
    const { log } = await openLog(4)
    const send = async (scans: SentScan[]) =>
      scans.some(({ id }) => id === 'id-2') ? refused(422) : done(scans.map(() => ({ result: 'admitted' })))
    expect(await reconcile(log, send)).toBe(true)
    expect(log.conflicts().map(({ id }) => id)).toEqual(['id-2'])
  })

  it('M10: is sent with the shown verdict and the measured clock, and a refusal is deleted here once the server has it', async () => {
    const { store, log } = await openLog(1)
    await log.add(scanOf(2, { verdict: 'not-listed', offsetMs: -600_000 }))
    await log.add(scanOf(3, { verdict: 'admitted', confirmed: ['outside-window'] }))
    const { batches, send } = takesAll()
    await reconcile(log, send)
    expect(batches[0]).toMatchObject([
      { id: 'id-1' },
      { id: 'id-2', verdict: 'not-listed', offsetMs: -600_000 },
      { id: 'id-3', verdict: 'admitted', confirmed: ['outside-window'] },
    ])
    expect(Object.keys(batches[0]?.[0] ?? {})).toEqual(['id', 'qr', 'gate', 'at'])
    expect((await store.readScans('f')).map(({ id }) => id)).toEqual(['id-1', 'id-3'])
  })

  it('M10: stays queued when the server accepted it but the response was lost, and is sent again', async () => {
    const { log } = await openLog(1)
    await log.add(scanOf(2, { verdict: 'unknown' }))
    const { batches, send } = takesAll()
    expect(await reconcile(log, losing(send))).toBe(false)
    expect(log.waiting().map(({ id }) => id)).toEqual(['id-1', 'id-2'])
    await reconcile(log, send)
    expect(batches[1]).toEqual(batches[0])
    expect(log.waiting()).toEqual([])
  })

  it('is sent in full batches again after one that the server could not process', async () => {
    const { log } = await openLog(60)
    const sizes: number[] = []
    await reconcile(log, async (scans) => {
      sizes.push(scans.length)
      if (scans.some(({ id }) => id === 'id-2')) return refused(413)
      return done(scans.map(() => ({ result: 'admitted' })))
    })
    expect(sizes).toEqual([25, ...Array.from({ length: 25 }, () => 1), 25, 10])
  })

  it('is sent as undone when it was undone, and is no conflict then', async () => {
    const { log } = await openLog(2)
    await log.change('id-2', { isUndone: true })
    expect(log.last()?.id).toBe('id-1')
    const { batches, send } = takesAll()
    await reconcile(log, send)
    expect(batches[0]?.map(({ undone }) => undone)).toEqual([undefined, true])
    expect(log.conflicts()).toEqual([])
  })

  it('is sent again when it is undone while a request is in progress', async () => {
    const { log } = await openLog(1)
    const { batches, send } = takesAll()
    await reconcile(log, async (scans) => {
      if (batches.length === 0) await log.change('id-1', { isUndone: true })
      return send(scans)
    })
    expect(batches.map(([scan]) => scan?.undone)).toEqual([undefined, true])
    expect(log.of('id-1')).toMatchObject({ state: 'sent', isUndone: true })
  })

  it('counts as undone when another device undid it', async () => {
    const { log } = await openLog(1)
    await reconcile(log, async () => done([{ result: 'undone' }]))
    expect([log.last(), log.usedHere('hash-1')]).toEqual([undefined, undefined])
  })
})

describe('the log of a device', () => {
  it('refuses scans beyond its limit, so that no guest is admitted without a record', async () => {
    const { log } = await openLog(60)
    expect(await log.add(scanOf(61))).toBe(false)
    expect(log.usedHere('hash-61')).toBeUndefined()
    expect(await log.add(scanOf(62, { state: 'sent' }))).toBe(true)
  })

  it('drops the oldest sent scans, and no queued ones', async () => {
    const { store, log } = await openLog(1)
    for (let n = 2; n <= 6; n += 1) await log.add(scanOf(n, { state: 'sent' }))
    const stored = await store.readScans('f')
    expect(stored.map(({ id }) => id)).toEqual(['id-1', 'id-4', 'id-5', 'id-6'])
  })

  it('M10: limits conflicts, which the server has as well', async () => {
    const { store, log } = await openLog(6)
    await reconcile(log, async (scans) => done(scans.map(() => ({ result: 'void' }))))
    await log.add(scanOf(7))
    expect((await store.readScans('f')).map(({ id }) => id)).toEqual(['id-4', 'id-5', 'id-6', 'id-7'])
  })

  it('M10: does not treat a ticket that it refused as used here', async () => {
    const { log } = await openLog(0)
    await log.add(scanOf(1, { verdict: 'already-used' }))
    expect([log.last(), log.usedHere('hash-1')]).toEqual([undefined, undefined])
  })

  it('recognises a ticket that it admitted, until that is undone', async () => {
    const { log } = await openLog(1)
    expect(log.usedHere('hash-1')).toMatchObject({ gate: 'North', at: scanOf(1).at })
    await log.change('id-1', { isUndone: true })
    expect(log.usedHere('hash-1')).toBeUndefined()
  })
})
