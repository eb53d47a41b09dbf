import { describe, expect, it } from 'vitest'
import { readArguments, WrongUsage } from './arguments.ts'
import { GROUPS } from './fault.ts'

const read = (...args: string[]) => readArguments(args, () => 0.5)

describe('the arguments of chaos', () => {
  it('have defaults small enough to be used, and a seed of their own', () => {
    expect(read()).toEqual({
      seed: 0x7fff_ffff,
      minutes: 1,
      fans: 600,
      groups: GROUPS,
      plan: false,
      json: false,
    })
  })

  it('are read', () => {
    const args = [
      '--seed',
      '7',
      '--minutes',
      '0.5',
      '--fans',
      '100',
      '--only',
      'redis,wipe',
      '--json',
      '--plan',
    ]
    expect(read(...args)).toEqual({
      seed: 7,
      minutes: 0.5,
      fans: 100,
      groups: ['redis', 'wipe'],
      plan: true,
      json: true,
    })
    expect(read('--help')).toBe('help')
  })

  it.each([
    ['--seed', '-1'],
    ['--seed', '4294967296'],
    ['--minutes', '0.1'],
    ['--minutes', '61'],
    ['--minutes', 'x'],
    ['--fans', '0'],
    ['--only', 'redis,nothing'],
    ['--only', ''],
    ['--unknown'],
    ['more'],
  ])('are refused when they make no sense: %s %s', (...args) => {
    expect(() => read(...args)).toThrow(WrongUsage)
  })
})
