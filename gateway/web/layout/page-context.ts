import type { Context } from 'hono'
import type { RequestVariables } from '../../../shared/api/openapi.ts'
import type { Checkout } from '../../../shared/checkout.ts'
import type { Assets } from '../assets/assets.ts'
import type { LanguageVariables } from '../i18n/language.ts'
import type { PageContext } from './page.ts'

export type PayingVariables = {
  /** Of the provider whose own module the page loads: what it may load and call in addition to Naru. */
  payingWith?: Pick<
    Checkout,
    'scriptOrigins' | 'connectOrigins' | 'frameOrigins' | 'formOrigins' | 'imageOrigins'
  >
}

export type PageEnv = { Variables: RequestVariables & LanguageVariables & PayingVariables }

export function pageContext(c: Context<PageEnv>, assets: Assets): PageContext {
  const { pathname, search } = new URL(c.req.url)
  return { language: c.get('language'), path: pathname + search, assets }
}

/** A path of this site only, whatever a form contains: no `//elsewhere`, no `/\elsewhere`. */
export function ownPath(path: unknown): string {
  return typeof path === 'string' && /^\/(?![/\\])[\x21-\x7e]{0,500}$/.test(path) ? path : '/'
}
