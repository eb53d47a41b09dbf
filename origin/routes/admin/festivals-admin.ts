import type { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import {
  type AdminFestivalSchema,
  changeFestivalRoute,
  createFestivalRoute,
  deleteDraftRoute,
  type ListedFestivalSchema,
  listFestivalsRoute,
  publishFestivalRoute,
  readFestivalRoute,
  unpublishFestivalRoute,
} from '../../../shared/api/admin-festivals.ts'
import { createOpenApiApp } from '../../../shared/api/openapi.ts'
import { Problem } from '../../../shared/api/problem.ts'
import type { ChangeFestivalInput, ChangeFestivalResult } from '../../catalogue/change-festival.ts'
import type { CreateFestivalInput, CreateFestivalResult } from '../../catalogue/create-festival.ts'
import type { DeleteDraftResult } from '../../catalogue/delete-draft.ts'
import { NEW_ROOM } from '../../catalogue/new-room.ts'
import type { PublishResult } from '../../catalogue/publish-festival.ts'
import type { FestivalWithStock } from '../../catalogue/read-festivals.ts'
import type { VersionCheck } from '../../festivals/locked-festival.ts'
import type { FestivalRecord } from '../../festivals/read-catalogue.ts'
import { shownRoom } from '../../festivals/read-catalogue.ts'
import type { OriginEnv } from '../auth/principal.ts'
import { requirePermission, requireTeam } from '../auth/require-access.ts'
import { festivalMissing } from '../festival-missing.ts'
import { keyProblem, readIdempotencyKey } from '../idempotency-key.ts'
import { outdated, readIfMatch, versionEtag } from '../if-match.ts'
import { refusalProblem } from '../refusal-problem.ts'

type Input = { festival: string; account: string; isExpected?: VersionCheck }

export type FestivalAdminRoutesDeps = {
  listFestivals: (page: { account: string; offset: number; limit: number }) => Promise<FestivalRecord[]>
  findFestival: (festival: string) => Promise<FestivalWithStock | undefined>
  createFestival: (input: CreateFestivalInput) => Promise<CreateFestivalResult>
  changeFestival: (input: ChangeFestivalInput) => Promise<ChangeFestivalResult>
  deleteDraft: (input: Input) => Promise<DeleteDraftResult>
  publishFestival: (input: Input) => Promise<PublishResult>
  unpublishFestival: (input: Input) => Promise<PublishResult>
}

export function createFestivalAdminRoutes(deps: FestivalAdminRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(listFestivalsRoute, async (c) => {
    const { account } = await requirePermission(c, 'organises', 'creates')
    const festivals = await deps.listFestivals({ account, ...c.req.valid('query') })
    c.header('cache-control', 'no-store')
    return c.json({ festivals: festivals.map(shownListed) }, 200)
  })

  app.openapi(createFestivalRoute, async (c) => {
    const { account } = await requirePermission(c, 'creates')
    const { id, room, ticketTypes, ...fields } = c.req.valid('json')
    const given = Object.fromEntries(Object.entries(room).filter(([, value]) => value !== undefined))
    const { lobbyAt, opensAt, closesAt } = room
    const result = await deps.createFestival({
      id,
      account,
      fields,
      room: { ...NEW_ROOM, ...given, lobbyAt, opensAt, closesAt },
      ticketTypes,
      key: readIdempotencyKey(c.req.valid('header')['idempotency-key']),
    })
    if (result.status === 'id-taken') throw new Problem('festival-taken')
    if (result.status === 'too-many-drafts') {
      const detail = `At most ${result.draftsMax} drafts; publish or delete one first`
      throw new Problem('too-many-drafts', detail, { members: { draftsMax: result.draftsMax } })
    }
    if (result.status === 'key-reused' || result.status === 'too-many-keys') throw keyProblem(result)
    if (result.status !== 'created') throw refusalProblem(result)
    c.header('location', `/api${createFestivalRoute.path}/${id}`)
    return c.json(shownOn(c, result.festival), 201)
  })

  app.openapi(readFestivalRoute, async (c) => {
    await requireTeam(c, c.req.valid('param').festival, 'view')
    const found = await deps.findFestival(c.req.valid('param').festival)
    if (found === undefined) throw festivalMissing()
    return c.json(shownOn(c, found), 200)
  })

  app.openapi(changeFestivalRoute, async (c) => {
    const { account } = await requireTeam(c, c.req.valid('param').festival, 'manage')
    const { festival } = c.req.valid('param')
    const isExpected = readIfMatch(c.req.valid('header')['if-match'])
    const change = c.req.valid('json')
    const result = await deps.changeFestival({ festival, account, change, isExpected })
    if (result.status === 'missing') throw festivalMissing()
    if (result.status === 'outdated') throw outdated()
    if (result.status !== 'changed') throw refusalProblem(result)
    return c.json(shownOn(c, result.festival), 200)
  })

  app.openapi(deleteDraftRoute, async (c) => {
    const { account } = await requireTeam(c, c.req.valid('param').festival, 'own')
    const isExpected = readIfMatch(c.req.valid('header')['if-match'])
    const result = await deps.deleteDraft({ ...c.req.valid('param'), account, isExpected })
    if (result.status === 'missing') throw festivalMissing()
    if (result.status === 'outdated') throw outdated()
    if (result.status === 'conflict') throw new Problem('conflict', result.detail)
    return c.body(null, 204)
  })

  app.openapi(publishFestivalRoute, async (c) => {
    const { account } = await requireTeam(c, c.req.valid('param').festival, 'manage')
    const { festival } = c.req.valid('param')
    const isExpected = readIfMatch(c.req.valid('header')['if-match'])
    const done = doneOrThrow(await deps.publishFestival({ festival, account, isExpected }))
    return c.json(shownOn(c, done), 200)
  })

  app.openapi(unpublishFestivalRoute, async (c) => {
    const { account } = await requireTeam(c, c.req.valid('param').festival, 'manage')
    const { festival } = c.req.valid('param')
    const isExpected = readIfMatch(c.req.valid('header')['if-match'])
    const done = doneOrThrow(await deps.unpublishFestival({ festival, account, isExpected }))
    return c.json(shownOn(c, done), 200)
  })

  return app
}

export function roomAbsent(): Problem {
  return new Problem('unavailable', 'The room is being restored', { retryAfterSeconds: 5 })
}

/** The festival that the routes return which read and change it; sets the headers of the response. */
export function shownOn(c: Context, festival: FestivalWithStock): z.output<typeof AdminFestivalSchema> {
  c.header('cache-control', 'no-store')
  c.header('etag', versionEtag(festival.room.version))
  return shownFestival(festival)
}

function shownFestival({ ticketTypes, ...record }: FestivalWithStock): z.output<typeof AdminFestivalSchema> {
  return {
    ...shownFields(record),
    ticketTypes: ticketTypes.map((type) => ({
      ...shownType(type),
      sold: type.sold,
      quantityMin: type.quantityMin,
    })),
  }
}

function shownListed({ ticketTypes, ...record }: FestivalRecord): z.output<typeof ListedFestivalSchema> {
  return { ...shownFields(record), ticketTypes: ticketTypes.map(shownType) }
}

function shownFields({ festival, room }: Pick<FestivalRecord, 'festival' | 'room'>) {
  return {
    id: festival.id,
    name: festival.name,
    place: festival.place,
    nameKo: festival.nameKo,
    nameEn: festival.nameEn,
    placeKo: festival.placeKo,
    placeEn: festival.placeEn,
    startsAt: festival.startsAt.toISOString(),
    endsAt: festival.endsAt.toISOString(),
    currency: festival.currency,
    timeZone: festival.timeZone,
    checkInBeforeMinutes: festival.checkInBeforeMinutes,
    checkInAfterMinutes: festival.checkInAfterMinutes,
    description: { ko: festival.descriptionKo, en: festival.descriptionEn },
    image: festival.image,
    published: festival.published,
    sellerName: festival.sellerName,
    sellerRepresentative: festival.sellerRepresentative,
    sellerRegistration: festival.sellerRegistration,
    sellerMailOrder: festival.sellerMailOrder,
    sellerAddress: festival.sellerAddress,
    sellerEmail: festival.sellerEmail,
    sellerPhone: festival.sellerPhone,
    createdAt: festival.createdAt.toISOString(),
    version: room.version,
    room: shownRoom(room),
  }
}

function shownType(type: FestivalRecord['ticketTypes'][number]) {
  return {
    id: type.id,
    name: type.name,
    nameKo: type.nameKo,
    nameEn: type.nameEn,
    priceMinor: type.priceMinor,
    quantity: type.quantity,
    accountLimit: type.accountLimit,
    saleFrom: type.saleFrom.toISOString(),
    saleTo: type.saleTo.toISOString(),
    refundUntil: type.refundUntil.toISOString(),
  }
}

function doneOrThrow(result: PublishResult): FestivalWithStock {
  switch (result.status) {
    case 'done':
      return result.festival
    case 'missing':
      throw festivalMissing()
    case 'outdated':
      throw outdated()
    case 'conflict':
      throw new Problem(
        'conflict',
        result.detail,
        result.errors === undefined ? {} : { errors: result.errors },
      )
    case 'room-absent':
      throw roomAbsent()
  }
}
