import type { Page } from 'playwright-core'

/** What a page takes over the network on a cold cache, as Chromium counts it: bodies as they were sent, and headers. */
export type Weight = { bytes: number; requests: number }

export type Scales = {
  /** What has come since the scales were emptied. */
  read: () => Weight
  empty: () => void
}

/** Festivals' images are as heavy as they are: they come late, and nothing waits for them or moves when they are there. */
const UNWEIGHED = /^\/images\//

/** Puts a page on the scales, wherever it goes from now on. */
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
