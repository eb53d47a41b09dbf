import { moment } from '../../../../../shared/format.ts'
import { language } from './page.ts'

/**
 * Shows an instant's time zone only where it differs from the reader's, and instants without a festival in the reader's
 * zone.
 */
export function showMoments(within: ParentNode): void {
  for (const element of within.querySelectorAll<HTMLTimeElement>('time[data-moment]')) {
    const { timeZone } = new Intl.DateTimeFormat().resolvedOptions()
    element.textContent = moment(element.dateTime, { timeZone }, language)
  }
  for (const element of within.querySelectorAll<HTMLTimeElement>('time[data-zone]')) {
    if (isReaders(element.dateTime))
      for (const name of element.getElementsByTagName('span')) name.hidden = true
  }
}

/**
 * Whether the reader's clocks show the same time at an instant with its offset, such as `2027-11-06T22:00:00-04:00`.
 */
function isReaders(instant: string): boolean {
  const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)$/.exec(instant) ?? []
  const ahead = (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1)
  return ahead === -new Date(instant).getTimezoneOffset()
}
