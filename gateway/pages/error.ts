import { html } from 'hono/html'
import type { Problem } from '../../shared/problem.ts'
import { type Html, type PageContext, page } from './page.ts'
import { type ErrorKind, errorsText } from './text/errors.ts'

/** By status, where a code has no words of its own. */
const KINDS: Record<number, ErrorKind> = {
  401: 'forbidden',
  403: 'forbidden',
  404: 'not-found',
  429: 'too-many',
  500: 'internal',
  503: 'unavailable',
}

/** A page in place of a problem document: what happened, and what to do next. */
export function errorPage(context: PageContext, problem: Problem, requestId: string | undefined): Html {
  const text = errorsText[context.language]
  const kind = isKind(problem.code) ? problem.code : (KINDS[problem.status] ?? 'bad-request')
  const { title, next } = text[kind]
  return page(
    context,
    { title, personal: true },
    html`<h1>${title}</h1>
<p class="lead">${next}</p>
<p><a class="button" href="/">${text.home}</a></p>
${problem.status < 500 || requestId === undefined ? '' : html`<p class="small soft">${text.requestId} <code>${requestId}</code></p>`}`,
  )
}

function isKind(code: string): code is ErrorKind {
  return Object.hasOwn(errorsText.en, code) && code !== 'home' && code !== 'requestId'
}
