import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { ErrorHandler, MiddlewareHandler } from 'hono'
import { requestId } from 'hono/request-id'
import { createOpenApiApp, type RequestVariables } from '../../../shared/api/openapi.ts'
import { Problem } from '../../../shared/api/problem.ts'
import { limitBody, requireJson } from '../../../shared/http/limits.ts'
import { createNotFoundHandler, problemHandler } from '../../../shared/http/problems.ts'
import type { Logger } from '../../../shared/runtime/log.ts'
import { sandboxRound } from './beacon.ts'
import type { Charges } from './charges.ts'
import * as contract from './contract.ts'
import type { Dials } from './dials.ts'
import type { Ledger } from './ledger.ts'
import type { Refusal } from './once.ts'
import { createPagesApp } from './pages-app.ts'
import type { Refund, RefundRecord } from './records.ts'
import type { Webhooks } from './webhooks.ts'

export type SandboxDeps = {
  charges: Charges
  dials: Pick<Dials, 'read' | 'change'>
  ledger: Pick<Ledger, 'page'>
  webhooks: Webhooks
  log: Logger
  limits: { inFlightMax: number; bodyBytesMax: number }
}

/** Bindings are missing when a test calls `app.request()`. */
type SandboxEnv = { Bindings: Partial<HttpBindings>; Variables: RequestVariables }

/** The sandbox payment provider's HTTP API; `contract.ts` documents each route's requests and responses. */
export function createSandboxApp({
  charges,
  dials,
  ledger,
  webhooks,
  log,
  limits,
}: SandboxDeps): OpenAPIHono<SandboxEnv> {
  const app = createOpenApiApp<SandboxEnv>()
  app.onError(sandboxErrorHandler(log))
  app.notFound(createNotFoundHandler(() => app.routes))

  const limitInFlight = createInFlightLimit(limits.inFlightMax)
  app.use(requestId())
  app.use('/charges/*', limitInFlight)
  app.use('/refunds', limitInFlight)
  app.use('/ledger', limitInFlight)
  app.on('POST', ['/charges', '/refunds'], requireKey, requireJson, limitBody(limits.bodyBytesMax))
  app.on('POST', '/outside', requireJson, limitBody(limits.bodyBytesMax))
  const limitForms = limitBody(limits.bodyBytesMax)
  for (const path of ['/pay/*', '/script', '/dashboard/*']) app.use(path, limitInFlight, limitForms)
  app.on('PUT', '/dials', requireJson, limitBody(limits.bodyBytesMax))

  addCharges(app, { charges, webhooks })

  app.openapi(contract.ledgerRoute, (c) => {
    const { after, limit } = c.req.valid('query')
    return c.json(ledger.page(after, limit), 200)
  })

  app.openapi(contract.readDialsRoute, (c) => c.json(dials.read(), 200))

  app.openapi(contract.changeDialsRoute, (c) => {
    const result = dials.change(c.req.valid('json'))
    if (result.status === 'p99-below-median') {
      throw new Problem('invalid-input', 'p99Ms must be at least medianMs')
    }
    log.info(result.dials, 'dials changed')
    return c.json(result.dials, 200)
  })

  app.openapi(contract.beaconRoute, (c) => {
    const round = sandboxRound(c.req.valid('param').round, Date.now)
    if (round === undefined) throw new Problem('not-found', 'This round is still to come')
    return c.json(round, 200)
  })

  app.openapi(contract.healthRoute, (c) => c.json({ status: 'ok' as const }, 200))
  app.route('/', createPagesApp({ charges, webhooks }))
  app.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: { title: 'Naru sandbox payment provider', version: '1.0.0' },
  })
  return app
}

