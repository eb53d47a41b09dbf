import { html } from 'hono/html'
import type { ConflictScan, GateConflict } from '../../../../shared/api/gate-record.ts'
import type { InZone } from '../../../../shared/zoned-time.ts'
import type { Language } from '../../i18n/translated.ts'
import { count, duration } from '../../layout/format.ts'
import type { Html } from '../../layout/html.ts'
import type { PageContext } from '../../layout/page.ts'
import { bareMoment } from '../../layout/time.ts'
import { ticketWords } from '../../staff/staff-verdict.ts'
import { organiserGateText } from '../text/organiser-gate.ts'
import { festivalFrame, festivalPath, table } from './frame.ts'
import type { FestivalName } from './sale.ts'

type GateText = (typeof organiserGateText)['en']

export type GatePage = {
  festival: FestivalName
  conflicts: readonly GateConflict[]
  /** Whether this is the first page of the list. */
  isFirst: boolean
  /** The link to the next page. */
  next: number | undefined
}

/** Smaller differences of a device's clock are not shown. */
const CLOCK_SHOWN_MS = 2000

/** A festival's conflicts at the gates, with a link to all scans. */
export function gatePage(context: PageContext, { festival, conflicts, isFirst, next }: GatePage): Html {
  const { language } = context
  const text = organiserGateText[language]
  const path = `${festivalPath(festival.id)}/gate`
  const none = isFirst && next === undefined ? text.none : text.noneHere
  return festivalFrame(
    context,
    { title: text.gate, festival, tab: 'gate' },
    html`<h2>${text.gate}</h2>
<p class="soft">${text.lead}</p>
${conflicts.length === 0 ? html`<p class="notice${next === undefined ? ' good' : ''}">${none}</p>` : conflictList(conflicts, festival, language)}
${next === undefined ? '' : html`<p><a class="button quiet" href="${path}?before=${next}">${text.older}</a></p>`}
<p><a class="button quiet" href="/api/admin/rooms/${festival.id}/check-ins/scans.csv?language=${language}" download>${text.csv}</a></p>
<p class="soft small">${text.csvNote}</p>`,
  )
}

function conflictList(conflicts: readonly GateConflict[], zone: InZone, language: Language): Html {
  const text = organiserGateText[language]
  return html`<ul class="cards" data-part="conflicts">${conflicts.map(({ id, kinds, ticket, scans }) => {
    const title = ticket === null ? text.noTicket : ticketWords(ticket, language)
    return html`<li class="sheet" id="conflict-${id}"><h3>${title}</h3>
<p>${kinds.map((kind) => html`<span class="tag" data-kind="${kind}">${text.kinds[kind]}</span> `)}</p>
${table({
  caption: `${title}: ${text.scans(count(scans.length, language))}`,
  columns: text.columns,
  rows: scans.map((scan) => scanRow(scan, zone, language)),
})}</li>`
  })}</ul>`
}

function scanRow(scan: ConflictScan, zone: InZone, language: Language): (string | Html)[] {
  const text = organiserGateText[language]
  const notes = [
    ...(scan.isOffline ? [text.offline] : []),
    ...(scan.confirmed.length > 0 ? [text.confirmed] : []),
    ...(scan.undoneAt === null ? [] : [text.undone]),
  ]
  const shown = text.verdicts[scan.verdict]
  return [
    bareMoment(scan.at, zone, language),
    scan.gate,
    scan.staff.name,
    notes.length === 0 ? shown : `${shown} (${notes.join(', ')})`,
    text.verdicts[scan.serverVerdict],
    clockWords(scan, text, language),
  ]
}

function clockWords({ deviceOffsetMs, clockDoubtful }: ConflictScan, text: GateText, language: Language) {
  if (clockDoubtful || deviceOffsetMs === null) return text.clock.doubtful
  const offMs = Math.abs(deviceOffsetMs)
  if (offMs < CLOCK_SHOWN_MS) return text.clock.exact
  const words = deviceOffsetMs < 0 ? text.clock.ahead : text.clock.behind
  return words(duration(offMs, language))
}
