import { existsSync, readdirSync, rmdirSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const MOUNT = '/sys/fs/cgroup'
const OURS = 'naru-rehearsal'
const CPU_PERIOD_US = 100_000
/** Of the hosts together: otherwise all of them count as much as one process of the machine. */
const CPU_SHARES = 8192
const CPU_WEIGHT = 800

export type Limits = { cpus: number; memoryBytes: number }

type Files = Readonly<Record<string, string>>
/** Where each version of cgroups has what, and the content of its files: those of a host, and of all hosts together. */
type Hierarchy = { path: string; files?: (limits: Limits) => Files; common?: Files }

const LEGACY: Record<string, Omit<Hierarchy, 'path'>> = {
  memory: { files: ({ memoryBytes }) => ({ 'memory.limit_in_bytes': String(memoryBytes) }) },
  cpu: {
    files: ({ cpus }) => ({
      'cpu.cfs_period_us': String(CPU_PERIOD_US),
      'cpu.cfs_quota_us': String(cpus * CPU_PERIOD_US),
    }),
    common: { 'cpu.shares': String(CPU_SHARES) },
  },
  cpuacct: {},
  // systemd keeps its units in these two.
  systemd: {},
  unified: {},
}
const UNIFIED: Omit<Hierarchy, 'path'> = {
  files: ({ cpus, memoryBytes }) => ({
    'memory.max': String(memoryBytes),
    'cpu.max': `${cpus * CPU_PERIOD_US} ${CPU_PERIOD_US}`,
  }),
  common: { 'cpu.weight': String(CPU_WEIGHT) },
}

function hierarchies(): Hierarchy[] {
  if (existsSync(join(MOUNT, 'cgroup.controllers'))) return [{ path: MOUNT, ...UNIFIED }]
  return Object.entries(LEGACY)
    .map(([name, rest]) => ({ path: join(MOUNT, name), ...rest }))
    .filter(({ path }) => existsSync(path))
}

/** A control group for one host in each hierarchy; returns the files that a process writes its ID into to join it. */
export async function makeGroup(host: string, limits: Limits): Promise<string[]> {
  const joined: string[] = []
  for (const { path, files, common = {} } of hierarchies()) {
    const group = join(path, OURS, host)
    await mkdir(group, { recursive: true })
    if (path === MOUNT) await delegateControllers(path)
    await writeAll(join(path, OURS), common)
    await writeAll(group, files?.(limits) ?? {})
    joined.push(join(group, 'cgroup.procs'))
  }
  return joined
}

async function writeAll(folder: string, files: Files): Promise<void> {
  for (const [name, value] of Object.entries(files)) await writeFile(join(folder, name), value)
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

/** In both versions, the groups that systemd in a host makes for its units. */
const PAYLOAD = 'payload/naru.slice'
const TICKS_PER_SECOND = 100

/** The processes of a unit in a host. */
async function unitProcesses(host: string, unit: string): Promise<string[]> {
  const own = hierarchies().map(({ path }) => join(path, OURS, host, PAYLOAD, unit, 'cgroup.procs'))
  const file = own.find((path) => existsSync(path))
  if (file === undefined) throw new Error(`The host ${host} has no unit ${unit}`)
  return (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '')
}

/**
 * How long the processes of a unit in a host have used a processor so far. From the processes themselves: with version
 * 1, systemd's groups of units count nothing.
 */
export async function unitCpuSeconds(host: string, unit: string): Promise<number> {
  const processes = await unitProcesses(host, unit)
  const used = await Promise.all(
    processes.map(async (id) => cpuTicks(await readFile(`/proc/${id}/stat`, 'utf8'))),
  )
  return used.reduce((sum, ticks) => sum + ticks, 0) / TICKS_PER_SECOND
}

/** The resident memory of each process of a unit in a host, the largest first. */
export async function unitMemoryBytes(host: string, unit: string): Promise<number[]> {
  const processes = await unitProcesses(host, unit)
  const resident = processes.map(async (id) => {
    const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${id}/status`, 'utf8')) ?? []
    return Number(kibibytes) * 1024
  })
  return (await Promise.all(resident)).toSorted((a, b) => b - a)
}

/** Of a line of /proc/ID/stat, whose second field may have spaces and brackets. */
export function cpuTicks(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(fields[11]) + Number(fields[12])
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
