import type { Context } from 'hono'
import { accepts } from 'hono/accepts'
import type { Problem } from '../../shared/api/problem.ts'
import { problemResponse, requestIdOf } from '../../shared/http/problems.ts'
import type { Assets } from './assets/assets.ts'
import { isLanguage } from './i18n/language.ts'
import { errorPage } from './layout/error.ts'
import { type PageEnv, pageContext } from './layout/page-context.ts'

const API = /^\/(api|assets|\.well-known)\//
const MEDIA_TYPES = ['application/problem+json', 'text/html']

/** Renders problems as pages for browsers that requested a page, and as documents for all other clients. */
export function createProblemPages(assets: Assets) {
  return async (problem: Problem, c: Context<PageEnv>): Promise<Response> => {
    const wanted = accepts(c, {
      header: 'Accept',
      supports: MEDIA_TYPES,
      default: 'application/problem+json',
    })
    if (API.test(c.req.path) || wanted !== 'text/html') return problemResponse(problem, c)
    const context = pageContext(c, assets)
    // A request may fail before its language is known.
    const language = isLanguage(context.language) ? context.language : 'en'
    const html = await errorPage({ ...context, language }, problem, {
      requestId: requestIdOf(c),
      isPage: c.req.method === 'GET',
    })
    const headers = new Headers(problem.headers())
    headers.set('content-type', 'text/html; charset=UTF-8')
    return new Response(html.toString(), { status: problem.status, headers })
  }
}
