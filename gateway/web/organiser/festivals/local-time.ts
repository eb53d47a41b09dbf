import {
  aroundGap,
  instantsOf,
  isRepeated,
  localParts,
  twoDigits,
  withOffset,
} from '../../../../shared/zoned-time.ts'

/**
 * Instants as typed into a form, in the form's time zone: `2027-05-01T10:00:00`, to the second. Fractions of a second
 * are not shown and become 0. A time that occurs twice, when clocks are put back, includes its offset from UTC:
 * `2027-11-07T01:30:00-04:00`.
 */

/** An ISO instant as a form shows it in a time zone. */
export function toLocal(instant: string, timeZone: string): string {
  const ms = Date.parse(instant)
  const { year, month, day, hour, minute, second } = localParts(ms, timeZone)
  const date = `${String(year).padStart(4, '0')}-${twoDigits(month)}-${twoDigits(day)}`
  const time = `${date}T${twoDigits(hour)}:${twoDigits(minute)}:${twoDigits(second)}`
  return isRepeated(ms, timeZone) ? time + offsetOf(ms, timeZone) : time
}

/**
 * The ISO instant of a local time. For a time that occurs twice it is the one with this offset, or else the first; for
 * one that clocks skip, and for invalid text, it is undefined.
 */
export function fromLocal(local: string, timeZone: string): string | undefined {
  const instants = instantsAt(local, timeZone)
  const { offset } = partsOf(local)
  const ms = instants.find((each) => offsetOf(each, timeZone) === offset) ?? instants[0]
  return ms === undefined ? undefined : new Date(ms).toISOString()
}

/** A typed time, with its offset if the zone's clocks show it twice, and without it otherwise. */
export function canonicalLocal(local: string, timeZone: string): string {
  const instant = fromLocal(local, timeZone)
  const isTwice = instant !== undefined && isRepeated(Date.parse(instant), timeZone)
  return isTwice ? toLocal(instant, timeZone) : withoutOffset(local)
}

/** The two times around a time that clocks skip; undefined for any other time. */
export function aroundSkipped(local: string, timeZone: string): [string, string] | undefined {
  const asUtc = readAsUtc(local)
  if (asUtc === undefined || instantsOf(asUtc, timeZone).length > 0) return undefined
  const [earlier, later] = aroundGap(asUtc, timeZone)
  const shown = (ms: number) => toLocal(new Date(ms).toISOString(), timeZone)
  return [shown(earlier), shown(later)]
}

/** The two meanings of a time that occurs twice, each with its offset; empty for any other time. */
export function choicesOf(local: string, timeZone: string): { offset: string; instant: string }[] {
  const instants = instantsAt(local, timeZone)
  if (instants.length < 2) return []
  return instants.map((ms) => ({ offset: offsetOf(ms, timeZone), instant: new Date(ms).toISOString() }))
}

/** A local time in the format of `toLocal`; browsers omit zero seconds. */
export function withSeconds(local: string): string | undefined {
  const { time, offset } = partsOf(local)
  return time === undefined ? undefined : time + offset
}

/** The part of a local time that a browser's date field can show. */
export function withoutOffset(local: string): string {
  return local.replace(/[+-]\d{2}:\d{2}$/, '')
}

function partsOf(local: string): { time: string | undefined; offset: string } {
  const [, minute, second = ':00', offset = ''] =
    /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2})(:\d{2})?(?:\.\d{1,3})?([+-]\d{2}:\d{2})?$/.exec(local.trim()) ?? []
  return { time: minute === undefined ? undefined : minute + second, offset }
}

function instantsAt(local: string, timeZone: string): number[] {
  const asUtc = readAsUtc(local)
  return asUtc === undefined ? [] : instantsOf(asUtc, timeZone)
}

/** A local time as if it were in UTC; undefined for nonexistent days, such as 30 February. */
function readAsUtc(local: string): number | undefined {
  const { time } = partsOf(local)
  const ms = Date.parse(`${time}Z`)
  const isTime = !Number.isNaN(ms) && new Date(ms).toISOString() === `${time}.000Z`
  return isTime ? ms : undefined
}

function offsetOf(ms: number, timeZone: string): string {
  return withOffset(new Date(ms), timeZone).slice(-'+00:00'.length)
}
