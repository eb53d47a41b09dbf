import { html } from 'hono/html'
import type { Html } from '../../layout/html.ts'
import { type PageContext, page } from '../../layout/page.ts'
import { organiserLiveText } from '../text/organiser-live.ts'
import type { FestivalName } from './sale.ts'

type Tab = 'live' | 'orders' | 'payments' | 'gate' | 'team' | 'changes'
const TABS: readonly Tab[] = ['live', 'orders', 'payments', 'gate', 'team', 'changes']

export type FrameOptions = {
  title: string
  festival: FestivalName
  tab: Tab | 'festival'
  scripts?: readonly string[]
  styles?: readonly string[]
}

/** An organiser's page about one festival: navigation to its other pages, and the content. */
export function festivalFrame(context: PageContext, options: FrameOptions, content: Html): Html {
  const { festival, tab, title, scripts = ['times'], styles = ['live'] } = options
  const text = organiserLiveText[context.language]
  const path = festivalPath(festival.id)
  return page(
    context,
    { title: `${title}, ${festival.name}`, scripts, styles, personal: true },
    html`<p class="small"><a href="/organiser">${text.organiser}</a></p>
<h1>${festival.name}</h1>
<nav class="tabs" aria-label="${text.tabsLabel}">
<a href="${path}"${tab === 'festival' ? html` aria-current="page"` : ''}>${text.festival}</a>
${TABS.map((name) => html`<a href="${path}/${name}"${name === tab ? html` aria-current="page"` : ''}>${text.tabs[name]}</a>`)}
</nav>
<p class="soft small">${text.zone(festival.timeZone)}</p>
<div class="wide">
${content}
</div>`,
  )
}

export function festivalPath(festival: string): string {
  return `/organiser/festivals/${encodeURIComponent(festival)}`
}

/** The message about what has just been done; an empty element when there is none. */
export function flashPart(flash: { good: string } | { bad: string } | undefined): Html | '' {
  if (flash === undefined) return ''
  return 'good' in flash
    ? html`<p class="notice good" role="status">${flash.good}</p>`
    : html`<p class="notice bad" role="alert">${flash.bad}</p>`
}

/**
 * A table whose rows are stacked on a phone, each value with its label, since it has too many columns for the width.
 * The roles are explicit because browsers drop table semantics when rows are laid out otherwise.
 */
export function stackedTable(options: {
  caption: string
  columns: readonly string[]
  rows: readonly (readonly (string | Html)[])[]
}): Html {
  const { caption, columns, rows } = options
  return html`<table class="stack" role="table" aria-label="${caption}">
<thead role="rowgroup"><tr role="row">${columns.map((name) => html`<th scope="col" role="columnheader">${name}</th>`)}</tr></thead>
<tbody role="rowgroup">${rows.map((row) => html`<tr role="row">${row.map((cell, i) => (i === 0 ? html`<th scope="row" role="rowheader">${cell}</th>` : html`<td role="cell"><span class="stack-name" aria-hidden="true">${columns[i] ?? ''}</span><span>${cell}</span></td>`))}</tr>`)}</tbody>
</table>`
}

/** A table that scrolls horizontally when it is too wide; numbers are right-aligned. */
export function table(options: {
  caption: string
  columns: readonly string[]
  rows: readonly (readonly (string | Html)[])[]
  /** Indexes of the numeric columns. */
  numbers?: readonly number[]
  part?: string
}): Html {
  const { caption, columns, rows, numbers = [], part } = options
  const look = (column: number) => (numbers.includes(column) ? html` class="amount"` : '')
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table>
<thead><tr>${columns.map((name, i) => html`<th scope="col"${look(i)}>${name}</th>`)}</tr></thead>
<tbody${part === undefined ? '' : html` data-part="${part}"`}>${rows.map((row) => html`<tr>${row.map((cell, i) => (i === 0 ? html`<th scope="row">${cell}</th>` : html`<td${look(i)}>${cell}</td>`))}</tr>`)}</tbody>
</table></div>`
}
