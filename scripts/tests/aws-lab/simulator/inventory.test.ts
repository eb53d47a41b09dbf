import { expect, it } from 'vitest'
import { readInventory } from './inventory.ts'

it('the inventory names what is left of each kind, and nothing for kinds without any', async () => {
  const asked: string[] = []
  const left = await readInventory({
    ask: async (...words) => {
      asked.push(words.slice(0, 2).join(' '))
      if (words[1] === 'list-buckets') return ['naru-images']
      if (words[1] === 'describe-addresses') return ['203.0.113.7', '203.0.113.8']
      return words[1] === 'list-distributions' ? null : []
    },
  })
  expect(left.toSorted()).toEqual(['address 203.0.113.7', 'address 203.0.113.8', 'bucket naru-images'])
  expect(asked).toContain('cloudfront list-distributions')
  expect(asked).toContain('rds describe-db-snapshots')
})
