import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { useDatabase } from '../../drizzle/testing/database.ts'
import { roomKeys } from '../../shared/redis/keys.ts'
import { useRedis, wipeTestRoom } from '../../shared/testing/redis.ts'
import { readCatalogue } from '../festivals/read-catalogue.ts'
import { makeTestFestival } from '../testing/origin.ts'
import { maintainRoom } from './maintain-room.ts'
import { storeBindings } from './store-bindings.ts'

const { redis } = useRedis()
const { db } = useDatabase()

/** When the older fan entered, and the newer one. */
const [OLDER, NEWER] = [1_800_000_000, 1_800_000_005]
const EMPTY_ENTRY = Buffer.alloc(16)
const UNKNOWN = Buffer.alloc(0)

type Fan = { index: number; entry: Buffer; account: string; second: number }
const newFan = (index: number, account: string, second: number): Fan => ({
  ...{ index, entry: randomBytes(16), account, second },
})

/** A room with this many entries, and the two fans to whom two Redis servers have given its last index. */
async function roomOf(entries: number) {
  const { id: room } = await makeTestFestival({ db: db(), redis: redis() })
  const keys = roomKeys(room)
  await redis().append(keys.entries, randomBytes(16 * entries))
  const last = entries - 1
  const write = ({ index, entry }: Fan) => redis().setrange(keys.entries, index * 16, entry)
  return {
    ...{ room, keys, write },
    ...{ older: newFan(last, 'older', OLDER), newer: newFan(last, 'newer', NEWER) },
    async bind({ index, account, entry }: Fan) {
      return await redis().roomBind(
        ...([keys.settings, keys.entries, keys.accounts, keys.admission, keys.calls, keys.claimed] as const),
        ...([keys.turns, keys.turnEnds, keys.passes] as const),
        ...([keys.participants, keys.chances, keys.bindings] as const),
        ...([index, account, -1, -1, '', 0, '', '', entry] as const),
      )
    },
    /** The state of a Redis that another replaces, which has given the index to the other fan. */
    async replace(by: Fan): Promise<void> {
      await storeBindings({ db: db(), redis: redis() }, room)
      await redis().del(keys.accounts)
      await write(by)
    },
    async rebuild(): Promise<void> {
      await storeBindings({ db: db(), redis: redis() }, room)
      await wipeTestRoom(redis(), room)
      const record = (await readCatalogue(db(), 1000)).find((each) => each.room.id === room)
      if (record === undefined) throw new Error('the festival is in MySQL')
      const deps = { db: db(), redis: redis(), restoreMs: 60_000, leaseMs: 10_000 }
      expect(await maintainRoom(deps, record, { changed: true, runId: '' })).toBe('built')
    },
    /** With the token of their entry, which names no account. */
    async giveBack({ index, entry, second }: Fan) {
      return await redis().roomRestore(
        ...([keys.settings, keys.entries, keys.admission, keys.calls, keys.unresolved] as const),
        ...([keys.accounts, keys.participants, keys.chances, keys.bindings, keys.seconds] as const),
        ...([2, 0, -1, '', index, entry, '', 0, second] as const),
      )
    },
    endRestoring: () => redis().hset(keys.settings, 'restoringUntil', 1),
    /** Their positions once the room is restored. */
    async status({ index, entry, second }: Fan) {
      return await redis().roomReturn(
        ...([keys.settings, keys.entries, keys.admission, keys.claimed, keys.accounts] as const),
        ...([keys.participants, keys.chances, keys.bindings, keys.moved, keys.seconds] as const),
        ...([2, index, index, entry, second, '', 0, 0] as const),
      )
    },
    log: async () => (await redis().getBuffer(keys.entries)) ?? UNKNOWN,
    bound: () => redis().hgetall(keys.accounts),
  }
}

describe('a binding of an index that two Redis servers have given', () => {
  it.each([
    ['the newer, and the older one comes back first', 'older'],
    ['the newer, who comes back first', 'newer'],
  ])('stays with the entry that it was created for: %s', async (_, first) => {
    const test = await roomOf(3)
    const { older, newer } = test
    await test.write(newer)
    await test.bind(newer)
    await test.rebuild()
    expect((await test.log()).subarray(32)).toEqual(newer.entry)
    for (const fan of first === 'older' ? [older, newer] : [newer, older]) {
      expect(await test.giveBack(fan)).toEqual(['restored', 3, fan === newer ? 1 : 0])
    }
    await test.endRestoring()
    expect(await test.status(newer)).toEqual(['theirs'])
    expect(await test.status(older)).toEqual(['moved', 3])
    // Each continues with a different place, and no place rejects them as another account's.
    expect(await test.bind(newer)).toEqual(['bound', ''])
    expect(await test.bind({ ...older, index: 3 })).toEqual(['bound', ''])
    expect(await test.bound()).toEqual({ 2: 'newer', '@newer': '2', 3: 'older', '@older': '3' })
  })

  it('stays with the older entry, bound before the loss, where the newer one was not bound', async () => {
    const test = await roomOf(3)
    const { older, newer } = test
    await test.write(older)
    await test.bind(older)
    await test.replace(newer)
    await test.rebuild()
    await test.giveBack(newer)
    await test.endRestoring()
    expect(await test.status(newer)).toEqual(['moved', 3])
    expect(await test.status(older)).toEqual(['theirs'])
    expect(await test.bind(older)).toEqual(['bound', ''])
    expect(await test.bind({ ...newer, index: 3 })).toEqual(['bound', ''])
  })

  it('belongs to the newer entry where both were bound, before the loss and after it', async () => {
    const test = await roomOf(3)
    const { older, newer } = test
    await test.write(older)
    await test.bind(older)
    await test.replace(newer)
    await test.bind(newer)
    await test.rebuild()
    await test.giveBack(older)
    await test.endRestoring()
    expect(await test.status(older)).toEqual(['moved', 3])
    expect(await test.bind({ ...older, index: 3 })).toEqual(['bound', ''])
    expect(await test.bind(newer)).toEqual(['bound', ''])
  })

  it('protects the index from new entries, even where no checkpoint reaches that far', async () => {
    const test = await roomOf(4)
    await test.bind({ ...test.older, index: 1, entry: UNKNOWN })
    const entry = (await test.log()).subarray(16, 32)
    await test.rebuild()
    expect(await test.log()).toEqual(Buffer.concat([EMPTY_ENTRY, entry]))
  })

  it('binds an account to one place when two Redis servers have bound it to two', async () => {
    const test = await roomOf(3)
    const { older, newer } = test
    await test.write(older)
    await test.bind(older)
    await test.replace(newer)
    const again = { ...older, index: 1, entry: (await test.log()).subarray(16, 32) }
    await test.bind(again)
    await test.rebuild()
    await test.endRestoring()
    expect(await test.bound()).toEqual({ 1: 'older', '@older': '1' })
    expect(await test.bind(older)).toEqual(['elsewhere', 1])
    expect(await test.bind({ ...older, account: 'another' })).toEqual(['bound', ''])
  })
})
