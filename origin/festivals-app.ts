import type { Database } from '../drizzle/database.ts'
import { setImageRoute } from '../shared/api/images.ts'
import { createOpenApiApp } from '../shared/api/openapi.ts'
import { imageOf } from '../shared/catalogue.ts'
import type { Redis } from '../shared/redis/client.ts'
import { createBoundedQueue } from '../shared/runtime/bounded-queue.ts'
import type { Clock } from '../shared/runtime/clock.ts'
import { limitPerKey } from '../shared/runtime/per-key-limit.ts'
import { addTicketType } from './catalogue/add-ticket-type.ts'
import type { CatalogueCopy } from './catalogue/catalogue.ts'
import { changeFestival } from './catalogue/change-festival.ts'
import { changeTicketType } from './catalogue/change-ticket-type.ts'
import { createFestival } from './catalogue/create-festival.ts'
import { deleteDraft } from './catalogue/delete-draft.ts'
import { publishFestival, unpublishFestival } from './catalogue/publish-festival.ts'
import { findFestival, listFestivals } from './catalogue/read-festivals.ts'
import { removeTicketType } from './catalogue/remove-ticket-type.ts'
import type { ImageStore } from './images/image-store.ts'
import { seesImage } from './images/sees-image.ts'
import { removeImage, setImage } from './images/set-image.ts'
import type { OriginLimits } from './limits.ts'
import { createFestivalAdminRoutes } from './routes/admin/festivals-admin.ts'
import { createImageRoutes } from './routes/admin/images.ts'
import { createTicketTypeAdminRoutes } from './routes/admin/ticket-types-admin.ts'
import type { OriginEnv } from './routes/auth/principal.ts'

/** Images of one organiser that are being read or queued. */
const IMAGES_PER_ACCOUNT_MAX = 2

export type FestivalsAppDeps = {
  limits: Pick<
    OriginLimits,
    | 'festivalsMax'
    | 'festivalBytesMax'
    | 'ticketTypesMax'
    | 'unitsPerTypeMax'
    | 'unitsPerFestivalMax'
    | 'imageBytesMax'
    | 'imagePixelsMax'
    | 'imageSecondsMax'
    | 'imageConcurrency'
    | 'imageQueueMax'
  >
  db: Database
  redis: Redis
  catalogue: CatalogueCopy
  images: ImageStore
  now: Clock
}

/** Body size limits of these routes, by their paths under `/api`. */
export function festivalBodies(limits: FestivalsAppDeps['limits']): Record<string, number> {
  return {
    [`/api${setImageRoute.getRoutingPath()}`]: limits.imageBytesMax,
    '/api/admin/festivals': limits.festivalBytesMax,
    '/api/admin/festivals/*': limits.festivalBytesMax,
  }
}

/** The part of the API by which organisers create and change festivals. */
export function createFestivalsApp(deps: FestivalsAppDeps) {
  const { limits, db } = deps
  const imagesQueue = createBoundedQueue({
    concurrencyMax: limits.imageConcurrency,
    queueMax: limits.imageQueueMax,
  })
  const decoding = {
    imagesQueue,
    imagesPerAccount: limitPerKey<string>(IMAGES_PER_ACCOUNT_MAX),
    pixelsMax: limits.imagePixelsMax,
    secondsMax: limits.imageSecondsMax,
  }
  const app = createOpenApiApp<OriginEnv>()
  app.route(
    '/',
    createFestivalAdminRoutes({
      listFestivals: (page) => listFestivals(db, page),
      findFestival: (festival) => findFestival(db, festival),
      createFestival: (input) => createFestival(deps, input),
      changeFestival: (input) => changeFestival(deps, input),
      deleteDraft: (input) => deleteDraft(deps, input),
      publishFestival: (input) => publishFestival(deps, input),
      unpublishFestival: (input) => unpublishFestival(deps, input),
    }),
  )
  app.route(
    '/',
    createTicketTypeAdminRoutes({
      addTicketType: (input) => addTicketType(deps, input),
      changeTicketType: (input) => changeTicketType(deps, input),
      removeTicketType: (input) => removeTicketType(deps, input),
    }),
  )
  app.route(
    '/',
    createImageRoutes({
      setImage: (input) => setImage({ ...deps, ...decoding }, input),
      removeImage: (input) => removeImage(deps, input),
      seesImage: (account, name) => seesImage(db, account, name),
      readImage: async (name) => (imageOf(name) === undefined ? undefined : await deps.images.get(name)),
    }),
  )
  return app
}
