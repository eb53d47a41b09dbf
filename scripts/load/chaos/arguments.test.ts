import { describe, expect, it } from 'vitest'
import { WrongUsage } from '../../operate/read-options.ts'
import { readArguments } from './arguments.ts'
import { GROUPS, GROUPS_OF } from './fault.ts'
import { REDIS_KINDS } from './redis.ts'

const read = (...args: string[]) => readArguments(args, () => 0.5)

describe('the arguments of chaos', () => {
  it('have defaults small enough to use, and a random seed', () => {
    expect(read()).toEqual({
      seed: 0x7fff_ffff,
      minutes: 1,
      fans: 600,
      bankShare: 0.2,
      groups: GROUPS_OF.pair,
      redis: 'pair',
      plan: false,
      json: false,
    })
  })

  it('are parsed', () => {
    const args = [
      '--seed',
      '7',
      '--minutes',
      '0.5',
      '--fans',
      '100',
      '--bank',
      '50',
      '--only',
      'redis,wipe',
      '--json',
      '--plan',
    ]
    expect(read(...args)).toEqual({
      seed: 7,
      minutes: 0.5,
      fans: 100,
      bankShare: 0.5,
      groups: ['redis', 'wipe'],
      redis: 'single',
      plan: true,
      json: true,
    })
    expect(read('--help')).toBe('help')
  })

  it('choose a Redis by the seed, among those that support all groups', () => {
    const redisOf = (...args: string[]) => {
      const given = read(...args)
      return given === 'help' ? given : given.redis
    }
    const drawn = ['1', '2', '3'].map((seed) => redisOf('--seed', seed))
    expect(new Set(drawn)).toEqual(new Set(REDIS_KINDS))
    expect(redisOf('--seed', '1')).toBe(redisOf('--seed', '1'))
    for (const seed of ['1', '2', '3']) {
      expect(redisOf('--seed', seed, '--only', 'split,mysql')).toBe('pair')
      expect(redisOf('--seed', seed, '--only', 'node')).toBe('cluster')
      expect(redisOf('--seed', seed, '--redis', 'single')).toBe('single')
    }
    for (const group of GROUPS) expect(REDIS_KINDS).toContain(redisOf('--only', group))
  })

  it.each([
    ['--redis', 'none'],
    ['--only', 'node,split'],
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
