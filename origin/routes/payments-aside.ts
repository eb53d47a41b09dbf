import { createRoute, z } from '@hono/zod-openapi'
import { createOpenApiApp, jsonBody, jsonResponse, problemResponses } from '../../shared/http/openapi.ts'
import { Problem } from '../../shared/problem.ts'
import { RoomIdSchema } from '../../shared/room-id.ts'
import type { Aside, AsideCursor } from '../payments/list-asides.ts'
import type { ResolveAsideInput, ResolveAsideResult } from '../payments/resolve-aside.ts'
import type { OriginEnv } from './principal.ts'
import { requireTeam } from './require-access.ts'

const AsideSchema = z
  .object({
    id: z.int(),
    entry: z.string().openapi({ description: 'Its ID in the stream it was taken out of' }),
    payment: z.uuid().optional(),
    state: z
      .string()
      .optional()
      .openapi({ description: 'How the payment is recorded; missing when it is not' }),
    fields: z.record(z.string(), z.string()),
    reason: z.string().openapi({ description: 'Why it could not be ended' }),
    attempts: z.int(),
    at: z.iso.datetime(),
    resolvedAt: z.iso.datetime().optional(),
  })
  .openapi('PaymentAside')

const AsidesSchema = z
  .object({ asides: z.array(AsideSchema), next: z.string().optional() })
  .openapi('PaymentsAside')

const ActionSchema = z
  .object({
    action: z.enum(['retry', 'dismiss']).openapi({
      description:
        '`retry` puts the payment back among those to be made. `dismiss` gives it up, if it was not charged, and puts ' +
        'its units on sale again',
    }),
  })
  .strict()
  .openapi('PaymentAsideAction')

const SHOWN_MAX = 100
const CURSOR = /^(open|resolved)-(\d{1,15})$/
const CursorSchema = z
  .string()
  .regex(CURSOR)
  .transform((text): AsideCursor => {
    const [, kind, id] = CURSOR.exec(text) ?? []
    return { open: kind === 'open', id: Number(id) }
  })
  .openapi({ type: 'string', description: 'The `next` of the page before' })

const path = '/admin/rooms/{room}/payments/aside'
const security = [{ session: [] }]
const common = {
  ...problemResponses('invalid-input', 'token-missing', 'token-invalid', 'not-found', 'unavailable'),
  ...problemResponses('token-foreign', 'forbidden'),
}

const listRoute = createRoute({
  method: 'get',
  path,
  summary: 'Payments that were set aside: open ones first, the newest first',
  security,
  request: {
    params: z.object({ room: RoomIdSchema }),
    query: z.object({
      after: CursorSchema.optional(),
      limit: z.coerce.number().int().min(1).max(SHOWN_MAX).default(20),
    }),
  },
  responses: { 200: jsonResponse(AsidesSchema, 'A page; `next` asks for the one after it'), ...common },
})

const resolveRoute = createRoute({
  method: 'post',
  path: `${path}/{id}`,
  summary: 'Decide what becomes of a payment that was set aside',
  security,
  request: {
    params: z.object({
      room: RoomIdSchema,
      id: z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER),
    }),
    body: jsonBody(ActionSchema),
  },
  responses: {
    204: { description: 'It is done, and in the audit log' },
    ...common,
    ...problemResponses('conflict'),
  },
})

export type PaymentAsideRoutesDeps = {
  hasRoom: (room: string) => Promise<boolean>
  listAsides: (input: { room: string; after?: AsideCursor | undefined; limit: number }) => Promise<Aside[]>
  resolveAside: (input: ResolveAsideInput) => Promise<ResolveAsideResult>
}

export function createPaymentAsideRoutes(deps: PaymentAsideRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(listRoute, async (c) => {
    await requireTeam(c, c.req.valid('param').room, 'view')
    const { room } = c.req.valid('param')
    if (!(await deps.hasRoom(room))) throw new Problem('not-found', 'There is no such room')
    const { after, limit } = c.req.valid('query')
    const asides = await deps.listAsides({ room, after, limit })
    const last = asides.at(-1)
    c.header('cache-control', 'no-store')
    return c.json(
      {
        asides: asides.map(shown),
        ...(last === undefined || asides.length < limit ? {} : { next: cursorOf(last) }),
      },
      200,
    )
  })

  app.openapi(resolveRoute, async (c) => {
    const { account } = await requireTeam(c, c.req.valid('param').room, 'manage')
    const result = await deps.resolveAside({ ...c.req.valid('param'), ...c.req.valid('json'), account })
    if (result.status !== 'resolved') throw refusal(result.status)
    return c.body(null, 204)
  })

  return app
}

function refusal(status: Exclude<ResolveAsideResult['status'], 'resolved'>): Problem {
  switch (status) {
    case 'missing':
      return new Problem('not-found', 'There is no such payment set aside')
    case 'closed':
      return new Problem('conflict', 'This has been decided already')
    case 'unreadable':
      return new Problem('conflict', 'The entry cannot be read, so that it can only be dismissed')
    case 'charged':
      return new Problem(
        'conflict',
        'The payment was charged: retry it, which ends it or gives the money back',
      )
    case 'room-absent':
      return new Problem('unavailable', 'The sale is being restored; decide again in a moment', {
        retryAfterSeconds: 5,
      })
    case 'unknown':
      return new Problem('unavailable', 'Whether it was charged cannot be told now', {
        retryAfterSeconds: 30,
      })
  }
}

function cursorOf({ id, resolvedAt }: Aside): string {
  return `${resolvedAt === null ? 'open' : 'resolved'}-${id}`
}

function shown({ payment, state, at, resolvedAt, ...aside }: Aside): z.output<typeof AsideSchema> {
  return {
    ...aside,
    at: at.toISOString(),
    ...(payment === null ? {} : { payment }),
    ...(state === null ? {} : { state }),
    ...(resolvedAt === null ? {} : { resolvedAt: resolvedAt.toISOString() }),
  }
}
