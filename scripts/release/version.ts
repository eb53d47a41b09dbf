import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

export type Version = {
  /** Of package.json, the commit, and whether files differ from it: `0.1.0-1a2b3c4d5e6f`. */
  version: string
  commit: string
  /** The time of the commit, the time of everything in the release. */
  createdAt: Date
}

const COMMIT_DIGITS = 12

/** @param root - a checkout with its history */
export function readVersion(root: string): Version {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim()
  const [commit = '', seconds] = git('log', '-1', '--format=%H %ct').split(' ')
  const isDirty = git('status', '--porcelain') !== ''
  const parts = [packageVersion(root), commit.slice(0, COMMIT_DIGITS), ...(isDirty ? ['dirty'] : [])]
  return { version: parts.join('-'), commit, createdAt: new Date(Number(seconds) * 1000) }
}

/** @param root - a folder with a package.json */
export function packageVersion(root: string): string {
  const { version } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as { version: string }
  return version
}
