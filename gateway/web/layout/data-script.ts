import { html, raw } from 'hono/html'
import type { Html } from './html.ts'

/** Data for the browser module of a page, as JSON that cannot end the element that contains it. */
export function dataScript(id: string, data: unknown): Html {
  return html`<script type="application/json" id="${id}">${raw(JSON.stringify(data).replaceAll('<', '\\u003c'))}</script>`
}
