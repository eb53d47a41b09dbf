import { readdirSync, readFileSync } from 'node:fs'
import type { Result } from 'ioredis'

/** A Lua reply that begins with a word for what happened. Callers turn it into a union at once. */
export type Reply = [string, ...(string | number)[]]

declare module 'ioredis' {
  // Keys first, then arguments, both in the order that the header of each file gives and explains.
  interface RedisCommander<Context> {
    originBeat(...args: [origins: string, origin: string, health: number]): Result<number, Context>
    originHealth(
      ...args: [origins: string, silentMs: number]
    ): Result<[live: number, health: number], Context>
    roomPublish(
      ...args: [
        settings: string,
        stock: string,
        types: string,
        epoch: string,
        settingsJson: string,
        typesJson: string,
      ]
    ): Result<number, Context>
    roomEnter(
      ...args: [settings: string, entries: string, entry: string, entryKey: Buffer, rememberSeconds: number]
    ): Result<Reply, Context>
    roomAdmit(
      ...args: [
        ...[settings: string, entries: string, admission: string, calls: string, unresolved: string],
        ...[turns: string, turnEnds: string, passes: string, pass: string],
        ...[stock: string, types: string, holds: string, claimed: string],
        ...[sweepMax: number, health: number],
      ]
    ): Result<Reply, Context>
    roomDraw(...args: [admission: string, lobbyEntries: number, seed: string]): Result<Reply, Context>
    roomClaim(
      ...args: [
        ...[settings: string, admission: string, calls: string, unresolved: string, claimed: string],
        ...[turns: string, turnEnds: string, passes: string, pass: string],
        ...[position: number, account: string, passId: string],
      ]
    ): Result<Reply, Context>
    roomLeave(
      ...args: [
        ...[settings: string, admission: string, calls: string, unresolved: string, claimed: string],
        ...[turns: string, turnEnds: string, entries: string],
        position: number,
      ]
    ): Result<Reply, Context>
    passLeave(
      ...args: [
        ...[settings: string, passes: string, pass: string, stock: string, counts: string],
        ...[holds: string, hold: string],
        ...[account: string, passId: string],
      ]
    ): Result<Reply, Context>
    holdTake(
      ...args: [
        ...[settings: string, passes: string, pass: string, stock: string],
        ...[types: string, counts: string, holds: string, hold: string],
        ...[account: string, passId: string, basketJson: string],
      ]
    ): Result<Reply, Context>
    holdRead(...args: [settings: string, hold: string, holdId: string]): Result<Reply, Context>
    holdRelease(
      ...args: [settings: string, stock: string, counts: string, holds: string, hold: string, holdId: string]
    ): Result<Reply, Context>
    holdSweep(
      ...args: [
        settings: string,
        stock: string,
        counts: string,
        holds: string,
        hold: string,
        sweepMax: number,
      ]
    ): Result<number, Context>
    paymentAccept(
      ...args: [
        ...[
          settings: string,
          holds: string,
          hold: string,
          payments: string,
          payment: string,
          idempotency: string,
        ],
        ...[account: string, holdId: string, paymentId: string, method: string, digest: string],
        ...[rememberSeconds: number, waitingMax: number],
      ]
    ): Result<Reply, Context>
    paymentFinish(
      ...args: [
        ...[stock: string, counts: string, holds: string, hold: string],
        ...[passes: string, pass: string, payments: string, payment: string],
        ...[paymentId: string, holdId: string, account: string, outcome: string, detailsJson: string],
        ...[group: string, streamEntry: string, rememberSeconds: number],
      ]
    ): Result<number, Context>
  }
}

export type ScriptDefinition = { lua: string; numberOfKeys: number }

const FOLDER = new URL('./lua/', import.meta.url)

/**
 * Reads every `lua/<name>-<number of keys>.lua`, with each `--#include <name>` line replaced by `lua/lib/<name>.lua`,
 * as ioredis takes them. Throws when a file is named or includes wrongly.
 *
 * @param clockKey - for tests that choose the time: a key that holds it in milliseconds, read instead of Redis' clock
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
      ? `local function now_ms() return tonumber(redis.call('GET', '${clockKey}')) end`
      : withIncludes(read(`lib/${name}.lua`), clockKey),
  )
}

function read(file: string): string {
  return readFileSync(new URL(file, FOLDER), 'utf8')
}
