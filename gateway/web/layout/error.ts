import { html } from 'hono/html'
import type { Problem } from '../../../shared/api/problem.ts'
import { fileSize } from './format.ts'
import type { Html } from './html.ts'
import { type PageContext, page } from './page.ts'
import { commonText } from './text/common.ts'
import { type ErrorKind, errorsText } from './text/errors.ts'
import { waitText } from './text/flash.ts'

/** By status, for codes without specific text. */
const KINDS: Record<number, ErrorKind> = {
  401: 'forbidden',
  403: 'forbidden',
  404: 'not-found',
  429: 'too-many',
  500: 'internal',
  503: 'unavailable',
}

/** Keys of the text that are not error kinds. */
const NO_KINDS: readonly string[] = ['home', 'requestId', 'most', 'retryIn']

/** Temporary errors, after which reloading may help. */
const PASSING: readonly ErrorKind[] = ['too-many', 'unavailable', 'internal']

/**
 * A page instead of a problem document: what happened, and what to do next.
 *
 * @param isPage - whether a page was requested, which can be reloaded, unlike the target of a form
 */
export function errorPage(
  context: PageContext,
  problem: Problem,
  { requestId, isPage }: { requestId: string | undefined; isPage: boolean },
): Html {
  const text = errorsText[context.language]
  const kind = isKind(problem.code) ? problem.code : (KINDS[problem.status] ?? 'bad-request')
  const { title, next } = text[kind]
  const { members, retryAfterSeconds } = problem.extras
  const bytesMax = members?.['bytesMax']
  return page(
    context,
    { title, personal: true },
    html`<h1>${title}</h1>
<p class="lead">${next}</p>
${kind === 'too-many' && retryAfterSeconds !== undefined ? html`<p>${text.retryIn(waitText(retryAfterSeconds, context.language))}</p>` : ''}
${typeof bytesMax === 'number' ? html`<p>${text.most(fileSize(bytesMax, context.language))}</p>` : ''}
<p class="buttons">${instead(kind, context, isPage)}<a class="button quiet" href="/">${text.home}</a></p>
${problem.status < 500 || requestId === undefined ? '' : html`<p class="small soft">${text.requestId} <code>${requestId}</code></p>`}`,
  )
}

/** The way to continue, if there is one other than the home page. */
function instead(kind: ErrorKind, { language, path }: PageContext, isPage: boolean): Html | '' {
  const { retry, signIn } = commonText[language]
  if (isPage && PASSING.includes(kind)) return html`<a class="button" href="${path}">${retry}</a>`
  if (kind !== 'forbidden') return ''
  const next = isPage ? path : '/'
  return html`<a class="button" href="/sign-in?next=${encodeURIComponent(next)}">${signIn}</a>`
}

function isKind(code: string): code is ErrorKind {
  return Object.hasOwn(errorsText.en, code) && !NO_KINDS.includes(code)
}
