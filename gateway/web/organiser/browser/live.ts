import type { readSaleRoute, Sale } from '../../../../shared/api/sale.ts'
import { ask, pause } from '../../layout/browser/lib/api.ts'
import { language, pageData, part, revealScripted, say, show } from '../../layout/browser/lib/page.ts'
import { clockToSecond } from '../../layout/format.ts'
import type { LiveData } from '../live/live.ts'
import { type Stats, statsOf } from '../live/stats.ts'
import { organiserLiveText } from '../text/organiser-live.ts'
import { fetchPage, takeParts } from './lib/fresh-parts.ts'
import type { Charts } from './lib/live-charts.ts'
import { nextPollMs, readSamples, sampleOf, withSample } from './lib/live-samples.ts'

/** Follows a sale: polls its stats once a second while the page is visible, and shows and draws them. */

const text = organiserLiveText[language]
const { room, timeZone, ...rendered } = pageData<LiveData>('live-data')
const STORED_NAME = `naru-live-${room}`
let samples = readSamples(recall(), Date.now() / 1000)
let wake = () => {}
/** The phase and version that the controls on the page are for. */
let controls: Pick<LiveData, 'phase' | 'version'> = rendered
let isRefreshing = false

revealScripted()
let charts: Charts = { draw: () => {} }
void import('./lib/live-charts.ts').then(
  ({ createCharts }) => {
    charts = createCharts(text, { timeZone })
    charts.draw(samples)
  },
  // Charts can fail alone, for example with an invalid browser language. The tables show the same and continue.
  () => document.querySelector('.charts')?.remove(),
)

async function follow(): Promise<void> {
  let failures = 0
  for (;;) {
    if (document.hidden) await shown()
    const answer = await ask<typeof readSaleRoute>('get', '/admin/rooms/{room}/sale', { params: { room } })
    if (answer.status === 'refused' && [401, 403].includes(answer.problem.status)) {
      showUnavailable(text.gone)
      return
    }
    failures = answer.status === 'done' ? 0 : failures + 1
    if (answer.status === 'done') render(answer.body)
    showUnavailable(failures > 1 ? text.unavailable : '')
    await pause(nextPollMs(failures))
  }
}

/** Resolves when the page is visible again: hidden pages do not poll. */
function shown(): Promise<void> {
  return new Promise((resolve) => {
    wake = resolve
  })
}

function render(sale: Sale): void {
  const stats = statsOf(sale, text, language)
  say('phase', stats.phase)
  renderAt(sale.at)
  for (const { name, value, note } of stats.tiles) {
    say(`tile-${name}`, value)
    say(`note-${name}`, note)
  }
  renderRest(stats)
  void followControls(sale)
  samples = withSample(samples, sampleOf(sale))
  charts.draw(samples)
}

/** Updates the controls to the sale's phase and settings, also when another user changed them. */
async function followControls({ phase, version }: Sale): Promise<void> {
  const isElsewhere = version > controls.version
  if (isRefreshing || (phase === controls.phase && !isElsewhere)) return
  isRefreshing = true
  const page = await fetchPage(location.pathname)
  isRefreshing = false
  const data = page?.getElementById('live-data')?.textContent
  // Retried with the next stats.
  if (page === undefined || data === undefined || data === null) return
  controls = JSON.parse(data) as LiveData
  takeParts(page)
  if (!isElsewhere) return
  say('changed', text.changedElsewhere)
  show('changed', true)
}

function renderRest({ attention, types, origins }: Stats): void {
  say('attention', attention)
  show('attention-line', attention !== '')
  fill('types', types)
  fill('origins', origins)
  show('no-origins', origins.length === 0)
}

function renderAt(at: string): void {
  say('at', clockToSecond(Date.parse(at), { timeZone }, language))
}

/** Updates a table's body cell by cell, so that a selection in it is preserved. */
function fill(name: string, rows: readonly (readonly string[])[]): void {
  const body = part(name)
  if (!(body instanceof HTMLTableSectionElement)) return
  while (body.rows.length > rows.length) body.deleteRow(-1)
  for (const [r, cells] of rows.entries()) {
    const row = body.rows[r] ?? body.insertRow()
    for (const [i, words] of cells.entries()) {
      const cell = row.cells[i] ?? row.appendChild(newCell(i))
      if (cell.textContent !== words) cell.textContent = words
    }
  }
}

function newCell(column: number): HTMLTableCellElement {
  const cell = document.createElement(column === 0 ? 'th' : 'td')
  if (column === 0) cell.scope = 'row'
  else cell.className = 'amount'
  return cell
}

function showUnavailable(words: string): void {
  say('unavailable', words)
  show('unavailable', words !== '')
}

function recall(): string | null {
  try {
    return sessionStorage.getItem(STORED_NAME)
  } catch {
    return null
  }
}

/** Preserves the charts while a question is answered on another page. */
function save(): void {
  try {
    sessionStorage.setItem(STORED_NAME, JSON.stringify(samples))
  } catch {
    // Private windows may have no storage; the charts start again.
  }
}

addEventListener('pagehide', save)
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) wake()
})
void follow()
