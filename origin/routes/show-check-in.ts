import type { z } from '@hono/zod-openapi'
import type { BatchResultSchema, SummarySchema } from '../../shared/api/check-ins.ts'
import type { CheckInResult } from '../check-in/check-in.ts'
import type { CheckInWindow } from '../check-in/check-in-window.ts'
import type { CheckInSummary } from '../check-in/summary.ts'

export function showCheckIn(
  result: Exclude<CheckInResult, { status: 'no-festival' }>,
): z.output<typeof BatchResultSchema> {
  switch (result.status) {
    case 'admitted': {
      const { ticket, at, gate, flag } = result
      const known = flag === undefined ? {} : { flag }
      return { result: 'admitted', ticket, at: at.toISOString(), gate, ...known }
    }
    case 'already-used':
    case 'undone': {
      const { status, ticket, at, gate } = result
      return { result: status, ticket, at: at.toISOString(), gate }
    }
    case 'void':
    case 'valid':
      return { result: result.status, ticket: result.ticket }
    case 'flagged':
      return { result: 'flagged', ticket: result.ticket, flag: result.flag }
    case 'outside-window':
      return { result: 'outside-window', ticket: result.ticket, ...showWindow(result) }
    case 'unknown':
      return { result: 'unknown', why: result.why }
    case 'id-reused':
      return { result: 'id-reused' }
  }
}

export function showWindow({ opensAt, closesAt }: CheckInWindow) {
  return { opensAt: opensAt.toISOString(), closesAt: closesAt.toISOString() }
}

export function showSummary({ at, types, last }: CheckInSummary): z.output<typeof SummarySchema> {
  const sum = (of: 'in' | 'tickets') => types.reduce((total, type) => total + type[of], 0)
  return {
    at: at.toISOString(),
    in: sum('in'),
    tickets: sum('tickets'),
    types,
    last: last.map(({ at, undoneAt, ...row }) => ({
      ...row,
      at: at.toISOString(),
      undoneAt: undoneAt?.toISOString() ?? null,
    })),
  }
}
