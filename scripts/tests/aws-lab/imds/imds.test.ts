import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createImds } from './imds.ts'

const IDENTITY = {
  instanceId: 'i-0123456789abcdef0',
  region: 'ap-northeast-2',
  role: 'naru-origin',
  privateAddress: '10.20.1.7',
  instanceType: 't3.small',
}
const started: (() => void)[] = []
afterEach(() => {
  for (const stop of started.splice(0)) stop()
})

async function start() {
  let nowMs = Date.UTC(2026, 0, 1)
  const server = createImds(IDENTITY, () => nowMs).listen(0, '127.0.0.1')
  started.push(() => server.close())
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/latest`
  async function ask(path: string, init: RequestInit = {}): Promise<{ status: number; text: string }> {
    const response = await fetch(`${url}/${path}`, {
      ...init,
      headers: { connection: 'close', ...init.headers },
    })
    return { status: response.status, text: await response.text() }
  }
  return {
    ask,
    pass: (ms: number) => {
      nowMs += ms
    },
    token: (seconds: number) =>
      ask('api/token', {
        method: 'PUT',
        headers: { 'x-aws-ec2-metadata-token-ttl-seconds': String(seconds) },
      }),
  }
}

describe('the simulated metadata service', () => {
  it('refuses a request without a token, as version 1 would make it', async () => {
    const { ask } = await start()
    expect(await ask('meta-data/instance-id')).toMatchObject({ status: 401 })
  })

  it('gives the credentials of the role to a request with a token', async () => {
    const { ask, token } = await start()
    const headers = { 'x-aws-ec2-metadata-token': (await token(60)).text }
    const role = await ask('meta-data/iam/security-credentials/', { headers })
    expect(role).toEqual({ status: 200, text: 'naru-origin' })
    const { text } = await ask(`meta-data/iam/security-credentials/${role.text}`, { headers })
    expect(JSON.parse(text)).toMatchObject({ Code: 'Success', Expiration: '2026-01-01T06:00:00.000Z' })
  })

  it('refuses a token whose time is over', async () => {
    const { ask, pass, token } = await start()
    const headers = { 'x-aws-ec2-metadata-token': (await token(60)).text }
    expect(await ask('meta-data/placement/region', { headers })).toMatchObject({ text: 'ap-northeast-2' })
    pass(60_000)
    expect(await ask('meta-data/placement/region', { headers })).toMatchObject({ status: 401 })
  })

  it('gives a token only by PUT and for at most six hours', async () => {
    const { ask, token } = await start()
    expect(await ask('api/token')).toMatchObject({ status: 405 })
    expect(await token(21_601)).toMatchObject({ status: 400 })
  })
})
