import { existsSync, readdirSync, rmdirSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const MOUNT = '/sys/fs/cgroup'
const OURS = 'naru-rehearsal'
const CPU_PERIOD_US = 100_000

export type Limits = { cpus: number; memoryBytes: number }

/** Where each version of cgroups has what, and in which of its files the limits stand. */
type Hierarchy = { path: string; files: (limits: Limits) => Record<string, string> }

const LEGACY: Record<string, Hierarchy['files']> = {
  memory: ({ memoryBytes }) => ({ 'memory.limit_in_bytes': String(memoryBytes) }),
  cpu: ({ cpus }) => ({
    'cpu.cfs_period_us': String(CPU_PERIOD_US),
    'cpu.cfs_quota_us': String(cpus * CPU_PERIOD_US),
  }),
  cpuacct: () => ({}),
  // systemd keeps its units in these two.
  systemd: () => ({}),
  unified: () => ({}),
}
const UNIFIED: Hierarchy['files'] = ({ cpus, memoryBytes }) => ({
  'memory.max': String(memoryBytes),
  'cpu.max': `${cpus * CPU_PERIOD_US} ${CPU_PERIOD_US}`,
})

function hierarchies(): Hierarchy[] {
  if (existsSync(join(MOUNT, 'cgroup.controllers'))) return [{ path: MOUNT, files: UNIFIED }]
  return Object.entries(LEGACY)
    .map(([name, files]) => ({ path: join(MOUNT, name), files }))
    .filter(({ path }) => existsSync(path))
}

/** A control group for one host in each hierarchy; returns the files that a process writes its ID into to join it. */
export async function makeGroup(host: string, limits: Limits): Promise<string[]> {
  const joined: string[] = []
  for (const { path, files } of hierarchies()) {
    const group = join(path, OURS, host)
    await mkdir(group, { recursive: true })
    if (path === MOUNT) await delegateControllers(path)
    for (const [name, value] of Object.entries(files(limits))) await writeFile(join(group, name), value)
    joined.push(join(group, 'cgroup.procs'))
  }
  return joined
}

/** Version 2 has a controller only where each parent hands it down. */
async function delegateControllers(root: string): Promise<void> {
  for (const parent of [root, join(root, OURS)]) {
    await writeFile(join(parent, 'cgroup.subtree_control'), '+memory +cpu')
  }
}

/** How long a host's processes have used a processor so far. */
export async function cpuSeconds(host: string): Promise<number> {
  const legacy = join(MOUNT, 'cpuacct', OURS, host, 'cpuacct.usage')
  if (existsSync(legacy)) return Number(await readFile(legacy, 'utf8')) / 1e9
  const statistics = await readFile(join(MOUNT, OURS, host, 'cpu.stat'), 'utf8')
  return Number(/^usage_usec (\d+)$/m.exec(statistics)?.[1]) / 1e6
}

/** The control groups of a rehearsal that are still there. */
export function ourGroups(): string[] {
  return hierarchies()
    .map(({ path }) => join(path, OURS))
    .filter((path) => existsSync(path))
}

/** Removes them all. To be called when none of their processes is left. */
export function removeGroups(): void {
  for (const path of ourGroups()) removeTree(path)
}

function removeTree(path: string): void {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory()) removeTree(join(path, entry.name))
  }
  rmdirSync(path)
}

/** Whether a process, as /proc/ID/cgroup shows it, belongs to a host. */
export function isInGroup(cgroup: string, host: string): boolean {
  return cgroup.split('\n').some((line) => `${line}/`.includes(`/${OURS}/${host}/`))
}

/** Whether it belongs to any host of a rehearsal. */
export function isInRehearsal(cgroup: string): boolean {
  return cgroup.split('\n').some((line) => line.includes(`/${OURS}/`))
}
