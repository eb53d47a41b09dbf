import { expect, it } from 'vitest'
import type { Reply } from '../../shared/redis/commands/reply.ts'
import { decideBesidePrevious, type PreviousPlace } from './previous-place.ts'

/** A decision that returns these replies one after the other, and records its arguments. */
function answering(...replies: Reply[]) {
  const asked: PreviousPlace[] = []
  const decide = async (previous: PreviousPlace): Promise<Reply> => {
    asked.push(previous)
    return replies[asked.length - 1] ?? ['bound']
  }
  return { asked, decide }
}

it('runs the decision once when nothing prevents it', async () => {
  const { asked, decide } = answering(['bound'])
  expect(await decideBesidePrevious((index) => index, decide)).toEqual(['bound'])
  expect(asked).toEqual([{ index: -1, position: -1 }])
})

it('retries with the previous place and its position, and accepts the second refusal', async () => {
  const { asked, decide } = answering(['elsewhere', 3], ['elsewhere', 3])
  expect(await decideBesidePrevious((index) => index + 10, decide)).toEqual(['elsewhere', 3])
  expect(asked).toEqual([
    { index: -1, position: -1 },
    { index: 3, position: 13 },
  ])
})

it('does not retry before the draw is made', async () => {
  const { asked, decide } = answering(['elsewhere', 3])
  expect(await decideBesidePrevious(() => undefined, decide)).toEqual(['elsewhere', 3])
  expect(asked).toHaveLength(1)
})

it('stops retrying when the account keeps being bound again', async () => {
  const { asked, decide } = answering(...[1, 2, 3, 4, 5, 6].map((n): Reply => ['elsewhere', n]))
  expect(await decideBesidePrevious((index) => index, decide)).toEqual(['elsewhere', 4])
  expect(asked).toHaveLength(4)
})
