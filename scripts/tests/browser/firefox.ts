import { join } from 'node:path'
import { describe, it } from 'vitest'
import { startFirefox } from '../../develop/browsers/drivers.ts'
import { findFirefox } from '../../develop/browsers/find-firefox.ts'
import { useGround } from './ground.ts'
import {
  buyGoOfflineAndCancel,
  checkInByTyping,
  enterWithoutFetchMetadata,
  followLivePage,
  signInAndStay,
  signOutAndGoBack,
} from './paths.ts'

const { env } = process

async function startEngine() {
  // What was missing, npm run firefox has installed.
  const folder = join(process.cwd(), '.data')
  return await startFirefox(await findFirefox({ env, installing: async () => {}, folder }), env)
}

describe('Firefox on the plain http URL of this machine', () => {
  const ground = useGround({ tls: false, startEngine })

  it('signs in, stays signed in over a reload, and signs out', () => signInAndStay(ground()))

  it('shows the sign-in form under its own address after signing out and going Back', () =>
    signOutAndGoBack(ground()))

  it('enters a room by a form without Fetch Metadata', () => enterWithoutFetchMetadata(ground()))

  it('buys tickets that are there without a network, and cancels them', () => buyGoOfflineAndCancel(ground()))

  it('lets a ticket in that is typed at the gate, once', () => checkInByTyping(ground()))
})

describe('Firefox behind TLS', () => {
  const ground = useGround({ tls: true, startEngine })

  it('keeps an organiser signed in, whose live page follows the sale', () => followLivePage(ground()))
})
