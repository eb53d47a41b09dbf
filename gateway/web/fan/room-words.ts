import { fill } from '../i18n/translated.ts'
import type { PlaceStatus, RoomView } from './room-view.ts'
import type { RoomText } from './text/room.ts'

const MINUTE_SECONDS = 60

/** An estimate as text, rounded more coarsely the longer it is. */
export function spokenWait(wait: RoomView['wait'], text: RoomText): string {
  if (wait === undefined) return text.waitUnknown
  if (wait.high === undefined && wait.low < MINUTE_SECONDS) return text.waitSoon
  const low = spokenSeconds(wait.low, Math.floor, text)
  if (wait.high === undefined) return fill(text.waitAtLeast, { low })
  const high = spokenSeconds(wait.high, Math.ceil, text)
  return low === high ? fill(text.waitAbout, { low }) : fill(text.waitBetween, { low, high })
}

function spokenSeconds(seconds: number, round: (value: number) => number, text: RoomText): string {
  const exact = seconds / MINUTE_SECONDS
  const step = exact > 30 ? 5 : 1
  const minutes = round(exact / step) * step
  if (minutes < 1) return text.minutesFew
  if (minutes < 60) return fill(text.minutes, { minutes })
  return fill(text.hours, { hours: Math.floor(minutes / 60), minutes: minutes % 60 })
}

/** The result of the draw for a place of the lobby, as text; '' before it, and for later entries. */
export function drawTextOf(
  { drawn, lobbyEntries = 0 }: { drawn: boolean; lobbyEntries?: number | undefined },
  placeStatus: PlaceStatus | undefined,
  text: RoomText,
  shown: (value: number) => string,
): string {
  if (!drawn || placeStatus?.position === undefined || placeStatus.index >= lobbyEntries) return ''
  const [index, position] = [shown(placeStatus.index + 1), shown(placeStatus.position + 1)]
  return fill(placeStatus.drawn === false ? text.drawBehind : text.drawAfter, { index, position })
}
