import type { Context } from 'hono'
import type { Festival } from '../../../shared/catalogue.ts'
import { inLanguage } from '../../../shared/in-language.ts'
import type { Festivals } from '../../catalogue/festivals.ts'
import type { PageEnv } from './page-context.ts'

/** The festival of this request's path, in the visitor's language; throws where there is none. */
export function requireFestival(c: Context<PageEnv>, festivals: Festivals): Festival {
  return inLanguage(festivals.require(c.req.param('festival') ?? ''), c.get('language'))
}
