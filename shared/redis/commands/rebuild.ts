import type { Result } from 'ioredis'
import type { Reply } from './reply.ts'

declare module 'ioredis' {
  /** Rebuilding a room that Redis has lost, and taking back what fans and gateways know of it. */
  interface RedisCommander<Context> {
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
  }
}
