import { LOCALES } from '../../../../../shared/format.ts'
import { language } from './page.ts'

const locale = LOCALES[language]

/** The server's clock minus ours; 0 when it is unavailable. */
export async function clockDifference(): Promise<number> {
  return (await askClock()) ?? 0
}

/** The same, from the `Date` header of a response: accurate to a second, as displayed. Undefined without a response. */
export async function askClock(): Promise<number | undefined> {
  const askedAt = Date.now()
  try {
    const { headers } = await fetch(location.href, { method: 'HEAD', cache: 'no-store' })
    const date = Date.parse(headers.get('date') ?? '')
    return Number.isNaN(date) ? undefined : date + 500 - (askedAt + Date.now()) / 2
  } catch {
    return undefined
  }
}

/** The time left in clock format, with days if there are any. */
export function spokenTime(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000)
  const two = (value: number) => String(value).padStart(2, '0')
  const clock = `${two(Math.floor(seconds / 3600) % 24)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
  const days = Math.floor(seconds / 86_400)
  return days === 0
    ? clock
    : `${new Intl.NumberFormat(locale, { style: 'unit', unit: 'day', unitDisplay: 'long' }).format(days)} ${clock}`
}
