import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { COPY_MARK } from '../../copy-mark.ts'
import { createMemoryCaches } from '../testing/caches.ts'
import { type CachingRules, createCachedPages } from './cached-pages.ts'
import { startCaching, type WorkerRules } from './caching-worker.ts'
import { forgetPages } from './forget-pages.ts'

const HOUR_MS = 3_600_000
const CACHE = 'naru-test'
const PAGE = `<link rel="stylesheet" href="/assets/main.AAA.css"><svg><use href="/assets/icon.BBB.svg#naru"></use></svg>
<script type="module" src="/assets/page.CCC.js"></script><p ${COPY_MARK.hidden}>A copy</p>{"later":"/assets/later.DDD.wasm"}`

let server: Server
let origin: string
let answer: RequestListener
let asked: string[] = []
beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? '')
    if (request.url === '/assets/lost.js') response.writeHead(404).end()
    else if (request.url?.startsWith('/assets/')) response.end('a file')
    else answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(() => new Promise((resolve) => server.close(resolve)))

beforeEach(() => {
  vi.stubGlobal('caches', createMemoryCaches())
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

function storeSome(rules: Partial<CachingRules> = {}) {
  let now = Date.parse('2026-07-01T10:00:00Z')
  asked = []
  answer = (_, response) => response.setHeader('content-type', 'text/html').end(PAGE)
  const pages = createCachedPages(
    { cache: CACHE, pages: /^\//, pagesMax: 10, ageMsMax: HOUR_MS, personal: true, ...rules },
    () => now,
  )
  return {
    ...pages,
    wait(milliseconds: number) {
      now += milliseconds
    },
    async open(path: string) {
      const { response, heeded } = await pages.ask(new Request(origin + path))
      await heeded
      return response
    },
    find: (path: string) => pages.find(new URL(path, origin)),
    status: (status: number, headers: Record<string, string> = {}) => {
      answer = (_, response) => response.writeHead(status, headers).end('no page')
    },
  }
}

/** Holds the next request; resolves with the function that answers it, once it has arrived. */
function nextAsked(): Promise<(page: string) => void> {
  return new Promise((resolve) => {
    answer = (_, response) => resolve((page) => response.end(page))
  })
}

const fileOf = (path: string) => caches.match(origin + path)

describe('a cached page', () => {
  it('is stored as received, marked as a copy, and stored with the files that it refers to', async () => {
    const { open, find } = storeSome()
    expect(await (await open('/orders/1?from=mail')).text()).toBe(PAGE)
    const copy = await find('/orders/1')
    expect(await copy?.text()).toBe(
      PAGE.replace(COPY_MARK.hidden, `${COPY_MARK.shown}="2026-07-01T10:00:00.000Z"`),
    )
    expect(copy?.headers.get('content-type')).toBe('text/html')
    for (const file of ['main.AAA.css', 'icon.BBB.svg', 'page.CCC.js']) {
      expect(await (await fileOf(`/assets/${file}`))?.text()).toBe('a file')
    }
    expect(asked.filter((path) => path.startsWith('/assets/'))).toHaveLength(3)
  })

  it('requests no file twice, and drops those that it no longer refers to', async () => {
    const { open, cacheFiles } = storeSome()
    await open('/a')
    await cacheFiles(new URL('/a', origin), ['/assets/later.DDD.wasm'])
    asked = []
    answer = (_, response) => response.end(PAGE.replace('main.AAA', 'main.ZZZ'))
    await open('/a')
    expect(asked).toEqual(['/a', '/assets/main.ZZZ.css'])
    expect(await fileOf('/assets/main.AAA.css')).toBeUndefined()
    expect(await fileOf('/assets/later.DDD.wasm')).toBeDefined()
  })

  it('is unchanged when one of its files cannot be loaded', async () => {
    const { open, find } = storeSome()
    await open('/a')
    answer = (_, response) => response.end('<script src="/assets/lost.js"></script>')
    await expect(open('/a')).rejects.toThrow()
    expect(await (await find('/a'))?.text()).toContain('main.AAA')
  })

  it('is removed after a 404, and preserved after a 503', async () => {
    const { open, find, status } = storeSome()
    await open('/a')
    await open('/b')
    status(503)
    await open('/a')
    expect(await find('/a')).toBeDefined()
    status(404)
    await open('/a')
    expect(await find('/a')).toBeUndefined()
    expect(await find('/b')).toBeDefined()
  })

  it('is removed with all others on a redirect to sign in, if it is personal', async () => {
    for (const personal of [true, false]) {
      const { open, find } = storeSome({ personal })
      await open('/a')
      await open('/b')
      answer = (request, response) =>
        request.url === '/a' ? response.writeHead(303, { location: '/sign-in' }).end() : response.end(PAGE)
      await open('/a')
      expect([(await find('/a')) === undefined, (await find('/b')) === undefined]).toEqual([
        personal,
        personal,
      ])
      expect(await caches.keys()).toHaveLength(personal ? 0 : 2)
    }
  })

  it('is cleared with the others even while it is being requested', async () => {
    const { find, ask } = storeSome()
    const arrived = nextAsked()
    const asking = ask(new Request(`${origin}/a`))
    const send = await arrived
    await forgetPages(CACHE)
    send(PAGE)
    await (await asking).heeded
    expect(await find('/a')).toBeUndefined()
    expect(await caches.keys()).toEqual([])
  })

  it('is evicted by newer ones, and expires', async () => {
    const { open, find, wait } = storeSome({ pagesMax: 2, ageMsMax: HOUR_MS })
    await open('/a')
    wait(1)
    await open('/b')
    wait(1)
    await open('/a')
    wait(1)
    await open('/c')
    expect(await find('/b')).toBeUndefined()
    expect(await find('/a')).toBeDefined()
    wait(HOUR_MS - 1)
    expect(await find('/a')).toBeDefined()
    wait(1)
    expect(await find('/a')).toBeUndefined()
    expect(await find('/c')).toBeDefined()
  })

  it('leaves nothing in the cache when no page was received', async () => {
    const { open, status } = storeSome()
    status(500)
    await open('/a')
    answer = (request) => request.socket.destroy()
    await expect(open('/b')).rejects.toThrow()
    expect(await caches.keys()).toEqual([])
  })
})

describe('a worker that caches pages', () => {
  type Listener = (event: Record<string, unknown>) => void

  /** The parts of a service worker used here; `navigate` returns the response to a visit, once there is one. */
  function startWorker(rules: Partial<WorkerRules> = {}) {
    const listeners = new Map<string, Listener>()
    vi.stubGlobal('addEventListener', (type: string, act: Listener) => listeners.set(type, act))
    vi.stubGlobal('location', new URL(origin))
    startCaching({ cache: CACHE, pages: /^\/me$/, pagesMax: 2, ageMsMax: HOUR_MS, personal: true, ...rules })
    return async (path: string) => {
      const work: Promise<unknown>[] = []
      let answered: Promise<Response> | undefined
      const request = new Request(origin + path)
      Object.defineProperty(request, 'mode', { value: 'navigate' })
      listeners.get('fetch')?.({
        request,
        respondWith: (response: Promise<Response>) => {
          answered = response
        },
        waitUntil: (until: Promise<unknown>) => work.push(until),
      })
      return { answered, done: () => Promise.all(work) }
    }
  }

  const textOf = async ({ answered }: { answered: Promise<Response> | undefined }) =>
    await (await answered)?.text()

  it('shows the copy only when the network is unavailable, broken or slow', async () => {
    const navigate = startWorker()
    answer = (_, response) => response.end(`${PAGE} one`)
    const first = await navigate('/me')
    expect(await textOf(first)).toContain(COPY_MARK.hidden)
    await first.done()

    answer = (_, response) => response.end(`${PAGE} two`)
    const second = await navigate('/me')
    expect(await textOf(second)).toMatch(/two$/)
    await second.done()

    answer = (_, response) => response.writeHead(503).end('unavailable')
    expect(await textOf(await navigate('/me'))).toMatch(/two$/)
    answer = (request) => request.socket.destroy()
    expect(await textOf(await navigate('/me'))).toMatch(new RegExp(`<p ${COPY_MARK.shown}="[^"]+Z">`))

    vi.useFakeTimers({ toFake: ['setTimeout'] })
    const arrived = nextAsked()
    const slow = await navigate('/me')
    const send = await arrived
    await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1), { timeout: 20_000 })
    await vi.advanceTimersByTimeAsync(4000)
    expect(await textOf(slow)).toMatch(/two$/)
    // A response that arrives too late to be shown is used the next time.
    send(`${PAGE} three`)
    await slow.done()
    answer = (request) => request.socket.destroy()
    expect(await textOf(await navigate('/me'))).toMatch(/three$/)
  })

  it('shows its fallback when there is neither a copy nor a network, and refreshes it once a day', async () => {
    const fallback = { path: '/offline', pages: /^\/(me|room)/ }
    vi.useFakeTimers({ toFake: ['Date'] })
    const navigate = startWorker({ fallback, personal: false })
    let version = 'one'
    answer = ({ url }, response) => response.end(`${PAGE} ${url} ${version}`)
    asked = []
    const open = async (path: string) => {
      const { answered, done } = await navigate(path)
      await answered
      await done()
    }
    for (const path of ['/room', '/room?more']) await open(path)
    expect(asked.filter((path) => path === '/offline')).toHaveLength(1)
    version = 'two'
    vi.setSystemTime(Date.now() + 25 * HOUR_MS)
    await open('/room')

    answer = (request) => request.socket.destroy()
    for (const path of ['/room', '/room?more', '/me']) {
      expect(await textOf(await navigate(path))).toMatch(/\/offline two$/)
    }
    expect((await navigate('/orders/1')).answered).toBeUndefined()
    answer = (_, response) => response.writeHead(503).end('unavailable')
    expect(await textOf(await navigate('/room'))).toBe('unavailable')
  })

  it('ignores requests for pages that it does not cache', async () => {
    const navigate = startWorker()
    for (const path of ['/me?flash=x', '/me/account', '/', '/api/me']) {
      expect((await navigate(path)).answered).toBeUndefined()
    }
  })
})
