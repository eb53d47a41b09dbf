import type { Result } from 'ioredis'
import type { Reply } from './reply.ts'

declare module 'ioredis' {
  /** A fan's way through a room: entering, the draw, being called, claiming a pass, leaving. */
  interface RedisCommander<Context> {
    roomEnter(
      ...args: [
        ...[settings: string, entries: string, entry: string, address: string, admission: string],
        ...[chances: string, moved: string],
        ...[logged: Buffer, rememberSeconds: number, hasNetwork: 0 | 1, drawVersion: number | ''],
        epoch: number | '',
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
    roomPlace(
      ...args: [settings: string, accounts: string, account: string, epoch: number | '']
    ): Result<Reply, Context>
    roomTurn(
      ...args: [
        ...[settings: string, admission: string, calls: string, turns: string, turnEnds: string],
        ...[position: number],
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
    roomAdmit(
      ...args: [
        ...[settings: string, entries: string, admission: string, calls: string, unresolved: string],
        ...[turns: string, turnEnds: string, passes: string, pass: string],
        ...[stock: string, types: string, holds: string, claimed: string],
        ...[sweepMax: number, health: number],
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
  }
}
