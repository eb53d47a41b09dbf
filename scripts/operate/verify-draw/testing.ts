import { createHash, randomBytes } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { commitmentOf, firstSeedOf, positionOf, seedOf } from '../../../gateway/room/draw.ts'
import { loggedEntry } from '../../../gateway/room/entry.ts'
import { createParticipants } from '../../../gateway/room/participants.ts'
import type { PublishedDraw } from './verify.ts'

export const ROOM = 'naru-test'
/** Three and a half seconds before round 657413 of quicknet, the first that is at least three seconds later. */
export const CLOSED_MS = 1_692_803_367_000 + (657_413 - 1) * 3000 - 3500

type SecondVersion = PublishedDraw & { version: 2 }
type Beacon = Partial<Pick<SecondVersion, 'beacon' | 'signature'>> & {
  round?: SecondVersion['closing']['round']
}

/** An honest draw as the gateway computes it; every third entry takes no part. */
export function makeDraw(
  lobbyEntries: number,
  room = ROOM,
  log = Buffer.concat(Array.from({ length: lobbyEntries }, (_, index) => loggedEntry(keyBytes(index), 2))),
  { beacon = 'none', round, signature }: Beacon = {},
): SecondVersion {
  const secret = randomBytes(32)
  const participants = Buffer.alloc(Math.ceil(lobbyEntries / 8))
  let count = 0
  for (let index = 0; index < lobbyEntries; index += 1) {
    if (index % 3 === 0) continue
    participants.writeUInt8(participants.readUInt8(index >> 3) | (0x80 >> (index % 8)), index >> 3)
    count += 1
  }
  const closing = {
    participants: count,
    logHash: createHash('sha256').update(log).digest('hex'),
    participantsHash: createHash('sha256').update(participants).digest('hex'),
    closedAt: new Date(CLOSED_MS),
    round,
  }
  return {
    room,
    version: 2,
    commitment: commitmentOf(secret),
    beacon,
    secret: secret.toString('hex'),
    seed: seedOf(secret, room, lobbyEntries, closing, signature ?? '').toString('hex'),
    lobbyEntries,
    closing,
    signature,
    log,
    participants,
  }
}

/** The gateway's position for an entry of such a draw. */
export function positionIn(draw: SecondVersion, index: number): number | undefined {
  return positionOf(index, {
    ...draw,
    closing: undefined,
    signature: undefined,
    secret: Buffer.alloc(32),
    seed: Buffer.from(draw.seed, 'hex'),
    participants: createParticipants(draw.participants),
  })
}

/** A draw of version 1, as in rooms published earlier. */
export function makeFirstDraw(lobbyEntries: number): PublishedDraw & { version: 1 } {
  const log = Buffer.concat(Array.from({ length: lobbyEntries }, (_, index) => keyBytes(index)))
  const secret = randomBytes(32)
  const logHash = createHash('sha256').update(log).digest()
  return {
    room: ROOM,
    version: 1,
    commitment: commitmentOf(secret),
    secret: secret.toString('hex'),
    seed: firstSeedOf(secret, ROOM, lobbyEntries, logHash).toString('hex'),
    lobbyEntries,
    log,
  }
}

/** The key of the entry with an index, which only its fan has. */
export function keyAt(index: number): string {
  return keyBytes(index).toString('base64url')
}

function keyBytes(index: number): Buffer {
  return createHash('sha256').update(`key ${index}`).digest().subarray(0, 16)
}

export type Answers = Record<string, (response: ServerResponse) => void>

export function answerJson(body: unknown, status = 200) {
  return (response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
}

/** The responses of a room's routes, by path below the room. */
export function publish({ log, ...published }: PublishedDraw): Answers {
  const { participants, ...draw } = { participants: new Uint8Array(), ...published }
  return {
    '/draw': answerJson({ ...draw, order: 'draw', drawn: true }),
    '/draw/entries': (response) => {
      response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(log)
    },
    '/draw/participants': (response) => {
      response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(participants)
    },
  }
}

/** A gateway with one room. */
export async function serveRoom(answers: Answers) {
  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace(`/api/rooms/${ROOM}`, '')
    const answer = answers[path] ?? answerJson({ code: 'not-found', detail: 'There is no such room' }, 404)
    answer(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const stop = () => {
    server.closeAllConnections()
    server.close()
  }
  return { roomUrl: `http://127.0.0.1:${port}/api/rooms/${ROOM}`, stop }
}
