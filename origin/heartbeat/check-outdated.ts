import type { Check, Trouble } from '../../shared/http/readiness.ts'
import type { CachedCatalogue } from '../catalogue/catalogue.ts'

const OUTDATED: Trouble = {
  code: 'redis-outdated',
  detail: 'Another origin keeps rooms in another Redis; the one that this origin reaches is out of date',
  stops: true,
}

/**
 * Whether this origin's Redis is one that another has replaced; the rooms of a cluster's other nodes are unaffected.
 */
export function checkOutdated(catalogue: Pick<CachedCatalogue, 'current' | 'outdated'>): Check {
  return {
    async run() {
      const outdated = catalogue.outdated().length
      return outdated === 0 ? [] : [{ ...OUTDATED, stops: outdated === catalogue.current().length }]
    },
    silent: OUTDATED,
  }
}
