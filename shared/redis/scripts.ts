import { readdirSync, readFileSync } from 'node:fs'
import type { Result } from 'ioredis'

/** A Lua reply whose first element names the outcome. Callers turn it into a union immediately. */
export type Reply = [string, ...(string | number)[]]

declare module 'ioredis' {
  // Keys first, then arguments, both in the order that the header of each file documents.
  interface RedisCommander<Context> {
    originHeartbeat(
      ...args: [origins: string, origin: string, health: number, reportJson?: string]
    ): Result<number, Context>
    originsRead(...args: [origins: string]): Result<(string | number)[], Context>
    originHealth(
      ...args: [origins: string, silentMs: number]
    ): Result<[live: number, health: number], Context>
    sessionsEnd(
      ...args: [sessionEnd: string, fromSeconds: number, rememberSeconds: number]
    ): Result<0 | 1, Context>
    attemptsTake(
      ...args: [
        ...[network: string, pair: string, subject: string, device: string, proven: string, proof: string],
        ...[networkMax: number, pairMax: number, subjectMax: number, windowSeconds: number],
        ...[isKnownDevice: 0 | 1, thousandHashes: number, proofSeconds: number],
        ...[priceMin: number, priceMax: number, proofsPerDoubling: number],
      ]
    ): Result<Reply, Context>
    roomPublish(
      ...args: [
        settings: string,
        stock: string,
        types: string,
        holds: string,
        hold: string,
        epoch: string,
        settingsJson: string,
        typesJson: string,
      ]
    ): Result<number, Context>
    roomUnpublish(
      ...args: [
        ...[settings: string, entries: string, admission: string, calls: string, unresolved: string],
        ...[claimed: string, turns: string, turnEnds: string, passes: string, pass: string],
        ...[accounts: string, stock: string, types: string, counts: string],
        ...[holds: string, hold: string, returning: string, participants: string, chances: string],
      ]
    ): Result<Reply, Context>
    roomArchive(
      ...args: [
        ...[settings: string, rebuild: string, entries: string, admission: string],
        ...[passes: string, holds: string, payments: string, bindings: string],
        ...[epoch: number, entries: number, serving: number],
      ]
    ): Result<Reply, Context>
    roomClear(...args: [settings: string, rebuild: string, ...keys: string[]]): Result<Reply, Context>
    paymentStreamOpen(
      ...args: [settings: string, payments: string, group: string, goneMs: number]
    ): Result<number, Context>
    paymentStreamRemove(
      ...args: [payments: string, group: string, entry: string, payment: string]
    ): Result<number, Context>
    paymentStreamLeave(...args: [payments: string, group: string, consumer: string]): Result<number, Context>
    stockWithdraw(
      ...args: [
        ...[settings: string, stock: string, types: string, holds: string, hold: string, counts: string],
        ...[settingsJson: string, typesJson: string],
        ...[ticketType: number, units: number, version: number, milliseconds: number],
      ]
    ): Result<Reply, Context>
    roomEnter(
      ...args: [
        ...[settings: string, entries: string, entry: string, address: string, admission: string],
        ...[chances: string, moved: string],
        ...[logged: Buffer, rememberSeconds: number, hasNetwork: 0 | 1, drawVersion: number | ''],
        epoch: number | '',
      ]
    ): Result<Reply, Context>
    roomAdmit(
      ...args: [
        ...[settings: string, entries: string, admission: string, calls: string, unresolved: string],
        ...[turns: string, turnEnds: string, passes: string, pass: string],
        ...[stock: string, types: string, holds: string, claimed: string],
        ...[sweepMax: number, health: number],
      ]
    ): Result<Reply, Context>
    roomClose(
      ...args: [
        ...[settings: string, admission: string],
        ...[
          epoch: number,
          lobbyEntries: number,
          participants: number,
          logHash: string,
          participantsHash: string,
        ],
        ...[beaconKey: string, genesisMs: number, periodMs: number, delayMs: number],
      ]
    ): Result<Reply, Context>
    roomDraw(
      ...args: [
        ...[settings: string, admission: string],
        ...[epoch: number, lobbyEntries: number, seed: string, closedAt: number | '', signature: string],
        silentMs: number,
      ]
    ): Result<Reply, Context>
    roomProgress(...args: [settings: string, entries: string, admission: string]): Result<Reply, Context>
    roomStats(
      ...args: [
        ...[settings: string, entries: string, admission: string, unresolved: string],
        ...[turns: string, passes: string, stock: string, payments: string, chances: string],
      ]
    ): Result<Reply, Context>
    roomNotice(
      ...args: [
        ...[settings: string, rebuild: string, admission: string],
        ...[calls: string, unresolved: string, turnEnds: string],
        ...[token: string, leaseMs: number, epoch: number, runId: string, cachedMs: number | ''],
      ]
    ): Result<Reply, Context>
    roomMaintain(
      ...args: [
        ...[settings: string, admission: string, calls: string, unresolved: string, turnEnds: string],
        ...[epoch: number, runId: string, cachedMs: number],
      ]
    ): Result<0 | 1, Context>
    roomRebuildClear(
      ...args: [
        ...[rebuild: string, stock: string, settings: string, entries: string, admission: string],
        ...[calls: string, unresolved: string, claimed: string, turns: string, turnEnds: string],
        ...[passes: string, pass: string, accounts: string, types: string, counts: string],
        ...[holds: string, hold: string, returning: string, participants: string, chances: string],
        ...[moved: string, seconds: string],
        ...[token: string, leaseMs: number, quantitiesJson: string],
      ]
    ): Result<Reply, Context>
    roomRebuildLog(
      ...args: [
        ...[rebuild: string, entries: string],
        ...[token: string, leaseMs: number, offsetBytes: number, chunk: Buffer],
      ]
    ): Result<Reply, Context>
    roomRebuildOwned(
      ...args: [
        ...[rebuild: string, stock: string, counts: string],
        ...[token: string, leaseMs: number],
        ...owned: (string | number)[],
      ]
    ): Result<Reply, Context>
    roomRebuildBindings(
      ...args: [
        ...[rebuild: string, accounts: string, participants: string, chances: string, entries: string],
        ...[token: string, leaseMs: number],
        ...bindings: (string | number | Buffer)[],
      ]
    ): Result<Reply, Context>
    roomRebuildFinish(
      ...args: [
        ...[settings: string, rebuild: string, stock: string, types: string],
        ...[admission: string, calls: string, unresolved: string],
        ...[token: string, epoch: number, restoringMs: number, settingsJson: string, typesJson: string],
        ...[serving: number, missedThrough: number, drawRecordJson: string, runId: string],
        cachedMs: number | '',
      ]
    ): Result<Reply, Context>
    roomRestore(
      ...args: [
        ...[settings: string, entries: string, admission: string, calls: string, unresolved: string],
        ...[accounts: string, participants: string, chances: string, bindings: string, seconds: string],
        ...[epoch: number, entries: number, serving: number, drawRecordJson: string],
        ...[index: number, entry: Buffer, account: string, takesPart: 0 | 1, second: number],
      ]
    ): Result<Reply, Context>
    roomReturn(
      ...args: [
        ...[settings: string, entries: string, admission: string, claimed: string],
        ...[accounts: string, participants: string, chances: string, bindings: string],
        ...[moved: string, seconds: string],
        ...[epoch: number, index: number, position: number | '', entry: Buffer, second: number],
        ...[account: string, takesPart: 0 | 1, isLost: 0 | 1],
      ]
    ): Result<Reply, Context>
    roomClaim(
      ...args: [
        ...[settings: string, admission: string, calls: string, unresolved: string, claimed: string],
        ...[turns: string, turnEnds: string, passes: string, pass: string, accounts: string],
        ...[chances: string, bindings: string, entries: string],
        ...[index: number, position: number, account: string, passId: string],
        ...[previousIndex: number, previousPosition: number, epoch: number | '', entry: Buffer],
      ]
    ): Result<Reply, Context>
    roomBind(
      ...args: [
        ...[settings: string, entries: string, accounts: string, admission: string, calls: string],
        ...[claimed: string, turns: string, turnEnds: string, passes: string],
        ...[participants: string, chances: string, bindings: string],
        ...[index: number, account: string, previousIndex: number, previousPosition: number],
        ...[epoch: number | '', isProven: 0 | 1, network: string, domain: string, entry: Buffer],
      ]
    ): Result<Reply, Context>
    roomTurn(
      ...args: [
        ...[settings: string, admission: string, calls: string, turns: string, turnEnds: string],
        ...[position: number],
      ]
    ): Result<Reply, Context>
    roomPlace(
      ...args: [settings: string, accounts: string, account: string, epoch: number | '']
    ): Result<Reply, Context>
    roomLeave(
      ...args: [
        ...[settings: string, admission: string, calls: string, unresolved: string, claimed: string],
        ...[turns: string, turnEnds: string, entries: string, accounts: string],
        ...[participants: string, chances: string, bindings: string],
        ...[index: number, position: number | '', account: string, epoch: number | '', entry: Buffer],
      ]
    ): Result<Reply, Context>
    passLeave(
      ...args: [
        ...[settings: string, passes: string, pass: string, stock: string, counts: string],
        ...[holds: string, hold: string],
        ...[account: string, passId: string, epoch: number | ''],
      ]
    ): Result<Reply, Context>
    holdTake(
      ...args: [
        ...[settings: string, passes: string, pass: string, stock: string],
        ...[types: string, counts: string, holds: string, hold: string, holdUntil: string],
        ...[account: string, passId: string, basketJson: string, epoch: number | ''],
      ]
    ): Result<Reply, Context>
    holdRead(
      ...args: [settings: string, hold: string, holdId: string, epoch: number | '']
    ): Result<Reply, Context>
    holdRelease(
      ...args: [
        ...[settings: string, stock: string, counts: string, holds: string, hold: string],
        ...[holdUntil: string, holdId: string, epoch: number | ''],
      ]
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
    orderReturning(...args: [settings: string, returning: string, order: string]): Result<Reply, Context>
    orderReturn(
      ...args: [
        ...[settings: string, stock: string, counts: string, returning: string],
        ...[order: string, account: string, basketJson: string],
      ]
    ): Result<Reply, Context>
    paymentAccept(
      ...args: [
        ...[
          settings: string,
          holds: string,
          hold: string,
          payments: string,
          payment: string,
          idempotency: string,
          payPause: string,
        ],
        ...[account: string, holdId: string, paymentId: string, method: string, digest: string],
        ...[rememberSeconds: number, queueMax: number, holdWaitsMs: number, request: string],
        ...[amountMinor: number, holdVersion: string, epoch: number | ''],
      ]
    ): Result<Reply, Context>
    paymentFinish(
      ...args: [
        ...[stock: string, counts: string, holds: string, hold: string],
        ...[passes: string, pass: string, payments: string, payment: string, payPause: string],
        ...[paymentId: string, holdId: string, account: string, outcome: string, detailsJson: string],
        ...[group: string, streamEntry: string, rememberSeconds: number, channel: string],
        ...[pauseMs: number, endsTurn: 0 | 1, refundedUnits: 'sold' | 'free'],
      ]
    ): Result<number, Context>
    paymentRestore(
      ...args: [
        ...[settings: string, rebuild: string, stock: string, counts: string],
        ...[holds: string, hold: string, payments: string, payment: string],
        ...[token: string, leaseMs: number, paymentJson: string, expiresMs: number],
        ...[holding: 0 | 1, toBeMade: 0 | 1],
      ]
    ): Result<Reply, Context>
    paymentBegin(
      ...args: [
        ...[payment: string, hold: string, settings: string],
        ...[paymentId: string, holdId: string, channel: string],
      ]
    ): Result<'begun' | 'gone' | 'lost', Context>
    paymentShow(
      ...args: [payment: string, paymentId: string, state: string, channel: string, reason: string]
    ): Result<number, Context>
    paymentRenew(
      ...args: [payments: string, group: string, consumer: string, ...entries: string[]]
    ): Result<number, Context>
    paymentFailed(...args: [payment: string, rememberSeconds: number]): Result<number, Context>
    paymentRequeue(
      ...args: [
        ...[payments: string, payment: string, settings: string, hold: string],
        ...[fieldsJson: string, paymentId: string, holdId: string],
      ]
    ): Result<string, Context>
  }
}

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
