import type { z } from '@hono/zod-openapi'
import {
  type BasketSchema,
  type HoldSchema,
  readHoldRoute,
  releaseHoldRoute,
  takeHoldRoute,
} from '../../../shared/api/holds.ts'
import { createOpenApiApp } from '../../../shared/api/openapi.ts'
import { Problem } from '../../../shared/api/problem.ts'
import type { Hold, NamedHold } from '../../holds/hold.ts'
import type { ReadHoldResult } from '../../holds/read-hold.ts'
import type { ReleaseHoldResult } from '../../holds/release-hold.ts'
import type { RefusedLine, RefusedLines, TakeHoldResult } from '../../holds/take-hold.ts'
import { type OriginEnv, requirePass } from '../auth/principal.ts'

/** An unavailable line, as in a problem. */
type RefusalMembers = {
  ticketType: number
  code: 'not-on-sale' | 'limit-reached' | 'units-held' | 'sold-out'
  left?: number
  held?: number
  limit?: number
  others?: number
}

export type HoldRoutesDeps = {
  takeHold: (
    input: NamedHold & { account: string; basket: z.output<typeof BasketSchema>['basket'] },
  ) => Promise<TakeHoldResult>
  readHold: (input: NamedHold) => Promise<ReadHoldResult>
  releaseHold: (input: NamedHold) => Promise<ReleaseHoldResult>
}

export function createHoldRoutes(deps: HoldRoutesDeps) {
  const app = createOpenApiApp<OriginEnv>()

  app.openapi(takeHoldRoute, async (c) => {
    const { room } = c.req.valid('param')
    const { account, passId, epoch } = requirePass(c, room)
    const result = await deps.takeHold({ room, account, passId, epoch, ...c.req.valid('json') })
    if (result.status !== 'held') throw refusal(result)
    return c.json(shownHold(result.hold), 200)
  })

  app.openapi(readHoldRoute, async (c) => {
    const { room } = c.req.valid('param')
    const { passId, epoch } = requirePass(c, room)
    const result = await deps.readHold({ room, passId, epoch })
    if (result.status === 'missing') throw new Problem('hold-missing')
    if (result.status === 'room-restored') throw roomRestored()
    if (result.status === 'room-absent') throw roomAbsent()
    return c.json(shownHold(result.hold), 200)
  })

  app.openapi(releaseHoldRoute, async (c) => {
    const { room } = c.req.valid('param')
    const { passId, epoch } = requirePass(c, room)
    const result = await deps.releaseHold({ room, passId, epoch })
    if (result.status === 'room-restored') throw roomRestored()
    if (result.status === 'paying') throw new Problem('hold-paying')
    if (result.status === 'room-absent') throw roomAbsent()
    return c.body(null, 204)
  })

  return app
}

/** The room is not in Redis: it was never published, or Redis was wiped and is being rebuilt. */
export function roomAbsent(): Problem {
  return new Problem('unavailable', 'The sale is not ready', { retryAfterSeconds: 2 })
}

/** The pass is of an earlier epoch: its room was rebuilt since, with all places and without passes. */
export function roomRestored(): Problem {
  return new Problem('room-restored', 'Go back to the waiting room with your place; claim again once called')
}

function refusal(result: Exclude<TakeHoldResult, { status: 'held' }>): Problem {
  switch (result.status) {
    case 'pass-ended':
      return new Problem('pass-ended')
    case 'room-restored':
      return roomRestored()
    case 'paying':
      return new Problem('hold-paying')
    case 'unknown-type':
      return new Problem('invalid-input', 'The basket names a ticket type that this festival does not have', {
        members: { ticketType: result.type },
      })
    case 'not-on-sale':
    case 'limit':
    case 'units-held':
    case 'sold-out':
      return refusedBasket(result.lines)
    case 'room-shut':
      if (result.phase === 'restoring') return roomAbsent()
      return new Problem('room-not-open', `The room is ${result.phase}`, { members: { phase: result.phase } })
    case 'room-absent':
      return roomAbsent()
  }
}

/** About the first unavailable line, with the facts of all. */
function refusedBasket([first, ...others]: RefusedLines): Problem {
  const lines = [first, ...others].map(shownRefusal)
  const { code, ...members } = shownRefusal(first)
  return new Problem(code, detailOf(first), { members: { ...members, lines } })
}

function shownRefusal({ type, ...line }: RefusedLine): RefusalMembers {
  if (line.code !== 'limit') return { ticketType: type, ...line }
  return { ticketType: type, ...line, code: 'limit-reached' }
}

function detailOf(line: RefusedLine): string | undefined {
  switch (line.code) {
    case 'not-on-sale':
      return undefined
    case 'limit':
      return `An account may have ${line.limit} of this ticket type, and has ${line.others} in addition to this hold`
    case 'units-held':
      return `${line.left} of this ticket type can be had now; ${line.held} are held by others and may return`
    case 'sold-out':
      return `${line.left} of this ticket type can be had`
  }
}

export function shownHold(hold: Hold): z.output<typeof HoldSchema> {
  return {
    basket: hold.basket.map(({ type, quantity }) => ({ type, quantity })),
    amountMinor: hold.amountMinor,
    version: hold.version,
    expiresAt: hold.expiresAt.toISOString(),
    paying: hold.payment !== undefined,
    ...(hold.payment === undefined ? {} : { payment: hold.payment }),
  }
}
