/** Excel takes CSV for UTF-8 only with this in front. */
export const BYTE_ORDER_MARK = '\uFEFF'

/** What a spreadsheet would run as a formula (OWASP, CSV injection), also in the full width of East Asian keyboards. */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/
const NEEDS_QUOTES = /[",\r\n]/

/**
 * A line of CSV (RFC 4180). Text that a spreadsheet would run is preceded by an apostrophe, which spreadsheets take for
 * "this is text"; numbers are written as they are.
 */
export function csvLine(cells: readonly (string | number)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`
}

function csvCell(cell: string | number): string {
  if (typeof cell === 'number') return String(cell)
  const safe = FORMULA.test(cell) ? `'${cell}` : cell
  return NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
