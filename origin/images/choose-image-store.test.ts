import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'

/** Chooses a store in a separate process; returns the URLs of all modules that it loaded. */
function loadedFor(images: object): string[] {
  const script = `
    import { registerHooks } from 'node:module'
    const loaded = []
    registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context) } })
    await import(${JSON.stringify(join(import.meta.dirname, '../app.ts'))})
    await import(${JSON.stringify(join(import.meta.dirname, '../config.ts'))})
    const { chooseImageStore } = await import(${JSON.stringify(join(import.meta.dirname, 'choose-image-store.ts'))})
    const images = ${JSON.stringify(images)}
    const { close } = await chooseImageStore(images, { timeoutMs: 100, retriesMax: 0 })
    close()
    console.log(JSON.stringify(loaded))`
  const run = spawnSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' })
  if (run.status !== 0) throw new Error(run.stderr)
  return JSON.parse(run.stdout) as string[]
}

const isAmazons = (url: string) => /node_modules\/(@aws-sdk|@smithy)\/|images\/s3-/.test(url)

it("loads nothing of Amazon's for a folder", () => {
  const loaded = loadedFor({ way: 'folder', folder: '.data/images' })
  expect(loaded.some((url) => url.endsWith('images/folder-store.ts'))).toBe(true)
  expect(loaded.filter(isAmazons)).toEqual([])
})

it("loads Amazon's library for a bucket", () => {
  const loaded = loadedFor({ way: 's3', bucket: 'naru-images', prefix: '', region: 'ap-northeast-2' })
  expect(loaded.filter(isAmazons).length).toBeGreaterThan(0)
})
