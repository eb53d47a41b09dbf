import { createHash, randomBytes } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { commitmentOf, seedOf } from '../../gateway/room/draw.ts'
import type { PublishedDraw } from './verify.ts'

export const ROOM = 'naru-test'

/** An honest draw as the gateway makes it. */
export function makeDraw(
  lobbyEntries: number,
  room = ROOM,
  log = randomBytes(lobbyEntries * 16),
): PublishedDraw {
  const secret = randomBytes(32)
  const entriesHash = createHash('sha256').update(log).digest()
  return {
    room,
    commitment: commitmentOf(secret),
    secret: secret.toString('hex'),
    seed: seedOf(secret, room, lobbyEntries, entriesHash).toString('hex'),
    lobbyEntries,
    log,
  }
}

export function keyAt({ log }: PublishedDraw, index: number): string {
  return Buffer.from(log.subarray(index * 16, index * 16 + 16)).toString('base64url')
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
