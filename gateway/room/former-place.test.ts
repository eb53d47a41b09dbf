import { expect, it } from 'vitest'
import type { Reply } from '../../shared/redis/scripts.ts'
import { decideBesideFormer, type FormerPlace } from './former-place.ts'

/** A decision that answers so, one reply after the other, and remembers what it was asked with. */
function answering(...replies: Reply[]) {
  const asked: FormerPlace[] = []
  const decide = async (former: FormerPlace): Promise<Reply> => {
    asked.push(former)
    return replies[asked.length - 1] ?? ['bound']
  }
  return { asked, decide }
}

it('asks once where nothing stands against the decision', async () => {
  const { asked, decide } = answering(['bound'])
  expect(await decideBesideFormer((index) => index, decide)).toEqual(['bound'])
  expect(asked).toEqual([{ index: -1, position: -1 }])
})

it('asks again with the former place and its position, and takes the second no for one', async () => {
  const { asked, decide } = answering(['elsewhere', 3], ['elsewhere', 3])
  expect(await decideBesideFormer((index) => index + 10, decide)).toEqual(['elsewhere', 3])
  expect(asked).toEqual([
    { index: -1, position: -1 },
    { index: 3, position: 13 },
  ])
})

it('does not ask again before the lots are drawn', async () => {
  const { asked, decide } = answering(['elsewhere', 3])
  expect(await decideBesideFormer(() => undefined, decide)).toEqual(['elsewhere', 3])
  expect(asked).toHaveLength(1)
})

it('gives up when the account keeps being bound anew', async () => {
  const { asked, decide } = answering(...[1, 2, 3, 4, 5, 6].map((n): Reply => ['elsewhere', n]))
  expect(await decideBesideFormer((index) => index, decide)).toEqual(['elsewhere', 4])
  expect(asked).toHaveLength(4)
})
