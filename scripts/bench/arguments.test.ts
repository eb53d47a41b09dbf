import { expect, it } from 'vitest'
import { readArguments } from './arguments.ts'

it('reads what is to be measured, how long and how often', () => {
  expect(readArguments(['poll'])).toEqual({ benches: ['poll'], seconds: 3, runs: 5 })
  expect(readArguments(['all', '--seconds', '1', '--runs=2'])).toEqual({
    benches: ['poll', 'enter', 'claim'],
    seconds: 1,
    runs: 2,
  })
})

it.each([[[]], [['crowds']], [['poll', 'enter']], [['poll', '--runs', '0']], [['poll', '--fast']]])(
  'makes no sense of %j',
  (argv) => {
    expect(readArguments(argv)).toBeUndefined()
  },
)
