import { LOCALES } from '../../format.ts'
import { language } from './page.ts'

const locale = LOCALES[language]

/** The server's clock minus ours, from the `Date` of an answer: right to a second, which is what is shown. */
export async function clockDifference(): Promise<number> {
  const askedAt = Date.now()
  try {
    const { headers } = await fetch(location.href, { method: 'HEAD', cache: 'no-store' })
    const date = Date.parse(headers.get('date') ?? '')
    return Number.isNaN(date) ? 0 : date + 500 - (askedAt + Date.now()) / 2
  } catch {
    return 0
  }
}

/** Time left as a clock has it, with days where there are any. */
export function spokenTime(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000)
  const two = (value: number) => String(value).padStart(2, '0')
  const clock = `${two(Math.floor(seconds / 3600) % 24)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
  const days = Math.floor(seconds / 86_400)
  return days === 0
    ? clock
    : `${new Intl.NumberFormat(locale, { style: 'unit', unit: 'day', unitDisplay: 'long' }).format(days)} ${clock}`
}
