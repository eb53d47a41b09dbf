import type { Result } from 'ioredis'
import type { Reply } from './reply.ts'

declare module 'ioredis' {
  /** Payments and their stream. */
  interface RedisCommander<Context> {
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
    paymentBegin(
      ...args: [
        ...[payment: string, hold: string, settings: string],
        ...[paymentId: string, holdId: string, channel: string],
      ]
    ): Result<'begun' | 'gone' | 'lost', Context>
    paymentWait(
      ...args: [
        ...[payment: string, hold: string, payments: string],
        ...[paymentId: string, holdId: string, requiredJson: string, channel: string],
        ...[group: string, streamEntry: string],
      ]
    ): Result<number, Context>
    paymentShow(
      ...args: [payment: string, paymentId: string, state: string, channel: string, reason: string]
    ): Result<number, Context>
    paymentFinish(
      ...args: [
        ...[stock: string, counts: string, holds: string, hold: string],
        ...[passes: string, pass: string, payments: string, payment: string, payPause: string],
        ...[paymentId: string, holdId: string, account: string, outcome: string, detailsJson: string],
        ...[group: string, streamEntry: string, rememberSeconds: number, channel: string],
        ...[pauseMs: number, endsTurn: 0 | 1, unsoldUnits: 'sold' | 'free' | 'held'],
      ]
    ): Result<number, Context>
    paymentFailed(...args: [payment: string, rememberSeconds: number]): Result<number, Context>
    paymentRequeue(
      ...args: [
        ...[payments: string, payment: string, settings: string, hold: string],
        ...[fieldsJson: string, paymentId: string, holdId: string],
      ]
    ): Result<string, Context>
    paymentRestore(
      ...args: [
        ...[settings: string, rebuild: string, stock: string, counts: string],
        ...[holds: string, hold: string, payments: string, payment: string],
        ...[token: string, leaseMs: number, paymentJson: string, expiresMs: number],
        ...[holding: 0 | 1, toBeMade: 0 | 1],
      ]
    ): Result<Reply, Context>
    paymentRenew(
      ...args: [payments: string, group: string, consumer: string, ...entries: string[]]
    ): Result<number, Context>
    paymentStreamOpen(
      ...args: [settings: string, payments: string, group: string, goneMs: number]
    ): Result<number, Context>
    paymentStreamRemove(
      ...args: [payments: string, group: string, entry: string, payment: string]
    ): Result<number, Context>
    paymentStreamLeave(...args: [payments: string, group: string, consumer: string]): Result<number, Context>
  }
}
