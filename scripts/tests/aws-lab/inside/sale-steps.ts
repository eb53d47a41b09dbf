import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../../../develop/stores/failure.ts'
import { parseSale } from '../../../load/replay/arrivals.ts'
import { replay } from '../../../load/replay/replay.ts'
import type { Report } from '../../../load/replay/report.ts'
import { festivalOnSale } from '../../../operate/seed/demo.ts'
import { cpuSeconds, unitCpuSeconds } from '../hosts/cgroups.ts'
import { T3_SMALL } from '../hosts/machine.ts'
import type { Release, Releases } from '../releases.ts'
import type { Step } from '../run-steps.ts'
import { followRoom } from './crowd.ts'
import { untilReady } from './host-steps.ts'
import { completeReset, publishFestival, untilListed } from './organiser.ts'
import { readHealth, rollOut } from './rollout.ts'
import { made, type State } from './state.ts'
import { STEPS } from './titles.ts'

const RECORDED = 'scripts/load/replay/sales/emf-2026.csv'
const ORGANISER = 'organiser@naru.test'
const FESTIVALS = { upgrade: 'rehearsal-one', trouble: 'rehearsal-two' } as const
/** So that a sale lasts some minutes, and things can happen in its middle. */
const SALE = { units: 2000, ratePerSecond: 8, maxActive: 200 }
const SILENT_MS = 10_000
const SALE_LIMIT_SECONDS = 480
/** Of its two processors, over a sale. */
const ORIGIN_CPU_SHARE_MAX = 0.8
/** Of one core, at a crowd's own pace. */
const GATEWAY_CORE_SHARE_MAX = 0.15
const CROWD = {
  festival: 'rehearsal-crowd',
  fans: 20_000,
  connectionsMax: 200,
  settleMs: 20_000,
  measureMs: 60_000,
}
/** The line keeps moving for as long as the crowd follows it. */
const CROWD_ROOM = { units: 2000, ratePerSecond: 50, maxActive: 10_000 }

export function saleSteps(state: State): Step[] {
  return [
    {
      ...{ name: 'organiser', title: STEPS.organiser, needs: ['cdn'], limitSeconds: 60 },
      run: () => appointOrganiser(state),
    },
    {
      ...{ name: 'festivals', title: STEPS.festivals, needs: ['organiser'], limitSeconds: 60 },
      run: async (signal) => {
        for (const id of Object.values(FESTIVALS)) await publish(state, id, SALE, signal)
        return Object.values(FESTIVALS).join(', ')
      },
    },
    {
      ...{ name: 'upgrade', title: STEPS.upgrade, needs: ['festivals'], limitSeconds: SALE_LIMIT_SECONDS },
      run: (signal) => sellDuringRollout(state, signal),
    },
    {
      ...{ name: 'broken', title: STEPS.broken, needs: ['upgrade'], limitSeconds: 420 },
      run: (signal) => refuseBroken(state, signal),
    },
    {
      ...{ name: 'trouble', title: STEPS.trouble, needs: ['festivals'], limitSeconds: SALE_LIMIT_SECONDS },
      run: (signal) => sellInTrouble(state, signal),
    },
    {
      ...{ name: 'crowd', title: STEPS.crowd, needs: ['festivals'], limitSeconds: 240 },
      run: (signal) => followByCrowd(state, signal),
    },
    {
      ...{ name: 'audit', title: STEPS.audit, needs: ['festivals'], limitSeconds: 120 },
      run: async () => {
        const command = '/opt/naru/current/bin/naru audit --wait 60'
        const report = await made(state.hosts.origin, 'origin').run('naru audit', command, 110_000)
        return `${[...report.matchAll(/^\s*\d+ +holds\b/gm)].length} invariants hold`
      },
    },
  ]
}

async function publish(state: State, id: string, options: typeof SALE, signal: AbortSignal): Promise<void> {
  const publicUrl = made(state.publicUrl, 'public URL')
  const festival = festivalOnSale(id, Date.now(), options)
  await publishFestival(publicUrl, made(state.organiserToken, 'session'), festival)
  await untilListed(publicUrl, [id], signal)
}

async function followByCrowd(state: State, signal: AbortSignal): Promise<string> {
  const { festival, fans, ...pace } = CROWD
  await publish(state, festival, CROWD_ROOM, signal)
  const units = await made(state.hosts.gateway, 'gateway').run('The unit', RUNNING_GATEWAY, 10_000)
  const [unit = ''] = units.split(' ')
  const publicUrl = made(state.publicUrl, 'public URL')
  const {
    polls,
    cachedShare,
    seconds,
    cpuSeconds: used,
  } = await followRoom({
    ...{ publicUrl, room: festival, fans, ...pace, signal },
    cpuSeconds: () => unitCpuSeconds('gateway', unit),
  })
  const share = used / seconds
  const note = `${(polls / seconds).toFixed(0)} polls a second, ${percent(cachedShare, 1)} of them answered by the CDN; gateway ${percent(share, 1)} of a core`
  if (share >= GATEWAY_CORE_SHARE_MAX) throw new Failure(note)
  return note
}

const RUNNING_GATEWAY = "systemctl list-units --plain --no-legend --state=active 'naru-gateway@*.service'"

function percent(share: number, digits: number): string {
  return `${(share * 100).toFixed(digits)} %`
}

