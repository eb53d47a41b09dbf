import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Env } from '../../../shared/runtime/env.ts'
import { findFreePorts } from '../stores/free-ports.ts'
import { makePrivateFolder } from '../stores/private-folder.ts'
import { becomeReady, type RunningProcess, startProcess } from '../stores/process.ts'
import type { FoundWebKit } from './find-engines.ts'
import type { FoundFirefox } from './find-firefox.ts'
import { openWebDriverPage, type WebDriverPage } from './webdriver.ts'

/** A browser engine with its WebDriver server. */
export type Engine = {
  name: string
  /** Opens a browser with an empty profile; the previous one is closed. */
  visit: (siteUrl: string) => Promise<WebDriverPage>
  stop: () => Promise<void>
}

const READY_TIMEOUT_MS = 60_000
const LOOPBACK = '127.0.0.1'
/** Titles in Hangul are garbled in any other locale. */
const LOCALE = 'C.UTF-8'

/** WebKitGTK's MiniBrowser on a virtual screen: it has no headless mode. */
export async function startWebKit(found: FoundWebKit, env: Env): Promise<Engine> {
  const folder = makePrivateFolder()
  const screenLog = join(folder, 'screen.log')
  const displayOf = () => /^(\d+)$/m.exec(readFileSync(screenLog, 'utf8'))?.[1]
  const screen = await startProcess({
    name: 'Xvfb',
    command: found.screen,
    // It chooses the display number itself, and writes it when it listens.
    args: ['-displayfd', '1', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp'],
    env: { PATH: env['PATH'] },
    logFile: screenLog,
    scratch: folder,
  })
  const isReady = async () => displayOf() !== undefined
  await becomeReady(screen, { isReady, timeoutMs: READY_TIMEOUT_MS, logFile: screenLog })
  try {
    return await startEngine('WebKit', {
      command: found.driver,
      argsOf: (port) => [`--port=${port}`],
      env: { PATH: env['PATH'], DISPLAY: `:${displayOf()}`, LANG: LOCALE, NO_AT_BRIDGE: '1' },
      capabilities: { 'webkitgtk:browserOptions': { binary: found.browser, args: ['--automation'] } },
      beside: [screen],
    })
  } catch (error) {
    await screen.stop()
    throw error
  }
}

export function startFirefox(found: FoundFirefox, env: Env): Promise<Engine> {
  return startEngine('Firefox', {
    command: found.driver,
    argsOf: (port) => ['--port', String(port), '--websocket-port', '0'],
    env: { PATH: env['PATH'], LANG: LOCALE },
    capabilities: {
      'moz:firefoxOptions': {
        binary: found.browser,
        args: ['-headless'],
        prefs: { 'intl.accept_languages': 'en' },
      },
    },
    beside: [],
  })
}

async function startEngine(
  name: string,
  options: {
    command: string
    argsOf: (port: number) => readonly string[]
    env: NodeJS.ProcessEnv
    capabilities: Readonly<Record<string, unknown>>
    beside: readonly RunningProcess[]
  },
): Promise<Engine> {
  const folder = makePrivateFolder()
  const logFile = join(folder, 'driver.log')
  const [port = 0] = await findFreePorts(LOOPBACK, 1)
  const url = `http://${LOOPBACK}:${port}`
  const driver = await startProcess({
    name: `The WebDriver server of ${name}`,
    command: options.command,
    args: options.argsOf(port),
    // The browser's profile is removed with it.
    env: { ...options.env, HOME: folder },
    logFile,
    scratch: folder,
  })
  const isReady = async () => (await fetch(`${url}/status`)).ok
  await becomeReady(driver, { isReady, timeoutMs: READY_TIMEOUT_MS, logFile })
  let open: WebDriverPage | undefined
  const closeOpen = async () => {
    await open?.close()
    open = undefined
  }
  return {
    name,
    async visit(siteUrl) {
      // A server of WebKit drives one browser at a time.
      await closeOpen()
      open = await openWebDriverPage(url, options.capabilities, siteUrl)
      return open
    },
    async stop() {
      await closeOpen().catch(() => {})
      await driver.stop()
      for (const each of options.beside) await each.stop()
    },
  }
}
