import { type Browser, chromium } from 'playwright-core'

/** Starts Chromium without a window. It refuses to run in its sandbox as root, and runs outside it then and only then. */
export function launchBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, chromiumSandbox: process.getuid?.() !== 0 })
}
