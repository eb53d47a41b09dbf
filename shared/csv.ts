import { stringify } from 'csv-stringify/sync'

/** Excel takes CSV for UTF-8 only with this in front. */
export const BYTE_ORDER_MARK = '\uFEFF'

/**
 * Lines of CSV (RFC 4180). Text that a spreadsheet would run as a formula (OWASP, CSV injection), also in the full width
 * of East Asian keyboards, is preceded by an apostrophe, which spreadsheets take for "this is text"; numbers are written
 * as they are.
 */
export function csvLines(rows: readonly (readonly (string | number)[])[]): string {
  return stringify([...rows], {
    record_delimiter: '\r\n',
    escape_formulas: true,
    quote_record_delimiter: true,
    cast: { string: escapeLineEnd },
  })
}

/** OWASP names it with the others; the library's `escape_formulas` lacks it. */
function escapeLineEnd(text: string): string {
  return text.startsWith('\n') ? `'${text}` : text
}
