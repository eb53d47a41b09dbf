import { expect, it } from 'vitest'
import { createInternalApp } from './internal.ts'
import { createReadiness } from './readiness.ts'

// M13: two concurrent scrapes consumed each other's responses from the workers.
it('M13: shares one collection among overlapping scrapes, and starts a new one for the next', async () => {
  const collections: ((text: string) => void)[] = []
  const metrics = () => new Promise<string>((resolve) => collections.push(resolve))
  const app = createInternalApp({ service: 'test', readiness: createReadiness(), metrics })
  const scrape = async () => await (await app.request('/metrics')).text()
  const scrapes = [scrape(), scrape(), scrape()]
  await expect.poll(() => collections.length).toBe(1)
  collections[0]?.('one')
  expect(await Promise.all(scrapes)).toEqual(['one', 'one', 'one'])
  const next = scrape()
  await expect.poll(() => collections.length).toBe(2)
  collections[1]?.('two')
  expect(await next).toBe('two')
})
