import { html } from 'hono/html'
import type { RoomSettings } from '../../../../shared/api/admin-rooms.ts'
import type { Change } from '../../../../shared/api/changes.ts'
import type { Sale } from '../../../../shared/api/sale.ts'
import type { Language } from '../../i18n/translated.ts'
import { dataScript } from '../../layout/data-script.ts'
import type { Html } from '../../layout/html.ts'
import type { PageContext } from '../../layout/page.ts'
import { bareMoment } from '../../layout/time.ts'
import { organiserLiveText } from '../text/organiser-live.ts'
import { changeList } from './changes.ts'
import { cockpitPart, shownPhase } from './cockpit.ts'
import type { ControlError } from './control-error.ts'
import { controlsPart } from './controls.ts'
import { festivalFrame, festivalPath, flashPart, table } from './frame.ts'
import type { FestivalName } from './sale.ts'
import { statsOf } from './stats.ts'

export type LivePage = {
  festival: FestivalName
  settings: RoomSettings
  /** Undefined while the room is unpublished or being built. */
  sale: Sale | undefined
  changes: readonly Change[]
  flash?: { good: string } | { bad: string } | undefined
  error?: ControlError | undefined
  now: number
}

/** The data of the page's browser module. */
export type LiveData = {
  room: string
  timeZone: string
  /** The phase and version that the controls are for. */
  phase: Sale['phase']
  version: number
}

const CHARTS = ['queue', 'active', 'units', 'pace', 'load'] as const
export type ChartName = (typeof CHARTS)[number]

/** The live page of a sale: stats, charts, and controls. */
export function livePage(context: PageContext, live: LivePage): Html {
  const { language } = context
  const { festival, settings, sale, changes } = live
  const text = organiserLiveText[language]
  const data: LiveData = {
    room: settings.id,
    ...{ timeZone: festival.timeZone, phase: shownPhase(live), version: settings.version },
  }
  const scripts = sale === undefined ? ['times'] : ['times', 'live']
  return festivalFrame(
    context,
    { title: text.live, festival, tab: 'live', scripts },
    html`${flashPart(live.flash)}
${cockpitPart(live, phasePart(live, language), language)}
${sale === undefined ? html`<p class="notice warm">${text.unpublished}</p>` : salePart(sale, live, language)}
<h2 id="controls">${text.moreControls}</h2>
<p class="soft">${text.controlsLead}</p>
${controlsPart(live, language)}
<h2>${text.lastChanges}</h2>
<div data-fresh="changes">${changeList(changes, festival, language)}</div>
<p><a href="${festivalPath(festival.id)}/changes">${text.allChanges}</a></p>
${dataScript('live-data', data)}`,
  )
}

/** The current stats, which the page's module updates. */
function phasePart(live: LivePage, language: Language): Html {
  const text = organiserLiveText[language]
  const { festival, sale } = live
  if (sale === undefined) return html`<p class="lead">${text.phases[shownPhase(live)]}</p>`
  return html`<div class="row"><p class="lead" role="status" data-part="phase">${statsOf(sale, text, language).phase}</p>
<p class="soft small">${text.asOf} <span data-part="at">${bareMoment(sale.at, festival, language)}</span></p></div>
<noscript><p><a class="button quiet" href="${festivalPath(festival.id)}/live">${text.reload}</a></p></noscript>
<p class="notice bad" role="alert" data-part="unavailable" hidden></p>`
}

function salePart(sale: Sale, { festival, settings }: LivePage, language: Language): Html {
  const text = organiserLiveText[language]
  const stats = statsOf(sale, text, language)
  const tiles = stats.tiles.filter(({ name }) => settings.order === 'draw' || name !== 'participants')
  return html`<p class="notice warm" data-part="attention-line"${stats.attention === '' ? html` hidden` : ''}><span data-part="attention">${stats.attention}</span> <a href="${festivalPath(festival.id)}/payments">${text.toPayments}</a></p>
<h2>${text.stats}</h2>
<dl class="tiles">${tiles.map(
    ({ name, value, note }) =>
      html`<div class="tile"><dt>${text.tiles[name]}</dt><dd class="figure-note" data-part="note-${name}">${note}</dd><dd class="figure" data-part="tile-${name}">${value}</dd></div>`,
  )}</dl>
${chartsPart(language)}
<h2>${text.ticketTypes}</h2>
${table({ caption: text.ticketTypes, columns: text.typeColumns, rows: stats.types, numbers: [1, 2, 3, 4, 5], part: 'types' })}
<h2>${text.origins}</h2>
<p data-part="no-origins" class="soft"${stats.origins.length === 0 ? '' : html` hidden`}>${text.noOrigins}</p>
${table({ caption: text.origins, columns: text.originColumns, rows: stats.origins, numbers: [1, 2, 3, 4, 5, 6], part: 'origins' })}`
}

/** Charts of the tables' data, drawn by the browser as it arrives. */
function chartsPart(language: Language): Html {
  const text = organiserLiveText[language]
  return html`<div class="charts needs-script">${CHARTS.map(
    (name) =>
      html`<figure class="chart"><figcaption>${text.charts[name]}</figcaption><div class="plot" data-chart="${name}" role="img" aria-label="${text.charts[name]}. ${text.chartsNote}"></div></figure>`,
  )}</div>
<p class="soft small needs-script">${text.chartsNote}</p>
<span hidden>${[1, 2, 3, 4].map((n) => html`<span class="ink-${n}" data-part="ink-${n}"></span>`)}<span class="soft" data-part="ink-axis"></span></span>`
}
