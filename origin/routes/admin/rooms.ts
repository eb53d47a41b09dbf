import type { z } from '@hono/zod-openapi'
import {
  changeRoomRoute,
  listRoomChangesRoute,
  type RoomSettingsSchema,
  readRoomRoute,
} from '../../../shared/api/admin-rooms.ts'
import { createOpenApiApp } from '../../../shared/api/openapi.ts'
import { Problem } from '../../../shared/api/problem.ts'
import type { Change, ReadChangesInput } from '../../audit-log/read-changes.ts'
import type { RoomRow } from '../../festivals/read-catalogue.ts'
import type { ChangeRoomInput, ChangeRoomResult } from '../../rooms/change-room.ts'
import { settingsOf } from '../../rooms/settings.ts'
import type { OriginEnv } from '../auth/principal.ts'
import { requireTeam } from '../auth/require-access.ts'
import { outdated, readIfMatch, versionEtag } from '../if-match.ts'
import { refusalProblem } from '../refusal-problem.ts'

export type RoomRoutesDeps = {
  readRoom: (room: string) => Promise<RoomRow | undefined>
  changeRoom: (input: ChangeRoomInput) => Promise<ChangeRoomResult>
  readChanges: (input: ReadChangesInput) => Promise<Change[]>
}

export function createRoomRoutes(deps: RoomRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(readRoomRoute, async (c) => {
    await requireTeam(c, c.req.valid('param').room, 'view')
    const room = await deps.readRoom(c.req.valid('param').room)
    if (room === undefined) throw roomMissing()
    c.header('cache-control', 'no-store')
    c.header('etag', versionEtag(room.version))
    return c.json(shown(room), 200)
  })

  app.openapi(changeRoomRoute, async (c) => {
    const { account } = await requireTeam(c, c.req.valid('param').room, 'manage')
    const change = c.req.valid('json')
    const isExpected = readIfMatch(c.req.valid('header')['if-match'])
    const { room } = c.req.valid('param')
    const result = await deps.changeRoom({ room, account, change, isExpected })
    if (result.status === 'outdated') throw outdated()
    if (result.status === 'missing') throw roomMissing()
    if (result.status !== 'changed') throw refusalProblem(result)
    c.header('cache-control', 'no-store')
    c.header('etag', versionEtag(result.room.version))
    return c.json(shown(result.room), 200)
  })

  app.openapi(listRoomChangesRoute, async (c) => {
    await requireTeam(c, c.req.valid('param').room, 'view')
    const { room } = c.req.valid('param')
    if ((await deps.readRoom(room)) === undefined) throw roomMissing()
    const { account: by, ...page } = c.req.valid('query')
    // The changes of a member also concern orders.
    const of = by === undefined ? { subject: room } : { festival: room, by }
    const changes = await deps.readChanges({ ...of, ...page, sinceMade: room })
    c.header('cache-control', 'no-store')
    return c.json({ changes: changes.map(shownChange) }, 200)
  })

  return app
}

function shownChange({ subject: _, at, ...change }: Change) {
  return { ...change, at: at.toISOString() }
}

function roomMissing(): Problem {
  return new Problem('not-found', 'There is no such room')
}

function shown(room: RoomRow): z.output<typeof RoomSettingsSchema> {
  const { lobbyAt, opensAt, closesAt, ...settings } = settingsOf(room)
  return {
    id: room.id,
    version: room.version,
    ...settings,
    lobbyAt: lobbyAt.toISOString(),
    opensAt: opensAt.toISOString(),
    closesAt: closesAt.toISOString(),
  }
}
