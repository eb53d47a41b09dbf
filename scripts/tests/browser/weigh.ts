import type { Page } from 'playwright-core'

/** The transfer of a page on a cold cache, as Chromium counts it: encoded bodies and headers. */
export type Weight = { bytes: number; requests: number }

export type Scales = {
  /** The bytes received since the last reset. */
  read: () => Weight
  empty: () => void
}

/** Festivals' images are as heavy as they are: they come late, and nothing waits for them or moves when they are there. */
const UNWEIGHED = /^\/images\//

/** Measures the transfer of a page from now on. */
export async function putOnScales(page: Page): Promise<Scales> {
  const session = await page.context().newCDPSession(page)
  const nothing: Weight = { bytes: 0, requests: 0 }
  let weight = nothing
  const unweighed = new Set<string>()
  session.on('Network.requestWillBeSent', ({ requestId, request }) => {
    if (UNWEIGHED.test(new URL(request.url).pathname)) unweighed.add(requestId)
  })
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (unweighed.has(requestId)) return
    weight = { bytes: weight.bytes + encodedDataLength, requests: weight.requests + 1 }
  })
  await session.send('Network.enable')
  return {
    read: () => weight,
    empty: () => {
      weight = nothing
    },
  }
}
