import { minorDigits } from '../../../../shared/format.ts'

/**
 * Numbers as people write them into a form: digits, or digits in groups of three with commas or spaces between, and where the
 * currency has them a point and its decimals. A comma that could stand for a decimal point is refused: `12,50` is not 1250.
 */

const DIGITS_MAX = 9
/** The whole number, and what is behind the point. */
const NUMBER = /^(\d+|[1-9]\d{0,2}(?:([, \u00a0\u202f])\d{3})(?:\2\d{3})*)(?:\.(\d*))?$/
const SEPARATORS = /[, \u00a0\u202f]/g
/** Three digits behind one comma, which in currencies with three decimals may be either. */
const EITHER = /^\d{1,3},\d{3}$/

/** An amount in the currency's minor unit as a form shows it, exact: `12.50`. */
export function toMajor(amountMinor: number, currency: string): string {
  const digits = fractionDigits(currency)
  if (digits === 0) return String(amountMinor)
  const text = String(amountMinor).padStart(digits + 1, '0')
  return `${text.slice(0, -digits)}.${text.slice(-digits)}`
}

/** An amount written in the currency's major unit, in its minor unit; undefined when it is none, or may be two. */
export function toMinor(text: string, currency: string): number | undefined {
  const digits = fractionDigits(currency)
  const read = readNumber(text)
  if (read === undefined || read.fraction.length > digits) return undefined
  if (digits === 3 && EITHER.test(text)) return undefined
  return Number(read.whole + read.fraction.padEnd(digits, '0'))
}

/** A whole number; undefined when it is none. */
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