function addCharges(
  app: OpenAPIHono<SandboxEnv>,
  { charges, webhooks }: Pick<SandboxDeps, 'charges' | 'webhooks'>,
): void {
  app.openapi(contract.chargeRoute, async (c) => {
    const { 'idempotency-key': key } = c.req.valid('header')
    const result = await charges.charge(key, c.req.valid('json'))
    if (result.status === 'made') {
      if (result.answerLost) throw new LostAnswer()
      return c.json(result.made, 201)
    }
    if (result.status === 'repeated') return c.json(result.made, 200)
    throw toProblem(result)
  })

  app.openapi(contract.lookupRoute, async (c) => {
    const made = await charges.lookup(c.req.valid('param').key)
    if (made === undefined) throw new Problem('not-found', 'Nothing was charged under this key')
    return c.json(made, 200)
  })

  app.openapi(contract.abandonRoute, async (c) => {
    const ended = await charges.abandon(c.req.valid('param').key)
    if (ended === undefined) throw new Problem('not-found', 'Nothing was charged under this key')
    return c.json(ended, 200)
  })

  app.openapi(contract.refundRoute, async (c) => {
    const { 'idempotency-key': key } = c.req.valid('header')
    const result = await charges.refund(key, c.req.valid('json'))
    if (result.status === 'made') {
      if (result.answerLost) throw new LostAnswer()
      return c.json(toRefund(result.made), 201)
    }
    if (result.status === 'repeated') return c.json(toRefund(result.made), 200)
    throw toProblem(result)
  })

  app.openapi(contract.reverseRoute, async (c) => {
    const result = await charges.reverse(c.req.valid('json'))
    if (result.status !== 'made') throw toProblem(result)
    const { kind, chargeKey } = result.made
    void webhooks.send({ type: kind === 'refund' ? 'refund.created' : 'dispute.changed', payment: chargeKey })
    return c.json(result.made, 201)
  })

  app.openapi(contract.reversalsRoute, (c) =>
    c.json({ reversals: charges.reversals(c.req.valid('param').key) }, 200),
  )
}

/** Responds like our own error handler, except that injected failures are not logged. */
function sandboxErrorHandler(log: Logger): ErrorHandler<SandboxEnv> {
  const answer = problemHandler(log, () => false)
  return (error, c) => {
    if (error instanceof LostAnswer) {
      c.env.incoming?.socket.destroy()
      return RESPONSE_ALREADY_SENT
    }
    if (error instanceof DialledFailure) {
      return c.json(error.document(c.get('requestId')), 500, error.headers())
    }
    return answer(error, c)
  }
}

/** Ends the connection without a response, so that the caller cannot know the outcome of the request. */
class LostAnswer extends Error {}

class DialledFailure extends Problem {
  constructor() {
    super('internal', 'The dials made this request fail; nothing was recorded')
  }
}

function toProblem(refusal: Refusal | { status: 'key-reused' }): Problem {
  switch (refusal.status) {
    case 'failed':
      return new DialledFailure()
    case 'key-reused':
      return new Problem('idempotency-key-reused')
    case 'ledger-full':
      return new Problem('unavailable', 'The ledger is full', { retryAfterSeconds: RETRY_AFTER_SECONDS })
    case 'charge-unknown':
      return new Problem('not-found', 'Nothing was charged under chargeKey')
    case 'not-refundable':
      return new Problem('invalid-input', refusal.detail)
  }
}

const requireKey: MiddlewareHandler = (c, next) => {
  if (!c.req.header('idempotency-key')) throw new Problem('idempotency-key-missing')
  return next()
}

function createInFlightLimit(inFlightMax: number): MiddlewareHandler {
  let inFlight = 0
  return async (_, next) => {
    if (inFlight >= inFlightMax) {
      throw new Problem('busy', undefined, { retryAfterSeconds: RETRY_AFTER_SECONDS })
    }
    inFlight += 1
    try {
      await next()
    } finally {
      inFlight -= 1
    }
  }
}

function toRefund({ kind: _, ...refund }: RefundRecord): Refund {
  return refund
}

const RETRY_AFTER_SECONDS = 1