async function appointOrganiser(state: State): Promise<string> {
  const origin = made(state.hosts.origin, 'origin')
  const command = `/opt/naru/current/bin/naru organiser add ${ORGANISER}`
  const [link = ''] = (await origin.run('naru organiser add', command, 30_000)).trim().split('\n')
  const publicUrl = made(state.publicUrl, 'public URL')
  if (!link.startsWith(`${publicUrl}/`)) throw new Failure(`This is no link of the public URL: ${link}`)
  const page = await fetch(link)
  if (!page.ok) throw new Failure(`The page of the link answers ${page.status}`)
  const token = new URL(link).searchParams.get('token') ?? ''
  const session = await completeReset(publicUrl, token)
  if ('code' in session) throw new Failure(`The link was refused: ${session.code}`)
  const again = await completeReset(publicUrl, token)
  if ('token' in again) throw new Failure('The link works a second time')
  state.organiserToken = session.token
  return `the second time ${again.code}`
}

type Middle = { atShare: number; happen: (signal: AbortSignal) => Promise<void> }

/** Replays the recorded sale through the public URL; each event happens once that share of the fans has paid. */
async function sell(
  state: State,
  festival: string,
  events: readonly Middle[],
  signal: AbortSignal,
): Promise<{ report: Report; note: string }> {
  const waiting = [...events]
  let happening: Promise<void> = Promise.resolve()
  let failed: unknown
  const before = await cpuOf()
  const report = await replay({
    sale: parseSale(await readFile(join(state.settings.root, RECORDED), 'utf8')),
    gatewayUrl: made(state.publicUrl, 'public URL'),
    ...{ festival, signal, remote: true },
    limits: { connectionsMax: 1000, runMsMax: SALE_LIMIT_SECONDS * 1000, retryMsMax: 90_000 },
    onProgress: ({ paid, fans }) => {
      const [next] = waiting
      if (next === undefined || paid < fans * next.atShare) return
      waiting.shift()
      happening = happening
        .then(() => next.happen(signal))
        .catch((error: unknown) => {
          failed ??= error
        })
    },
  })
  const shares = await cpuSince(before, report.durationSeconds)
  await happening
  if (failed !== undefined) throw failed
  if (waiting.length > 0) throw new Failure('The sale was over before everything had happened to it')
  if (report.errors > 0)
    throw new Failure(`${report.errors} fans saw an error`, { details: examplesOf(report) })
  const used = ROLES.map((role) => `${role} ${percent(shares[role], 0)}`).join(', ')
  const note = `${report.sold} of ${report.fans} fans sold in ${report.durationSeconds} s, no error; CPU of the hosts: ${used}`
  if (shares.origin >= ORIGIN_CPU_SHARE_MAX) throw new Failure(note)
  return { report, note }
}

function examplesOf({ errorExamples }: Report): string[] {
  return errorExamples.map(
    ({ fans, step, status, code, detail }) => `${fans} × ${step} ${status} ${code}: ${detail}`,
  )
}

const ROLES = ['gateway', 'origin'] as const

async function cpuOf(): Promise<Record<(typeof ROLES)[number], number>> {
  const [gateway, origin] = await Promise.all([cpuSeconds('gateway'), cpuSeconds('origin')])
  return { gateway, origin }
}

/** Shares of the two processors that each host has. */
async function cpuSince(
  before: Awaited<ReturnType<typeof cpuOf>>,
  saleSeconds: number,
): ReturnType<typeof cpuOf> {
  const { gateway, origin } = await cpuOf()
  const seconds = saleSeconds * T3_SMALL.cpus
  return { gateway: (gateway - before.gateway) / seconds, origin: (origin - before.origin) / seconds }
}

function releasesOf({ settings }: State): Releases {
  return made(settings.releases, 'release')
}

async function versionsAre(state: State, { version }: Release, signal: AbortSignal): Promise<void> {
  for (const role of ROLES) await untilReady(made(state.hosts[role], role), version, signal)
}

async function sellDuringRollout(state: State, signal: AbortSignal): Promise<string> {
  const { second } = releasesOf(state)
  const rollout: Middle = { atShare: 0.1, happen: (stop) => rollOut(state, second, stop) }
  const { note } = await sell(state, FESTIVALS.upgrade, [rollout], signal)
  await versionsAre(state, second, signal)
  return note
}

/** The rollout has to fail, and both hosts to stay on the second release; the module then goes back to it. */
async function refuseBroken(state: State, signal: AbortSignal): Promise<string> {
  const { second, broken } = releasesOf(state)
  const refusal = await rollOut(state, broken, signal).then(
    () => undefined,
    (error: unknown) => error,
  )
  if (refusal === undefined) throw new Failure('The broken release was rolled out')
  if (!(refusal instanceof Failure)) throw refusal
  await versionsAre(state, second, signal)
  const answer = await fetch(made(state.publicUrl, 'public URL'))
  if (!answer.ok) throw new Failure(`The public URL answers ${answer.status}`)
  await rollOut(state, second, signal)
  await versionsAre(state, second, signal)
  return refusal.details.findLast((line) => line.trim() !== '') ?? refusal.message
}

async function sellInTrouble(state: State, signal: AbortSignal): Promise<string> {
  const origin = made(state.hosts.origin, 'origin')
  const events: Middle[] = [
    {
      atShare: 0.15,
      happen: async (stop) => {
        await origin.kill()
        await origin.boot(stop)
      },
    },
    {
      atShare: 0.5,
      happen: async (stop) => {
        const [gateway] = state.instances.filter(({ role }) => role === 'gateway')
        const towards = made(gateway, 'gateway').privateAddress
        const restore = await state.network.silence('stores', towards)
        await sleep(SILENT_MS, undefined, { signal: stop }).finally(restore)
      },
    },
  ]
  const { note } = await sell(state, FESTIVALS.trouble, events, signal)
  for (const role of ROLES) await readHealth(made(state.hosts[role], role))
  return note
}
