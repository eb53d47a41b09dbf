import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Problem } from '../../shared/api/problem.ts'
import { readStatusRoute } from '../../shared/api/room-status.ts'
import type { CookieScheme } from '../../shared/http/cookies.ts'
import { matchesEtag } from '../../shared/http/etag.ts'
import type { FirstListener } from '../../shared/http/listen.ts'
import { namesOneHost } from '../../shared/http/refuse.ts'
import { type Metrics, plainCounter } from '../../shared/runtime/metrics.ts'
import type { PollFloors } from '../rate-limits/poll-interval.ts'
import { askedTooOften, presentedPlace } from '../rate-limits/too-many-polls.ts'
import type { Snapshots } from '../room/snapshot.ts'
import type { StatusBytes } from '../room/status.ts'
import { CACHED_FOR_A_SECOND } from './caching.ts'

const [BEFORE_ROOM = '', AFTER_ROOM = ''] = `/api${readStatusRoute.path}`.split('{room}')

/** The wire form of a snapshot, computed by its first poll. */
type Prepared = { etag: string; text: string; headers: string[]; headersUnchanged: string[] }

/**
 * Answers polls of a room's status straight from its snapshot, as the route in api/rooms/status.ts does, without Hono:
 * the most frequent request is a map lookup and a write. Every other request is passed on: other targets, queries,
 * unknown rooms, and polls with a body. A poll with a place token is subject to the place's poll limit.
 */
export function createStatusListener(deps: {
  snapshots: Pick<Snapshots, 'of'>
  floors: Pick<PollFloors, 'status'>
  cookies: CookieScheme
  onPoll: () => void
}): FirstListener {
  const prepared = new WeakMap<StatusBytes, Prepared>()

  function answerOf(bytes: StatusBytes): Prepared {
    const known = prepared.get(bytes)
    if (known !== undefined) return known
    const made = prepare(bytes)
    prepared.set(bytes, made)
    return made
  }

  return (request, response) => {
    const room = polledRoom(request)
    const bytes = room === undefined ? undefined : deps.snapshots.of(room)?.bytes
    if (room === undefined || bytes === undefined) return false
    const place = presentedPlace(request.headers, room, deps.cookies)
    const refused = place === undefined ? undefined : askedTooOften(deps.floors.status, place)
    if (refused !== undefined) {
      refuse(response, refused)
      return true
    }
    const answer = answerOf(bytes)
    const known = request.headers['if-none-match']
    // Node sends no body in response to HEAD.
    if (known === undefined || !matchesEtag(known, answer.etag)) {
      response.writeHead(200, answer.headers).end(answer.text)
    } else {
      response.writeHead(304, answer.headersUnchanged).end()
    }
    deps.onPoll()
    return true
  }
}

function refuse(response: ServerResponse, problem: Problem): void {
  const body = JSON.stringify(problem.document())
  const headers = { 'content-length': Buffer.byteLength(body), 'x-content-type-options': 'nosniff' }
  response.writeHead(problem.status, { ...problem.headers(), ...headers }).end(body)
}

/** A room's ID needs no decoding, so exactly one spelling of its target finds a room. */
function polledRoom(request: IncomingMessage): string | undefined {
  const { method, url = '', headers } = request
  if (method !== 'GET' && method !== 'HEAD') return undefined
  if (!url.startsWith(BEFORE_ROOM) || !url.endsWith(AFTER_ROOM)) return undefined
  if (headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined) return undefined
  // Targets that two servers could read differently are left to the listener, which refuses them.
  if (request.httpVersionMajor !== 1 || !namesOneHost(request)) return undefined
  return url.slice(BEFORE_ROOM.length, -AFTER_ROOM.length)
}

export function createPollCounter(metrics: Metrics): () => void {
  return plainCounter(metrics, 'naru_polls_total', 'Polls of a status answered from a snapshot')
}

function prepare({ body, etag }: StatusBytes): Prepared {
  const caching = ['etag', etag, 'cache-control', CACHED_FOR_A_SECOND, 'x-content-type-options', 'nosniff']
  return {
    etag,
    // As text, Node sends it in one write with the headers.
    text: new TextDecoder().decode(body),
    headers: ['content-type', 'application/json', 'content-length', String(body.byteLength), ...caching],
    headersUnchanged: caching,
  }
}
