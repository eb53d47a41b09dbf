import { createOpenApiApp } from '../shared/api/openapi.ts'
import type { Leases } from '../shared/runtime/leases.ts'
import { readChanges } from './audit-log/read-changes.ts'
import type { OriginContext } from './context.ts'
import { listDeadEmails } from './email/dead-emails.ts'
import { listDeadLetters, listOpenDeadLetters } from './payments/dead-letters/list-dead-letters.ts'
import { resolveDeadLetter } from './payments/dead-letters/resolve-dead-letter.ts'
import { listPayments } from './payments/list-payments.ts'
import { listReversals, settleReversal } from './payments/reversals/reversals.ts'
import { exportOrders } from './reports/export-orders.ts'
import { createSaleReader } from './reports/read-sale.ts'
import { searchOrders } from './reports/search-orders.ts'
import { changeRoom } from './rooms/change-room.ts'
import { readRoom } from './rooms/read-room.ts'
import { createAdminChangeRoutes } from './routes/admin/admin-changes.ts'
import { createAdminOrderListRoutes } from './routes/admin/admin-order-list.ts'
import { createAdminPaymentRoutes } from './routes/admin/admin-payments.ts'
import { createAdminSaleRoutes } from './routes/admin/admin-sale.ts'
import { createDeadLetterRoutes } from './routes/admin/dead-letters.ts'
import { createPaymentDeadLetterRoutes } from './routes/admin/payment-dead-letters.ts'
import { createReversalRoutes } from './routes/admin/reversals.ts'
import { createRoomRoutes } from './routes/admin/rooms.ts'
import type { OriginEnv } from './routes/auth/principal.ts'

/** The part of the API by which organisers follow and control a sale, its orders and its payments. */
export function createSalesApp(deps: OriginContext, exportsUnderWay: Leases) {
  const { db, redis, now, limits } = deps
  const app = createOpenApiApp<OriginEnv>()
  const hasRoom = async (room: string) => (await readRoom(db, room)) !== undefined
  app.route(
    '/',
    createAdminOrderListRoutes({
      hasRoom,
      searchOrders: (input) =>
        searchOrders({ db, readTicketText: deps.readTicketText, scanMax: limits.ordersSearchedMax }, input),
      exportsUnderWay,
      exportOrders: (input) =>
        exportOrders(
          { db, readTicketText: deps.readTicketText, now, ordersMax: limits.ordersExportedMax },
          input,
        ),
    }),
  )
  app.route(
    '/',
    createAdminSaleRoutes({
      readSale: createSaleReader({
        db,
        redis,
        now,
        cachedMs: limits.saleCountsCachedMs,
        roomsMax: limits.festivalsMax,
      }),
      typeName,
    }),
  )
  app.route('/', createAdminChangeRoutes({ readChanges: (input) => readChanges(db, input) }))
  app.route(
    '/',
    createRoomRoutes({
      readRoom: (room) => readRoom(db, room),
      changeRoom: (input) => changeRoom(deps, input),
      readChanges: (input) => readChanges(db, input),
    }),
  )
  app.route(
    '/',
    createAdminPaymentRoutes({
      hasRoom,
      listPayments: (input) => listPayments(db, input),
    }),
  )
  app.route('/', createProblemPaymentsApp(deps, hasRoom))
  return app

  function typeName(type: number): string | undefined {
    return [...deps.catalogue.current(), ...deps.catalogue.upcoming()]
      .flatMap(({ ticketTypes }) => ticketTypes)
      .find(({ id }) => id === type)?.name
  }
}

/** Payments that need a decision, and what cannot be processed over all festivals. */
function createProblemPaymentsApp(deps: OriginContext, hasRoom: (room: string) => Promise<boolean>) {
  const { db, limits } = deps
  const app = createOpenApiApp<OriginEnv>()
  app.route(
    '/',
    createPaymentDeadLetterRoutes({
      hasRoom,
      listDeadLetters: (input) => listDeadLetters(db, input),
      resolveDeadLetter: (input) =>
        resolveDeadLetter(
          { ...deps, queueEmails: deps.mail?.queue, rememberSeconds: limits.paymentRememberSeconds },
          input,
        ),
    }),
  )
  app.route(
    '/',
    createReversalRoutes({
      hasRoom,
      listReversals: (input) => listReversals(db, input),
      settleReversal: (input) => settleReversal(deps, input),
    }),
  )
  app.route(
    '/',
    createDeadLetterRoutes({
      listPayments: (input) => listOpenDeadLetters(db, input),
      listEmails: (input) => listDeadEmails(db, input),
    }),
  )
  return app
}
