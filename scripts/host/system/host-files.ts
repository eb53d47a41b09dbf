import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

export type HostFile = { text: string; mode: number }
/** Files by their path; undefined for one that must not exist. */
export type HostFiles = ReadonlyMap<string, HostFile | undefined>

/** Readable by all: what is no secret. */
export const publicFile = (text: string): HostFile => ({ text, mode: 0o644 })
/** Readable by root alone, who passes it on to services by LoadCredential. */
export const secretFile = (text: string): HostFile => ({ text: `${text}\n`, mode: 0o600 })

export type Replaced = {
  /** The paths whose content or mode differ from before. */
  changed: ReadonlySet<string>
  /** Restores what was there. */
  undo: () => Promise<void>
}

/** Writes files, each in one step, so that a service that starts meanwhile reads a complete one. */
export async function replaceFiles(files: HostFiles): Promise<Replaced> {
  const before = new Map<string, HostFile | undefined>()
  const undo = async () => {
    for (const [path, file] of before) await put(path, file)
  }
  try {
    for (const [path, file] of files) {
      const known = await read(path)
      if (known?.text === file?.text && known?.mode === file?.mode) continue
      before.set(path, known)
      await put(path, file)
    }
  } catch (error) {
    await undo()
    throw error
  }
  return { changed: new Set(before.keys()), undo }
}

async function read(path: string): Promise<HostFile | undefined> {
  try {
    return { text: await readFile(path, 'utf8'), mode: (await stat(path)).mode & 0o777 }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

async function put(path: string, file: HostFile | undefined): Promise<void> {
  if (file === undefined) return await rm(path, { force: true })
  const folder = dirname(path)
  // Services read certificates beside the folder of credentials: only that one is closed.
  await mkdir(dirname(folder), { recursive: true })
  await mkdir(folder, { recursive: true, mode: file.mode === 0o600 ? 0o700 : 0o755 })
  const draft = `${path}.new`
  await rm(draft, { force: true })
  // On the disk before it replaces a key: a host that loses power has the old one or the new one.
  await writeFile(draft, file.text, { mode: file.mode, flush: true })
  await chmod(draft, file.mode)
  await rename(draft, path)
}
