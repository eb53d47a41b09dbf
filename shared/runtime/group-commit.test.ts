import { expect, it } from 'vitest'
import { createGroupCommit } from './group-commit.ts'

it('runs one item alone immediately, and then all that arrived meanwhile together', async () => {
  const batches: number[][] = []
  let release = () => {}
  const commit = createGroupCommit<number, number>(100, async (items) => {
    batches.push([...items])
    if (batches.length === 1) await new Promise<void>((resolve) => (release = resolve))
    return items.map((item) => item * 10)
  })
  const first = commit.add(1)
  await expect.poll(() => batches.length).toBe(1)
  const rest = [2, 3, 4].map((item) => commit.add(item))
  release()
  expect(await Promise.all([first, ...rest])).toEqual([10, 20, 30, 40])
  expect(batches).toEqual([[1], [2, 3, 4]])
})

it('keeps batches within their limit', async () => {
  const sizes: number[] = []
  const commit = createGroupCommit<number, number>(4, async (items) => {
    sizes.push(items.length)
    return items
  })
  await Promise.all(Array.from({ length: 10 }, (_, i) => commit.add(i)))
  expect(sizes).toEqual([4, 4, 2])
})

it('fails the items of a batch that failed, and continues with the next', async () => {
  let runs = 0
  const commit = createGroupCommit<number, number>(1, async (items) => {
    runs += 1
    if (runs === 1) throw new Error('lost')
    return items
  })
  const [first, second] = await Promise.allSettled([commit.add(1), commit.add(2)])
  expect(first).toMatchObject({ status: 'rejected', reason: { message: 'lost' } })
  expect(second).toEqual({ status: 'fulfilled', value: 2 })
  await commit.idle()
})
