import { CsvError } from 'csv-parse'
import { parse } from 'csv-parse/sync'
import { ReplayRefused } from './refused.ts'

/** How many fans arrived in one second of a recorded sale, counted from its start. */
export type SaleSecond = { second: number; reservations: number }

const COLUMNS = 'second,reservations'
const SECOND_MAX = 86_400
const RESERVATIONS_MAX = 1_000_000
const ARRIVALS_MAX = 1_000_000

/** Reads a recorded sale; throws a `ReplayRefused` that names the invalid line. */
export function parseSale(text: string): SaleSecond[] {
  const rows = readRows(text)
  const header = rows.shift()
  if (header?.record.join(',') !== COLUMNS) {
    throw new ReplayRefused(`Line ${header?.line ?? 1}: the columns must be ${COLUMNS}`)
  }
  const seconds: SaleSecond[] = []
  for (const { record, line } of rows) {
    const second = wholeNumber(record[0], 'second', SECOND_MAX, line)
    const reservations = wholeNumber(record[1], 'reservations', RESERVATIONS_MAX, line)
    const last = seconds.at(-1)
    if (last !== undefined && second <= last.second) {
      throw new ReplayRefused(`Line ${line}: second ${second} comes after second ${last.second}`)
    }
    seconds.push({ second, reservations })
  }
  return seconds
}

/**
 * When each fan arrives, in milliseconds from the start of the sale, the earliest first: as many as recorded,
 * `times` over, each at random within their second.
 */
export function spreadArrivals(sale: readonly SaleSecond[], times: number, random: () => number): number[] {
  const count = times * sale.reduce((sum, { reservations }) => sum + reservations, 0)
  if (count === 0) throw new ReplayRefused('The recorded sale has no arrivals')
  if (count > ARRIVALS_MAX) {
    throw new ReplayRefused(`That makes ${count} fans; one replay has at most ${ARRIVALS_MAX}`)
  }
  const arrivals: number[] = []
  for (const { second, reservations } of sale) {
    for (let i = 0; i < reservations * times; i += 1) arrivals.push((second + random()) * 1000)
  }
  return arrivals.sort((a, b) => a - b)
}

function readRows(text: string): { record: string[]; line: number }[] {
  try {
    const rows: unknown[] = parse(text, {
      bom: true,
      info: true,
      skip_empty_lines: true,
      trim: true,
    })
    // With `info`, which is missing in its types.
    const record = rows as { record: string[]; info: { lines: number } }[]
    return record.map(({ record, info }) => ({ record, line: info.lines }))
  } catch (error) {
    // Its message names the line.
    if (error instanceof CsvError) throw new ReplayRefused(`This is not a CSV file: ${error.message}`)
    throw error
  }
}

function wholeNumber(field: string | undefined, name: string, max: number, line: number): number {
  const value = /^\d{1,9}$/.test(field ?? '') ? Number(field) : Number.NaN
  if (value <= max) return value
  throw new ReplayRefused(`Line ${line}: ${name} must be a whole number from 0 to ${max}, not "${field}"`)
}
