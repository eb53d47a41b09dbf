import { instantsOf, localParts, twoDigits } from '../../../shared/zoned-time.ts'

/**
 * Instants as people write them into a form, in a time zone that the form names: `2027-05-01T10:00:00`, to the second. What
 * an instant has below a second is not shown, and comes back as 0.
 */

/** An ISO instant as a form's `datetime-local` has it in a time zone. */
export function toLocal(instant: string, timeZone: string): string {
  const { year, month, day, hour, minute, second } = localParts(Date.parse(instant), timeZone)
  const date = `${String(year).padStart(4, '0')}-${twoDigits(month)}-${twoDigits(day)}`
  return `${date}T${twoDigits(hour)}:${twoDigits(minute)}:${twoDigits(second)}`
}

/**
 * The ISO instant of a local time. Of a time that comes twice, when clocks are put back, it is the first; one that never
 * comes, when they are put forward, is undefined, and so is what is no time at all.
 */
export function fromLocal(local: string, timeZone: string): string | undefined {
  const asUtc = readAsUtc(local)
  const [first] = asUtc === undefined ? [] : instantsOf(asUtc, timeZone)
  return first === undefined ? undefined : new Date(first).toISOString()
}

/** A local time as if it were in UTC; of days that there are not, such as 30 February, there is none. */
function readAsUtc(local: string): number | undefined {
  const text = withSeconds(local)
  const ms = Date.parse(`${text}Z`)
  const isTime = !Number.isNaN(ms) && new Date(ms).toISOString() === `${text}.000Z`
  return isTime ? ms : undefined
}

/** A local time as `toLocal` writes it; browsers leave out what is zero. */
export function withSeconds(local: string): string | undefined {
  const [, minute, second = ':00'] =
    /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2})(:\d{2})?(?:\.\d{1,3})?$/.exec(local.trim()) ?? []
  return minute === undefined ? undefined : minute + second
}
