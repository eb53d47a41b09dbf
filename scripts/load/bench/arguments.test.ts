import { expect, it } from 'vitest'
import { WrongUsage } from '../../operate/read-options.ts'
import { readArguments } from './arguments.ts'

it('reads what is to be measured, how long, how often and with how many', () => {
  expect(readArguments(['poll'])).toEqual({
    benches: [{ bench: 'poll', seconds: 3 }],
    runs: 5,
    fans: 20_000,
  })
  expect(readArguments(['all', '--seconds', '1', '--runs=2'])).toMatchObject({
    benches: ['settle', 'sale', 'page', 'poll', 'enter', 'claim', 'hold'].map((bench) => ({
      bench,
      seconds: 1,
    })),
    runs: 2,
  })
  expect(readArguments(['crowd', '--fans', '500'])).toMatchObject({
    benches: [{ bench: 'crowd', seconds: 120 }],
    fans: 500,
  })
})

it.each([
  [[]],
  [['crowds']],
  [['poll', 'enter']],
  [['poll', '--runs', '0']],
  [['poll', '--seconds', '601']],
  [['crowd', '--fans', 'all']],
  [['poll', '--fast']],
])('makes no sense of %j', (argv) => {
  expect(() => readArguments(argv)).toThrow(WrongUsage)
})
