import { html } from 'hono/html'
import type { Festival } from '../../../shared/catalogue.ts'
import type { Status } from '../../room/status.ts'
import { dataScript } from '../layout/data-script.ts'
import type { Html } from '../layout/html.ts'
import { type PageContext, page } from '../layout/page.ts'
import { beaconAwaited } from './room-view.ts'
import { type DrawText, drawText } from './text/draw.ts'
import { roomText } from './text/room.ts'

/** The data of the page's browser module; the index is that of the visitor's own place. */
export type DrawData = {
  room: string
  index: number | null
  /** The URL of the script that verifies a beacon's round; it is fetched when needed. */
  beaconScript: string
}

export type DrawPage = {
  festival: Festival
  status: Status
  index: number | undefined
  /** The site's URL for the command: behind TLS the request's own URL would be http. */
  publicUrl: string
}

/** The page on which a visitor recomputes a draw in the browser. */
export function drawPage(context: PageContext, { festival, status, index, publicUrl }: DrawPage): Html {
  const text = drawText[context.language]
  const beaconScript = context.assets.url('beacon.js')
  const data: DrawData = { room: festival.room.id, index: index ?? null, beaconScript }
  const { draw } = status
  return page(
    context,
    { title: text.title(festival.name), scripts: ['draw'], personal: true },
    html`<p class="small"><a href="/festivals/${festival.id}">${festival.name}</a></p>
<h1>${text.heading}</h1>
<p class="lead">${text.lead}</p>
<ol>${text.steps.map((step) => html`<li>${step}</li>`)}</ol>
${draw === undefined ? html`<p class="notice">${text.none}</p>` : html`<p class="small"><code>${draw.commitment}</code></p>`}
${draw?.closing === undefined ? '' : closingPart(draw.closing, text)}
${draw !== undefined && !draw.drawn ? html`<p class="notice">${undrawnWords(status, context)}</p>` : ''}
${
  draw?.drawn === true
    ? html`<p class="needs-script"><button class="big" data-part="start">${text.check}</button></p>
<div data-part="result" role="status"></div>
<p class="small">${text.command}<br><code>npm run verify-draw -- ${publicUrl}/api/rooms/${festival.room.id} --commitment ${draw.commitment}${seenAtClosing(draw)}</code></p>`
    : ''
}
${dataScript('draw-data', data)}`,
  )
}

/** Why there is no draw: it is too early, the beacon is awaited, or the sale ended before a round arrived. */
function undrawnWords(status: Status, { language }: PageContext): string {
  const awaited = beaconAwaited(status)
  if (awaited !== undefined) return roomText[language][awaited]
  return drawText[language][status.phase === 'closed' ? 'never' : 'notYet']
}

type ShownDraw = NonNullable<Status['draw']>

/** What a visitor may write down when the lobby closes, to verify the draw against. */
function closingPart(closing: NonNullable<ShownDraw['closing']>, text: DrawText): Html {
  const { participants, logHash, participantsHash, round } = closing
  return html`<p class="small">${text.closing(String(participants))}<br><code>${logHash}</code><br><code>${participantsHash}</code></p>
${round === undefined ? '' : html`<p class="small">${text.round(String(round.number))}</p>`}`
}

function seenAtClosing({ closing }: ShownDraw): string {
  if (closing === undefined) return ''
  return ` --log ${closing.logHash} --participants ${closing.participantsHash}`
}
