import { randomBytes } from 'node:crypto'
import type { Client } from './client.ts'
import {
  PassSchema,
  type Place,
  PlaceSchema,
  readBody,
  type Status,
  StatusSchema,
  unexpected,
} from './contract.ts'
import type { Journey, StepRun } from './journey.ts'
import { rejected } from './leaving.ts'
import { pollDelayMs } from './polling-rule.ts'
import type { Time } from './time.ts'

export type WaitingDeps = { client: Client; time: Time; room: string }

/** Takes a place in the room. */
export async function enterRoom({ client, room }: WaitingDeps, journey: Journey): Promise<Place> {
  const run = journey.begin('enter')
  const body = { key: randomBytes(16).toString('base64url') }
  const answer = await client.send(run, { method: 'POST', path: `/api/rooms/${room}/entries`, body })
  if (answer.code === 'sold-out') throw rejected('sold-out')
  const place = readBody(run, answer, 201, PlaceSchema)
  journey.end(run)
  journey.enter()
  return place
}

/** The room's status for a fan; throws when the sale is over. */
export type StatusWatch = { read(run: StepRun): Promise<Status> }

export function createStatusWatch({ client, room }: WaitingDeps): StatusWatch {
  let last: Status | undefined
  let etag: string | undefined
  return {
    async read(run) {
      const headers: Record<string, string> = etag === undefined ? {} : { 'if-none-match': etag }
      const answer = await client.send(run, { method: 'GET', path: `/api/rooms/${room}/status`, headers })
      if (answer.status !== 304) {
        last = readBody(run, answer, 200, StatusSchema)
        etag = answer.etag
      }
      if (last === undefined) throw unexpected(run, answer)
      if (last.phase === 'sold-out' || last.phase === 'closed') throw rejected(last.phase)
      return last
    },
  }
}

/** Polls the status, at its own pace, until the place is called. Returns its position. */
export async function waitForCall(
  deps: WaitingDeps,
  journey: Journey,
  watch: StatusWatch,
  { place, position, called }: Place,
): Promise<number> {
  const run = journey.begin('wait')
  let mine = position
  let isRestored = false
  while (!called) {
    const { phase, serving, poll, draw } = await watch.read(run)
    const isRestoring = phase === 'restoring'
    // The request restores the place in a room that has lost it.
    const isToAsk = isRestoring ? !isRestored : mine === undefined && draw?.drawn === true
    if (isToAsk) mine = (await askPlace(deps, run, place)).position ?? mine
    isRestored = isRestoring
    if (mine !== undefined && mine <= serving) break
    await deps.time.pause(pollDelayMs(poll, (mine ?? serving) - serving, run.random), run.signal)
  }
  journey.end(run)
  return mine ?? 0
}

/**
 * Requested once after the draw (a gateway without the result yet omits it), and once in a room that is being restored.
 */
async function askPlace(
  { client, room }: Pick<WaitingDeps, 'client' | 'room'>,
  run: StepRun,
  place: string,
): Promise<Place> {
  const answer = await client.send(run, { method: 'GET', path: `/api/rooms/${room}/place`, token: place })
  return readBody(run, answer, 200, PlaceSchema)
}

/** Claims a pass for a called place. `missed`: the turn has passed, and a new place is needed. */
export async function claimPass(
  { client, time, room }: WaitingDeps,
  journey: Journey,
  watch: StatusWatch,
  { place, position }: { place: string; position: number },
  session: string,
): Promise<{ status: 'pass'; pass: string } | { status: 'missed' }> {
  const run = journey.begin('claim')
  let [mine, at] = [place, position]
  for (;;) {
    const answer = await client.send(run, {
      method: 'POST',
      path: `/api/rooms/${room}/claims`,
      token: session,
      body: { place: mine },
    })
    switch (answer.code) {
      case 'place-moved': {
        // After a failover another fan owns the place, and this one gets the end of the queue.
        const moved = await askPlace({ client, room }, run, mine)
        mine = moved.place
        at = moved.position ?? at
        break
      }
      case 'turn-missed':
        return { status: 'missed' }
      case 'no-free-slot':
        await time.pause(answer.retryAfterMs ?? SLOT_RETRY_MS, run.signal)
        // All may be sold while a called fan waits for a slot.
        await watch.read(run)
        break
      case 'not-called': {
        const { serving, poll } = await watch.read(run)
        await time.pause(pollDelayMs(poll, at - serving, run.random), run.signal)
        break
      }
      default: {
        const { pass } = readBody(run, answer, 201, PassSchema)
        journey.end(run)
        journey.admit()
        return { status: 'pass', pass }
      }
    }
  }
}

const SLOT_RETRY_MS = 1000
