import { flashQuery } from '../layout/refusal-facts.ts'

/** Why a line of a basket was refused, as the API returns it (`lines` of the problem). */
export type RefusedLine = {
  ticketType: number
  code: 'not-on-sale' | 'limit-reached' | 'units-held' | 'sold-out'
  left?: number
  limit?: number
  others?: number
}

export type ChosenLine = { type: number; quantity: number }

/** What was chosen and what of it was refused, for the basket's page. */
export type RefusedBasket = { chosen: readonly ChosenLine[]; lines: readonly RefusedLine[] }

const LINES_MAX = 100
const CODES: readonly RefusedLine['code'][] = ['not-on-sale', 'limit-reached', 'units-held', 'sold-out']
const CHOSEN = /^(\d{1,9})\.(\d{1,3})$/
const REFUSED = /^(\d{1,9})\.([a-z-]{1,20})\.(\d{0,7})\.(\d{0,7})$/

/**
 * A refusal as a query: every state of a page has an address, so that a reload and Back show the same.
 *
 * @param problem - the API's refusal of the basket
 */
export function refusalQuery(
  problem: { code: string; lines?: unknown },
  chosen: readonly ChosenLine[],
  now: number,
): string {
  const query = new URLSearchParams(flashQuery(problem, now))
  if (chosen.length > 0 && chosen.length <= LINES_MAX)
    query.set('chosen', chosen.map(({ type, quantity }) => `${type}.${quantity}`).join('-'))
  const lines = linesIn(problem.lines).slice(0, LINES_MAX)
  if (lines.length > 0) query.set('refused', lines.map(written).join('_'))
  return query.toString()
}

/** The API follows its own description; any other response has no lines. */
function linesIn(lines: unknown): readonly RefusedLine[] {
  return Array.isArray(lines) ? (lines as readonly RefusedLine[]) : []
}

function written({ ticketType, code, left, limit, others }: RefusedLine): string {
  return code === 'limit-reached'
    ? `${ticketType}.${code}.${limit ?? ''}.${others ?? ''}`
    : `${ticketType}.${code}.${left ?? ''}.`
}

/** Reads a refusal from an address, as far as it is valid. */
export function readRefusal(query: (name: string) => string | undefined): RefusedBasket {
  return {
    chosen: parts(query('chosen'), '-', CHOSEN).map(([type, quantity]) => ({
      type: Number(type),
      quantity: Number(quantity),
    })),
    lines: parts(query('refused'), '_', REFUSED).flatMap(([type, word, first = '', second = '']) => {
      const code = CODES.find((each) => each === word)
      if (code === undefined) return []
      const facts =
        code === 'limit-reached' ? numbers({ limit: first, others: second }) : numbers({ left: first })
      return [{ ticketType: Number(type), code, ...facts }]
    }),
  }
}

function parts(text: string | undefined, separator: string, pattern: RegExp): string[][] {
  return (text?.split(separator, LINES_MAX) ?? []).flatMap((part) => {
    const found = pattern.exec(part)
    return found === null ? [] : [found.slice(1)]
  })
}

/** Omits undefined values. */
function numbers(facts: Record<string, string>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(facts)
      .filter(([, value]) => value !== '')
      .map(([name, value]) => [name, Number(value)]),
  )
}

/** The quantity of a type that the fan may still have: what was chosen, minus what was refused. */
export function possibleOf({ chosen, lines }: RefusedBasket, type: number): number | undefined {
  const quantity = chosen.find((each) => each.type === type)?.quantity
  const refused = lines.find(({ ticketType }) => ticketType === type)
  if (quantity === undefined || refused === undefined) return quantity
  const most = refused.left ?? (refused.limit === undefined ? 0 : refused.limit - (refused.others ?? 0))
  return Math.max(Math.min(quantity, most), 0)
}
