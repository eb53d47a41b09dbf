import type { Result } from 'ioredis'
import type { Reply } from './reply.ts'

declare module 'ioredis' {
  /** A room as a whole: publishing, maintaining and archiving it, and reading its state. */
  interface RedisCommander<Context> {
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
    roomMaintain(
      ...args: [
        ...[settings: string, admission: string, calls: string, unresolved: string, turnEnds: string],
        ...[epoch: number, runId: string, cachedMs: number],
      ]
    ): Result<0 | 1, Context>
    roomNotice(
      ...args: [
        ...[settings: string, rebuild: string, admission: string],
        ...[calls: string, unresolved: string, turnEnds: string],
        ...[token: string, leaseMs: number, epoch: number, runId: string, cachedMs: number | ''],
      ]
    ): Result<Reply, Context>
    roomProgress(...args: [settings: string, entries: string, admission: string]): Result<Reply, Context>
    roomStats(
      ...args: [
        ...[settings: string, entries: string, admission: string, unresolved: string],
        ...[turns: string, passes: string, stock: string, payments: string, chances: string],
      ]
    ): Result<Reply, Context>
  }
}
