import fc from 'fast-check'
import { expect, it } from 'vitest'
import { cutText } from './text.ts'

it.each([
  ['나루', 60, '나루'],
  ['나루', 1, '나'],
  ['a😀', 2, 'a'],
  ['a😀', 3, 'a😀'],
  ['ae\u0301', 2, 'a'],
  ['a👩‍👩‍👧b', 8, 'a'],
  ['a👩‍👩‍👧b', 9, 'a👩‍👩‍👧'],
  ['a👍🏽', 3, 'a'],
  ['a👍🏽', 4, 'a'],
  ['a👍🏽b', 5, 'a👍🏽'],
  ['🇰🇷🇰🇷', 6, '🇰🇷'],
  ['👩‍👩‍👧', 4, '👩‍'],
  ['😀', 1, ''],
  ['', 0, ''],
])('M3: cuts %s at %i units to %s', (text, unitsMax, cut) => {
  expect(cutText(text, unitsMax)).toBe(cut)
})

it('M3: keeps well-formed text well-formed, within the limit, and as its own beginning', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat({ max: 20 }), (text, unitsMax) => {
      const cut = cutText(text, unitsMax)
      expect(cut.isWellFormed()).toBe(true)
      expect(cut.length).toBeLessThanOrEqual(unitsMax)
      expect(text.startsWith(cut)).toBe(true)
    }),
    { seed: 3 },
  )
})
