import { stringify } from 'csv-stringify/sync'

/** Excel recognises CSV as UTF-8 only with this prefix. */
export const BYTE_ORDER_MARK = '\uFEFF'

/**
 * Lines of CSV (RFC 4180). Text that a spreadsheet would run as a formula (OWASP, CSV injection), also in the
 * full-width forms of East Asian keyboards, is prefixed with an apostrophe, which spreadsheets read as "this is text";
 * numbers are written unchanged.
 */
export function csvLines(rows: readonly (readonly (string | number)[])[]): string {
  return stringify([...rows], {
    record_delimiter: '\r\n',
    escape_formulas: true,
    quote_record_delimiter: true,
    cast: { string: escapeLineEnd },
  })
}

/** Part of OWASP's list, but missing from the library's `escape_formulas`. */
function escapeLineEnd(text: string): string {
  return text.startsWith('\n') ? `'${text}` : text
}
