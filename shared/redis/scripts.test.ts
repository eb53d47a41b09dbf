import { describe, expect, it } from 'vitest'
import { useRedis } from '../testing/redis.ts'
import { roomKeys } from './keys.ts'
import { loadScripts } from './scripts.ts'

const { redis } = useRedis()

describe('the Lua scripts', () => {
  const scripts = Object.entries(loadScripts())

  it('exist for all typed commands', () => {
    expect(scripts.length).toBeGreaterThan(5)
  })

  it.each(scripts)(
    '%s documents as many keys in its header as its file name states',
    (_, { lua, numberOfKeys }) => {
      const header = lua.slice(0, lua.search(/^[^-]/m))
      expect(new Set(header.match(/KEYS\[\d+\]/g)).size).toBe(numberOfKeys)
    },
  )

  it.each(scripts)('%s reads no entire collection that grows with the number of fans (M12)', (_, { lua }) => {
    const header = lua.slice(0, lua.search(/^[^-]/m))
    const named = new Map(
      [...header.matchAll(/(KEYS\[\d+\]) \w+ (\w+)/g)].map(([, key, name]) => [key, name]),
    )
    for (const [, command, key = ''] of lua.matchAll(
      // A range from an entry to itself is one entry.
      /'(HGETALL|HKEYS|HVALS|SMEMBERS|LRANGE|XRANGE)', (?!stream, entry, entry,)([\w[\]]+)/g,
    )) {
      // The one in lib/room reads the settings.
      expect(`${command} of ${named.get(key) ?? key}`).toMatch(/ of (settings|key|stock|types|origins)$/)
    }
    for (const [range] of lua.matchAll(/'ZRANGE\w*', .*/g)) {
      expect(range).toMatch(/'LIMIT', 0, |, 0, 0,|, 0, FRESH_SLOTS/)
    }
  })

  it.each(scripts)('%s is a script that Redis can load', async (_, { lua }) => {
    await expect(redis().script('LOAD', lua)).resolves.toMatch(/^[0-9a-f]{40}$/)
  })
})

it("use only room keys with a hash tag, so that a cluster keeps a room's keys together", () => {
  const keys = Object.values(roomKeys('r')).map((key) => (typeof key === 'string' ? key : key('a', 'b')))
  expect(keys.every((key) => key.startsWith('room:{r}:'))).toBe(true)
  expect(new Set(keys).size).toBe(keys.length)
})
