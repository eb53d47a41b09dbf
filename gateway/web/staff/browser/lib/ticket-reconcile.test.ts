import { describe, expect, it } from 'vitest'
import type { ProblemDocument } from '../../../../../shared/api/problem.ts'
import type { Answer } from '../../../layout/browser/lib/api.ts'
import { openGateLog } from './ticket-log.ts'
import { type BatchResult, reconcile, type SentScan } from './ticket-reconcile.ts'
import type { Scan } from './ticket-scan.ts'

const LIMITS = { queueMax: 60, keptMax: 3 }

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

/** A server that takes everything, and what it was sent. */
function takesAll() {
  const batches: SentScan[][] = []
  const send = async (scans: SentScan[]) => {
    batches.push(scans)
    return done(scans.map(({ undone }) => ({ result: undone === true ? 'undone' : 'admitted' })))
  }
  return { batches, send }
}

/** A server that takes everything, over a network that loses its answers. */
const losing = (send: (scans: SentScan[]) => Promise<unknown>) => async (scans: SentScan[]) => {
  await send(scans)
  return { status: 'away' } as const
}

describe('what waits for the network', () => {
  it('is sent oldest first, in batches that the API takes, and once', async () => {
    const { log } = await openLog(60)
    const { batches, send } = takesAll()
    expect(await reconcile(log, send)).toBe(true)
    expect(batches.map(({ length }) => length)).toEqual([25, 25, 10])
    expect(batches[0]?.[0]).toEqual({ id: 'id-1', qr: 'qr-1', gate: 'North', at: scanOf(1).at })
    expect(await reconcile(log, send)).toBe(true)
    expect(batches).toHaveLength(3)
    expect(log.of('id-1')).toMatchObject({ state: 'sent', qr: '' })
  })

  it('is still there after a reload, and when the network goes away halfway', async () => {
    const { store, log } = await openLog(30)
    let sent = 0
    const send = async (scans: SentScan[]): Promise<BatchAnswer> => {
      sent += 1
      return sent === 1 ? done(scans.map(() => ({ result: 'admitted' }))) : { status: 'away' }
    }
    expect(await reconcile(log, send)).toBe(false)
    const again = await openGateLog(store, 'f', LIMITS)
    expect(again.waiting().map(({ id }) => id)).toEqual(['id-26', 'id-27', 'id-28', 'id-29', 'id-30'])
  })

  it('becomes a conflict where the server says no, with when and where', async () => {
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

  it.each([401, 403, 429, 503])('waits on while the server answers %i', async (status) => {
    const { log } = await openLog(3)
    expect(await reconcile(log, async () => refused(status))).toBe(false)
    expect(log.waiting()).toHaveLength(3)
  })

  it('is not held up by one scan that the server cannot take', async () => {
    const { log } = await openLog(4)
    const send = async (scans: SentScan[]) =>
      scans.some(({ id }) => id === 'id-2') ? refused(422) : done(scans.map(() => ({ result: 'admitted' })))
    expect(await reconcile(log, send)).toBe(true)
    expect(log.conflicts().map(({ id }) => id)).toEqual(['id-2'])
  })

  it('M10: is sent with what the device showed and measured, and is forgotten here once the server has a refusal', async () => {
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

  it('M10: stays when the server took it and its answer was lost, and is sent once more', async () => {
    const { log } = await openLog(1)
    await log.add(scanOf(2, { verdict: 'unknown' }))
    const { batches, send } = takesAll()
    expect(await reconcile(log, losing(send))).toBe(false)
    expect(log.waiting().map(({ id }) => id)).toEqual(['id-1', 'id-2'])
    await reconcile(log, send)
    expect(batches[1]).toEqual(batches[0])
    expect(log.waiting()).toEqual([])
  })

  it('goes in full batches again after one that the server could not take', async () => {
    const { log } = await openLog(60)
    const sizes: number[] = []
    await reconcile(log, async (scans) => {
      sizes.push(scans.length)
      if (scans.some(({ id }) => id === 'id-2')) return refused(413)
      return done(scans.map(() => ({ result: 'admitted' })))
    })
    expect(sizes).toEqual([25, ...Array.from({ length: 25 }, () => 1), 25, 10])
  })

  it('is sent as undone when it was taken back, and is no conflict then', async () => {
    const { log } = await openLog(2)
    await log.change('id-2', { isUndone: true })
    expect(log.last()?.id).toBe('id-1')
    const { batches, send } = takesAll()
    await reconcile(log, send)
    expect(batches[0]?.map(({ undone }) => undone)).toEqual([undefined, true])
    expect(log.conflicts()).toEqual([])
  })

  it('is sent once more when it is taken back while it is under way', async () => {
    const { log } = await openLog(1)
    const { batches, send } = takesAll()
    await reconcile(log, async (scans) => {
      if (batches.length === 0) await log.change('id-1', { isUndone: true })
      return send(scans)
    })
    expect(batches.map(([scan]) => scan?.undone)).toEqual([undefined, true])
    expect(log.of('id-1')).toMatchObject({ state: 'sent', isUndone: true })
  })

  it('counts as taken back when someone else undid it', async () => {
    const { log } = await openLog(1)
    await reconcile(log, async () => done([{ result: 'undone' }]))
    expect([log.last(), log.usedHere('hash-1')]).toEqual([undefined, undefined])
  })
})

describe('what a device keeps', () => {
  it('is no more than it may, so that nobody is let in who would be forgotten', async () => {
    const { log } = await openLog(60)
    expect(await log.add(scanOf(61))).toBe(false)
    expect(log.usedHere('hash-61')).toBeUndefined()
    expect(await log.add(scanOf(62, { state: 'sent' }))).toBe(true)
  })

  it('forgets the oldest of what was sent, and nothing that waits', async () => {
    const { store, log } = await openLog(1)
    for (let n = 2; n <= 6; n += 1) await log.add(scanOf(n, { state: 'sent' }))
    const kept = await store.readScans('f')
    expect(kept.map(({ id }) => id)).toEqual(['id-1', 'id-4', 'id-5', 'id-6'])
  })

  it('M10: is not full of conflicts, which the server has as well', async () => {
    const { store, log } = await openLog(6)
    await reconcile(log, async (scans) => done(scans.map(() => ({ result: 'void' }))))
    await log.add(scanOf(7))
    expect((await store.readScans('f')).map(({ id }) => id)).toEqual(['id-4', 'id-5', 'id-6', 'id-7'])
  })

  it('M10: takes no ticket that it refused for one that was used here', async () => {
    const { log } = await openLog(0)
    await log.add(scanOf(1, { verdict: 'already-used' }))
    expect([log.last(), log.usedHere('hash-1')]).toEqual([undefined, undefined])
  })

  it('knows a ticket again that it let in, until it is taken back', async () => {
    const { log } = await openLog(1)
    expect(log.usedHere('hash-1')).toMatchObject({ gate: 'North', at: scanOf(1).at })
    await log.change('id-1', { isUndone: true })
    expect(log.usedHere('hash-1')).toBeUndefined()
  })
})
