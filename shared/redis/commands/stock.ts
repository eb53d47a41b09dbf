import type { Result } from 'ioredis'
import type { Reply } from './reply.ts'

declare module 'ioredis' {
  /** Units: holding, releasing, withdrawing and returning them. */
  interface RedisCommander<Context> {
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
    stockWithdraw(
      ...args: [
        ...[settings: string, stock: string, types: string, holds: string, hold: string, counts: string],
        ...[settingsJson: string, typesJson: string],
        ...[ticketType: number, units: number, version: number, milliseconds: number],
      ]
    ): Result<Reply, Context>
    orderReturning(...args: [settings: string, returning: string, order: string]): Result<Reply, Context>
    orderReturn(
      ...args: [
        ...[settings: string, stock: string, counts: string, returning: string],
        ...[order: string, account: string, basketJson: string],
      ]
    ): Result<Reply, Context>
  }
}
