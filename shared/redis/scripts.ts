import { readdirSync, readFileSync } from 'node:fs'
// The types of the commands: keys first, then arguments, both in the order that the header of each script documents.
import type {} from './commands/accounts.ts'
import type {} from './commands/origins.ts'
import type {} from './commands/payments.ts'
import type {} from './commands/queue.ts'
import type {} from './commands/rebuild.ts'
import type {} from './commands/rooms.ts'
import type {} from './commands/stock.ts'

export type ScriptDefinition = { lua: string; numberOfKeys: number }

const FOLDER = new URL('./lua/', import.meta.url)

/**
 * Reads every `lua/<name>-<number of keys>.lua`, with each `--#include <name>` line replaced by `lua/lib/<name>.lua`,
 * as ioredis takes them. Throws when a file is named or includes wrongly.
 *
 * @param clockKey - for tests that choose the time: a key that holds it in milliseconds, read instead of Redis' clock.
 *   `{}` in it stands for the hash tag of a script's keys, for in a cluster a script reads only what is on its node
 */
export function loadScripts(clockKey?: string): Record<string, ScriptDefinition> {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.lua'))
  return Object.fromEntries(
    files.map((file) => {
      const [, name, keys] = /^([A-Za-z]+)-(\d+)\.lua$/.exec(file) ?? []
      if (name === undefined) throw new Error(`${file} must be named <name>-<number of keys>.lua`)
      return [name, { lua: withIncludes(read(file), clockKey), numberOfKeys: Number(keys) }]
    }),
  )
}

function withIncludes(lua: string, clockKey: string | undefined): string {
  return lua.replace(/^--#include (\w+)$/gm, (_, name: string) =>
    name === 'clock' && clockKey !== undefined
      ? testClock(clockKey)
      : withIncludes(read(`lib/${name}.lua`), clockKey),
  )
}

function testClock(key: string): string {
  const tag = "string.match(KEYS[1], '{(.-)}') or KEYS[1]"
  const keyOfRoom = `string.gsub('${key}', '{}', '{' .. (${tag}) .. '}')`
  return `local function now_ms() return tonumber(redis.call('GET', (${keyOfRoom}))) end`
}

function read(file: string): string {
  return readFileSync(new URL(file, FOLDER), 'utf8')
}
