import { minorDigits } from '../../../../shared/format.ts'

/**
 * Numbers as typed into a form: digits, or digits in groups of three separated by commas or spaces, and a point with
 * decimals where the currency has them. A comma that could be a decimal point is refused: `12,50` is not 1250.
 */

const DIGITS_MAX = 9
/** The whole number, and the decimals. */
const NUMBER = /^(\d+|[1-9]\d{0,2}(?:([, \u00a0\u202f])\d{3})(?:\2\d{3})*)(?:\.(\d*))?$/
const SEPARATORS = /[, \u00a0\u202f]/g
/** Three digits after one comma, which in currencies with three decimals is ambiguous. */
const EITHER = /^\d{1,3},\d{3}$/

/** An amount in the currency's minor unit as a form shows it, exact: `12.50`. */
export function toMajor(amountMinor: number, currency: string): string {
  const digits = fractionDigits(currency)
  if (digits === 0) return String(amountMinor)
  const text = String(amountMinor).padStart(digits + 1, '0')
  return `${text.slice(0, -digits)}.${text.slice(-digits)}`
}

/** An amount typed in the currency's major unit, in its minor unit; undefined when it is invalid or ambiguous. */
export function toMinor(text: string, currency: string): number | undefined {
  const digits = fractionDigits(currency)
  const read = readNumber(text)
  if (read === undefined || read.fraction.length > digits) return undefined
  if (digits === 3 && EITHER.test(text)) return undefined
  return Number(read.whole + read.fraction.padEnd(digits, '0'))
}

/** A whole number; undefined when it is invalid. */
export function toWhole(text: string): number | undefined {
  const read = text.includes('.') ? undefined : readNumber(text)
  return read === undefined ? undefined : Number(read.whole)
}

function readNumber(text: string): { whole: string; fraction: string } | undefined {
  const [, written, , fraction = ''] = NUMBER.exec(text) ?? []
  const whole = written?.replaceAll(SEPARATORS, '')
  return whole === undefined || whole.length > DIGITS_MAX ? undefined : { whole, fraction }
}

function fractionDigits(currency: string): number {
  try {
    return minorDigits(currency)
  } catch {
    return 2
  }
}
