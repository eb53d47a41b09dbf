import { expect, it } from 'vitest'
import * as z from 'zod'
import { flag, number, oneOf, option, readOptions, usageOf, WrongUsage } from './read-options.ts'

const COMMAND = {
  start: 'npm run measure --',
  about: 'Measures something.',
  options: z.object({
    seconds: option('N', 'how long', number({ min: 1, max: 60 }).default(3)),
    minutes: option('M', 'how long,\nor longer', number({ min: 0.2, max: 60, decimals: 3 }).optional()),
    kind: option('KIND', 'what', oneOf(['page', 'poll']).optional()),
    json: flag('the report for machines'),
  }),
  exit: 'Exit status: 0.',
}
const WITH_ARGUMENT = {
  ...COMMAND,
  argument: { name: '<file>', about: 'what to read', ask: 'Which file?', one: 'One file at a time' },
}

const optionsOf = (...args: string[]) => {
  const read = readOptions(COMMAND, args)
  return read === 'help' ? read : read.options
}

it('reads options with their types and defaults', () => {
  expect(optionsOf()).toEqual({ seconds: 3, json: false })
  const args = ['--seconds', '60', '--minutes=0.25', '--kind', 'poll', '--json']
  expect(optionsOf(...args)).toEqual({ seconds: 60, minutes: 0.25, kind: 'poll', json: true })
})

it.each([['--help'], ['-h'], ['--seconds', '0', '--help']])('responds to %s %s with the help', (...args) => {
  expect(optionsOf(...args)).toBe('help')
})

it.each([
  [['--seconds', '0'], '--seconds must be a whole number from 1 to 60, not "0"'],
  [['--seconds', '1.5'], '--seconds must be a whole number from 1 to 60, not "1.5"'],
  [['--seconds', '1e1'], '--seconds must be a whole number from 1 to 60, not "1e1"'],
  [['--minutes', '0.1'], '--minutes must be a number from 0.2 to 60, not "0.1"'],
  [['--minutes', '1.2345'], '--minutes must be a number from 0.2 to 60, not "1.2345"'],
  [['--kind', 'all'], '--kind takes page, poll, not "all"'],
  [['--seconds', 'x', '--kind', 'y'], /^--seconds .*\n--kind /],
  [['--fast'], "Unknown option '--fast'"],
  [['--json=yes'], '--json'],
  [['file'], 'file'],
])('refuses %j and says why', (args, message) => {
  const reading = () => readOptions(COMMAND, args)
  expect(reading).toThrow(WrongUsage)
  expect(reading).toThrow(message)
})

it('reads exactly one argument where a command takes one', () => {
  expect(readOptions(WITH_ARGUMENT, ['--json', 'a'])).toEqual({
    options: { seconds: 3, json: true },
    argument: 'a',
  })
  expect(() => readOptions(WITH_ARGUMENT, [])).toThrow('Which file?')
  expect(() => readOptions(WITH_ARGUMENT, ['a', 'b'])).toThrow('One file at a time; "b" is too many')
})

it('writes the help from the options', () => {
  expect(usageOf(WITH_ARGUMENT)).toBe(`Measures something.

  npm run measure -- <file> [--seconds N] [--minutes M] [--kind KIND] [--json]

  <file>        what to read
  --seconds N   how long (default 3)
  --minutes M   how long,
                or longer
  --kind KIND   what
  --json        the report for machines

Exit status: 0.`)
})
