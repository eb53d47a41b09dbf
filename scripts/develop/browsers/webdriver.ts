import { setTimeout as wait } from 'node:timers/promises'

/** One browser with one window, driven through a WebDriver server (W3C WebDriver, level 2). */
export type WebDriverPage = {
  /** Opens a path of the site and waits until it has loaded. */
  open: (path: string) => Promise<void>
  reload: () => Promise<void>
  back: () => Promise<void>
  path: () => Promise<string>
  /** Clicks the first element that a CSS selector or a text finds, as soon as it is there and can be clicked. */
  click: (find: Find) => Promise<void>
  /** Clicks what leads to another page, and waits until that has loaded. */
  follow: (find: Find) => Promise<void>
  /** Types into a field, after what is in it. */
  type: (find: Find, text: string) => Promise<void>
  /** Waits until an element is shown; its text. */
  read: (find: Find) => Promise<string>
  /** Runs the body of a function in the page; what it returns, awaited. */
  run: (body: string, ...args: readonly unknown[]) => Promise<unknown>
  screenshot: () => Promise<Buffer>
  close: () => Promise<void>
}

/** A CSS selector, or the text of an element, as a part of it. */
type Find = string | { text: string }

export const ENTER = '\uE007'
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf'
const PATIENCE_MS = 60_000
/** WebKit's driver may never answer what was asked of a page that went on meanwhile: it is asked again. */
const LOOK_MS_MAX = 10_000
const POLL_MS = 25
/** What passes by itself while a page loads or moves (W3C WebDriver, section 6.6). */
const PASSING = [
  'no such element',
  'stale element reference',
  'element not interactable',
  'element click intercepted',
  'detached shadow root',
  'no such frame',
  'javascript error',
  'unknown error',
  'timeout',
]

class WebDriverError extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(`${code}: ${message}`)
    this.code = code
  }
}

/** Opens a separate browser: without the cookies, caches and service workers of others. */
export async function openWebDriverPage(
  serverUrl: string,
  capabilities: Readonly<Record<string, unknown>>,
  siteUrl: string,
): Promise<WebDriverPage> {
  // A page that a service worker answers is never loaded in WebKit's eyes when it comes by Back: what is waited for is
  // what the test waits for, not what the driver does.
  const alwaysMatch = { acceptInsecureCerts: true, pageLoadStrategy: 'none', ...capabilities }
  const begun = await ask(serverUrl, 'POST', '/session', { capabilities: { alwaysMatch } })
  const session = `/session/${String(fieldOf(begun, 'sessionId'))}`
  const call = (method: string, path: string, body?: object) => ask(serverUrl, method, session + path, body)
  const run = (script: string, ...args: readonly unknown[]) => call('POST', '/execute/sync', { script, args })

  let marks = 0

  async function find(target: Find): Promise<string> {
    const how =
      typeof target === 'string'
        ? { using: 'css selector', value: target }
        : { using: 'xpath', value: `//body//*[text()[contains(normalize-space(), ${quoted(target.text)})]]` }
    const found = await call('POST', '/elements', how)
    for (const each of Array.isArray(found) ? found : []) {
      const id = String(fieldOf(each, ELEMENT))
      if ((await call('GET', `/element/${id}/displayed`)) === true) return `/element/${id}`
    }
    throw new WebDriverError('no such element', JSON.stringify(target))
  }

  /** Does what leads to another page, and waits until that has loaded: the mark is of the page that was left. */
  async function leave(act: () => Promise<unknown>): Promise<void> {
    // One that comes back as it was left has the mark of an earlier time.
    marks += 1
    const mark = marks
    await eventually(() => run('window.naruLeft = arguments[0]', mark))
    await act()
    await eventually(async () => {
      const loaded = await run(
        'return window.naruLeft !== arguments[0] && document.readyState === "complete"',
        mark,
      )
      if (loaded !== true) throw new WebDriverError('no such element', 'the next page')
    })
  }

  const click = (target: Find) => eventually(async () => call('POST', `${await find(target)}/click`, {}))
  return {
    open: (path) => leave(() => call('POST', '/url', { url: new URL(path, siteUrl).href })),
    reload: () => leave(() => call('POST', '/refresh', {})),
    back: () => leave(() => call('POST', '/back', {})),
    path: async () => new URL(String(await call('GET', '/url'))).pathname,
    click: async (target) => void (await click(target)),
    follow: (target) => leave(() => click(target)),
    type: async (target, text) =>
      void (await eventually(async () => call('POST', `${await find(target)}/value`, { text }))),
    read: (target) => eventually(async () => String(await call('GET', `${await find(target)}/text`))),
    run,
    screenshot: async () => Buffer.from(String(await call('GET', '/screenshot')), 'base64'),
    close: async () => void (await call('DELETE', '')),
  }
}

async function ask(serverUrl: string, method: string, path: string, body?: object): Promise<unknown> {
  const looks = method === 'GET' || path.endsWith('/elements') || path.endsWith('/execute/sync')
  const response = await fetch(serverUrl + path, {
    method,
    signal: AbortSignal.timeout(looks ? LOOK_MS_MAX : PATIENCE_MS),
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  }).catch((error: unknown) => {
    if (looks && error instanceof DOMException && error.name === 'TimeoutError')
      throw new WebDriverError('timeout', `${method} ${path}`)
    throw error
  })
  const value = fieldOf(await response.json(), 'value')
  if (response.ok) return value
  throw new WebDriverError(String(fieldOf(value, 'error')), String(fieldOf(value, 'message')))
}

/** Repeats an action until it succeeds, or fails with an error that is not temporary. */
async function eventually<T>(act: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS
  for (;;) {
    try {
      return await act()
    } catch (error) {
      const passes = error instanceof WebDriverError && PASSING.includes(error.code)
      if (!passes || performance.now() > deadline) throw error
      await wait(POLL_MS)
    }
  }
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined
}

/** A text as a string of XPath 1.0, which knows no escapes; ours have no double quotes. */
function quoted(text: string): string {
  return `"${text}"`
}
