import { describe, it } from 'vitest'
import { startWebKit } from '../../develop/browsers/drivers.ts'
import { findWebKit, WEBKIT_MISSING } from '../../develop/browsers/find-engines.ts'
import { useGround } from './ground.ts'
import { followLivePage } from './paths.ts'

const { env } = process
const found = await findWebKit({ env, installing: async () => {} })
if (found === undefined) console.warn(WEBKIT_MISSING)

describe.skipIf(found === undefined)('WebKit behind TLS', () => {
  const ground = useGround({
    tls: true,
    async startEngine() {
      if (found === undefined) throw new Error(WEBKIT_MISSING)
      return await startWebKit(found, env)
    },
  })

  it('M20: keeps an organiser signed in with __Host- cookies, whose live page follows the sale', () =>
    followLivePage(ground()))
})
