import uPlot from 'uplot'
import type { InZone } from '../../../../../shared/zoned-time.ts'
import { count, language, part } from '../../../layout/browser/lib/page.ts'
import { clockToSecond } from '../../../layout/format.ts'
import type { ChartName } from '../../live/live.ts'
import type { OrganiserLiveText } from '../../text/organiser-live.ts'
import { columnsOf, originsIn, type Sample, soldPerMinute } from './live-samples.ts'

type Series = { label: string; of: (sample: Sample, index: number) => number | null }

/** The charts of the live page, redrawn whenever there are new samples. */
export type Charts = { draw(samples: readonly Sample[]): void }

const HEIGHT = 220
const INKS = ['ink-1', 'ink-2', 'ink-3', 'ink-4'] as const

export function createCharts(text: OrganiserLiveText, zone: InZone): Charts {
  const plots = [...document.querySelectorAll<HTMLElement>('[data-chart]')].map((element) =>
    createPlot(element, text.asOf, zone),
  )
  let last: readonly Sample[] = []

  function draw(samples: readonly Sample[]): void {
    last = samples
    for (const { name, show } of plots) show(samples, seriesOf(name, samples, text))
  }

  function drawAgain(): void {
    for (const { forget } of plots) forget()
    draw(last)
  }

  // Canvases keep the colours and the size they were drawn with.
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAgain)
  addEventListener('resize', () => {
    for (const { resize } of plots) resize()
  })
  return { draw }
}

function seriesOf(name: ChartName, samples: readonly Sample[], { series }: OrganiserLiveText): Series[] {
  switch (name) {
    case 'queue':
      return [{ label: series.waiting, of: ({ waiting }) => waiting }]
    case 'active':
      return [
        { label: series.active, of: ({ active }) => active },
        { label: series.called, of: ({ called }) => called },
      ]
    case 'units':
      return [
        { label: series.sold, of: ({ sold }) => sold },
        { label: series.held, of: ({ held }) => held },
      ]
    case 'pace':
      return [
        { label: series.soldPerMinute, of: (_, index) => soldPerMinute(samples, index) },
        { label: series.declined, of: ({ declined }) => declined },
        { label: series.errors, of: ({ errors }) => errors },
      ]
    case 'load':
      return originsIn(samples).map((origin) => ({ label: origin, of: ({ load }) => load[origin] ?? null }))
  }
}

/** One chart; it is created again when its series change, as when an origin joins. */
function createPlot(element: HTMLElement, at: string, zone: InZone) {
  const name = element.dataset['chart'] as ChartName
  let plot: uPlot | undefined
  let labels = ''

  function forget(): void {
    plot?.destroy()
    plot = undefined
  }

  return {
    name,
    forget,
    resize: () => plot?.setSize({ width: element.clientWidth, height: HEIGHT }),
    show(samples: readonly Sample[], series: readonly Series[]): void {
      const wanted = series.map(({ label }) => label).join('\n')
      if (wanted !== labels) forget()
      labels = wanted
      const columns = columnsOf(
        samples,
        series.map(({ of }) => of),
      )
      if (plot === undefined) plot = new uPlot(optionsOf(element, series, { at, zone }), columns, element)
      else plot.setData(columns)
      // Without a hovered moment, the legend shows the current values.
      const idx = columns[0].length - 1
      if (typeof plot.cursor.idx !== 'number' && idx >= 0) plot.setLegend({ idx })
    },
  }
}

function optionsOf(
  element: HTMLElement,
  series: readonly Series[],
  { at, zone }: { at: string; zone: InZone },
): uPlot.Options {
  const clockOf = (seconds: number) => clockToSecond(seconds * 1000, zone, language)
  const stroke = inkOf('ink-axis')
  const line = { stroke, width: 0.25 }
  const axis = { stroke, grid: line, ticks: line }
  return {
    width: element.clientWidth,
    height: HEIGHT,
    cursor: { drag: { x: false, y: false } },
    scales: { y: { range: (_, __, max) => [0, Math.max(max * 1.1, 5)] } },
    axes: [
      { ...axis, values: (_, seconds) => seconds.map((at) => clockOf(at)) },
      { ...axis, size: 60, values: (_, values) => values.map(count) },
    ],
    series: [
      { label: at, value: (_, seconds) => (Number.isFinite(seconds) ? clockOf(seconds) : '') },
      ...series.map(
        ({ label }, i): uPlot.Series => ({
          label,
          stroke: inkOf(INKS[i % INKS.length] ?? 'ink-1'),
          width: 2,
          // Lines with similar colours differ in their dashes.
          dash: i === 0 ? [] : [4 + 4 * i, 4],
          points: { show: false },
          value: (_, value) => (Number.isFinite(value) ? count(value) : '–'),
        }),
      ),
    ],
  }
}

/** A colour of the style sheet as the browser has resolved it for this scheme. */
function inkOf(name: (typeof INKS)[number] | 'ink-axis'): string {
  const element = part(name)
  return element === undefined ? 'gray' : getComputedStyle(element).color
}
