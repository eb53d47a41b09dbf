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

/** Measures the transfer of a page from now on; of requests to the same path, the first. */
export async function putOnScales(page: Page): Promise<Scales> {
  const session = await page.context().newCDPSession(page)
  const nothing: Weight = { bytes: 0, requests: 0 }
  let weight = nothing
  const unweighed = new Set<string>()
  const weighed = new Set<string>()
  session.on('Network.requestWillBeSent', ({ requestId, request }) => {
    const { pathname } = new URL(request.url)
    // A page that polls while a busy machine still loads it would weigh more the slower the machine is.
    if (UNWEIGHED.test(pathname) || weighed.has(pathname)) unweighed.add(requestId)
    weighed.add(pathname)
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
      weighed.clear()
    },
  }
}
