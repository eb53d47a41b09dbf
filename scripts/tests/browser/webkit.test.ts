import { describe, it } from 'vitest'
import { startWebKit } from '../../develop/browsers/drivers.ts'
import { findWebKit, WEBKIT_MISSING } from '../../develop/browsers/find-engines.ts'
import { useGround } from './ground.ts'
import {
  buyGoOfflineAndCancel,
  checkInByTyping,
  enterWithoutFetchMetadata,
  signInAndStay,
  signOutAndGoBack,
} from './paths.ts'

// What was missing, scripts/test has installed where it may.
const { env } = process
const found = await findWebKit({ env, installing: async () => {} })
if (found === undefined) console.warn(WEBKIT_MISSING)

describe.skipIf(found === undefined)('M20: WebKit on a plain http localhost URL', () => {
  const ground = useGround({
    tls: false,
    async startEngine() {
      if (found === undefined) throw new Error(WEBKIT_MISSING)
      return await startWebKit(found, env)
    },
  })

  it('signs in, stays signed in over a reload, and signs out', () => signInAndStay(ground()))

  it('shows the sign-in form under its own address after signing out and going Back', () =>
    signOutAndGoBack(ground()))

  it('M21: enters a room by a form without Fetch Metadata', () => enterWithoutFetchMetadata(ground()))

  it('buys tickets that are available without a network, and cancels them', () =>
    buyGoOfflineAndCancel(ground()))

  it('admits a ticket once by its typed code', () => checkInByTyping(ground()))
})
