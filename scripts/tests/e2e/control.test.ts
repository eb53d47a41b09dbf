import { spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { createPasswords } from '../../../origin/accounts/passwords.ts'
import { signUp } from '../../../origin/accounts/sign-up.ts'
import { makeFestival } from '../../../origin/catalogue/make-festival.ts'
import type { Role } from '../../../shared/tokens/kinds.ts'
import { fillTeams } from '../../develop/browsers/fill-teams.ts'
import { festivalOnSale } from '../../operate/seed/demo.ts'
import { type Call, call as callAt } from './http.ts'
import { useSystem } from './use-system.ts'

const HOUR_MS = 3_600_000
const LOBBY_FANS = 40

const system = useSystem()

const call = (method: string, path: string, options?: Call) =>
  callAt(system().gatewayUrl, method, path, options)

/** A festival with a draw, an hour before it opens; and its room's state. */
async function announce(): Promise<{ room: string; status: () => Promise<Record<string, unknown>> }> {
  const room = `test-${randomUUID()}`
  const sale = festivalOnSale(room, Date.now(), { units: 100, ratePerSecond: 100, maxActive: 10 })
  const opensAt = new Date(Date.now() + HOUR_MS)
  await makeFestival(
    { db: system().db, now: Date.now },
    { ...sale, room: { ...sale.room, order: 'draw', opensAt } },
  )
  const status = async () => (await call('GET', `/api/rooms/${room}/status`)).body
  await expect.poll(async () => (await status())['phase']).toBe('lobby')
  return { room, status }
}

async function signedIn(role: Role): Promise<string> {
  const account = { email: `${randomUUID()}@naru.test`, password: 'a long password' }
  const passwords = createPasswords(1, 1)
  await signUp({ db: system().db, passwords, now: Date.now }, { ...account, name: 'Test', roles: [role] })
  await fillTeams(system().db)
  return String((await call('POST', '/api/sessions', { body: account })).body['token'])
}

async function verifyDraw(...args: string[]): Promise<{ code: number; output: string }> {
  const command = fileURLToPath(new URL('../../operate/verify-draw/main.ts', import.meta.url))
  const child = spawn(process.execPath, [command, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit') as Promise<[number]>])
  return { code, output }
}

describe('an organiser who controls a room through the gateway', () => {
  it('opens it by hand, and the draw that follows can be verified publicly', async () => {
    const { room, status } = await announce()
    const { commitment } = (await status())['draw'] as { commitment: string }
    const fans = await Promise.all(
      Array.from({ length: LOBBY_FANS }, async () => {
        const key = randomBytes(16).toString('base64url')
        const { body } = await call('POST', `/api/rooms/${room}/entries`, { body: { key } })
        return { key, place: String(body['place']) }
      }),
    )
    const token = await signedIn('organiser')
    expect((await call('PATCH', `/api/admin/rooms/${room}`, { token, body: { phase: 'open' } })).status).toBe(
      200,
    )
    const drawn = async () => ((await status())['draw'] as { drawn: boolean }).drawn
    await expect.poll(drawn).toBe(true)

    const places = await Promise.all(
      fans.map(async ({ place }) => (await call('GET', `/api/rooms/${room}/place`, { token: place })).body),
    )
    const positions = places.map(({ position }) => Number(position))
    expect(positions.toSorted((a, b) => a - b)).toEqual(Array.from({ length: LOBBY_FANS }, (_, i) => i))

    const [first] = fans
    const url = `${system().gatewayUrl}/api/rooms/${room}`
    const verified = await verifyDraw(url, '--entry', first?.key ?? '', '--commitment', commitment)
    expect(verified.output).toContain('The draw is honest')
    expect(verified.output).toContain('The round is signed by the beacon')
    expect(verified.output).toContain(
      `index ${Number(places[0]?.['index'])}, takes no part, and position ${positions[0]} `,
    )
    expect(verified.code).toBe(0)
    expect((await verifyDraw(url, '--commitment', 'ab'.repeat(32))).code).toBe(1)
  })

  it('pauses, publishes the reason in two languages, and resumes, each time visible to fans', async () => {
    const { room, status } = await announce()
    const token = await signedIn('organiser')
    const change = (body: object) => call('PATCH', `/api/admin/rooms/${room}`, { token, body })
    await change({ phase: 'open' })
    await expect.poll(async () => (await status())['phase']).toBe('open')
    const notice = { ko: '잠시 멈췄습니다', en: 'A short pause' }
    expect(await change({ phase: 'paused', notice })).toMatchObject({
      status: 200,
      body: { paused: true, notice },
    })
    await expect.poll(status).toMatchObject({ phase: 'paused', notice })
    await change({ phase: 'open', notice: null, ratePerSecond: 7 })
    await expect.poll(status).toMatchObject({ phase: 'open', ratePerSecond: 7 })
    expect(await status()).not.toHaveProperty('notice')
    const changes = await call('GET', `/api/admin/rooms/${room}/changes`, { token })
    expect(changes.body['changes']).toHaveLength(3)
  })

  it('must be an organiser: other accounts are refused', async () => {
    const { room } = await announce()
    const path = `/api/admin/rooms/${room}`
    expect((await call('PATCH', path, { body: { phase: 'open' } })).status).toBe(401)
    for (const role of ['fan', 'staff'] as const) {
      const token = await signedIn(role)
      expect((await call('PATCH', path, { token, body: { phase: 'open' } })).status).toBe(403)
      expect((await call('GET', path, { token })).status).toBe(403)
    }
  })
})
