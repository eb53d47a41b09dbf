/**
 * Instants as people write them into a form, in a time zone that the form names: `2027-05-01T10:00:00`, to the second. What
 * an instant has below a second is not shown, and comes back as 0.
 */

/** An ISO instant as a form's `datetime-local` has it in a time zone. */
export function toLocal(instant: string, timeZone: string): string {
  const parts = Object.fromEntries(
    localFormat(timeZone)
      .formatToParts(new Date(instant))
      .map(({ type, value }) => [type, value]),
  )
  const { year = '', month = '', day = '', hour = '', minute = '', second = '' } = parts
  return `${year.padStart(4, '0')}-${month}-${day}T${hour}:${minute}:${second}`
}

/**
 * The ISO instant of a local time. Of a time that comes twice, when clocks are put back, it is the first; one that never
 * comes, when they are put forward, is undefined, and so is what is no time at all.
 */
export function fromLocal(local: string, timeZone: string): string | undefined {
  const text = withSeconds(local)
  if (text === undefined) return undefined
  const asUtc = Date.parse(`${text}Z`)
  if (Number.isNaN(asUtc)) return undefined
  // What the zone's clocks are ahead of UTC, on the day before and on the day after: a change lies in between.
  const ahead = [asUtc - DAY_MS, asUtc + DAY_MS].map((ms) => {
    const shown = Date.parse(`${toLocal(new Date(ms).toISOString(), timeZone)}Z`)
    return shown - Math.floor(ms / 1000) * 1000
  })
  const [first] = ahead
    // The year 10000 is none that a form can write.
    .filter((ms) => !Number.isNaN(ms))
    .map((ms) => new Date(asUtc - ms).toISOString())
    .filter((instant) => toLocal(instant, timeZone) === text)
    .toSorted()
  return first
}

/** A local time as `toLocal` writes it; browsers leave out what is zero. */
export function withSeconds(local: string): string | undefined {
  const [, minute, second = ':00'] =
    /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2})(:\d{2})?(?:\.\d{1,3})?$/.exec(local.trim()) ?? []
  return minute === undefined ? undefined : minute + second
}

/** A time zone by its name, or undefined when there is none. */
export function readTimeZone(name: string): string | undefined {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone
  } catch {
    return undefined
  }
}

const DAY_MS = 86_400_000

function localFormat(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en', {
    ...{ year: 'numeric', month: '2-digit', day: '2-digit' },
    ...{ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
    timeZone,
  })
}
