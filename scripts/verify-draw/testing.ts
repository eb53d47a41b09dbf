import { createHash, randomBytes } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { commitmentOf, seedOf } from '../../gateway/room/draw.ts'
import { loggedEntry } from '../../gateway/room/entry.ts'
import type { PublishedDraw } from './verify.ts'

export const ROOM = 'naru-test'

/** An honest draw as the gateway makes it. */
export function makeDraw(
  lobbyEntries: number,
  room = ROOM,
  log = Buffer.concat(Array.from({ length: lobbyEntries }, (_, index) => loggedEntry(keyBytes(index), 2))),
): PublishedDraw {
  const secret = randomBytes(32)
  const entriesHash = createHash('sha256').update(log).digest()
  return {
    room,
    version: 2,
    commitment: commitmentOf(secret),
    secret: secret.toString('hex'),
    seed: seedOf(secret, room, lobbyEntries, entriesHash).toString('hex'),
    lobbyEntries,
    log,
  }
}

/** The key of the entry with an index, which its fan alone has. */
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

/** What a room's routes answer, by path below the room. */
export function publish({ log, ...draw }: PublishedDraw): Answers {
  return {
    '/draw': answerJson({ ...draw, order: 'draw', drawn: true }),
    '/draw/entries': (response) => {
      response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(log)
    },
  }
}

/** A gateway that knows one room. */
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
