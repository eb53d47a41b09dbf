import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { createParameterStore } from './parameters.ts'

type Request = { action: string; body: Record<string, unknown> }
type Reply = { status?: number; body: unknown }

beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test')
})
afterEach(() => vi.unstubAllEnvs())

/** Parameter Store's protocol, with replies of the test. */
async function openStore(answer: (request: Request) => Reply) {
  const requests: Request[] = []
  const server = createServer(async (incoming, response) => {
    const action = String(incoming.headers['x-amz-target']).replace('AmazonSSM.', '')
    const request = { action, body: JSON.parse(await text(incoming)) as Record<string, unknown> }
    requests.push(request)
    const { status = 200, body } = answer(request)
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const ssm = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const store = createParameterStore({
    name: 'naru',
    region: 'eu-west-1',
    role: 'origin',
    endpoints: { ssm },
  })
  onTestFinished(() => {
    store.close()
    server.close()
  })
  return { store, requests }
}

describe('parameters of Parameter Store', () => {
  it('are decrypted, and undefined where they are missing', async () => {
    const { store, requests } = await openStore(({ body }) =>
      body['Name'] === '/naru/release'
        ? { body: { Parameter: { Name: '/naru/release', Value: 'a value' } } }
        : { status: 400, body: { __type: 'ParameterNotFound' } },
    )
    expect(await store.get('release')).toBe('a value')
    expect(await store.get('other')).toBeUndefined()
    expect(requests[0]).toEqual({
      action: 'GetParameter',
      body: { Name: '/naru/release', WithDecryption: true },
    })
  })

  it('are created without replacing those of another host', async () => {
    let exists = false
    const { store, requests } = await openStore(() => {
      const reply = exists
        ? { status: 400, body: { __type: 'ParameterAlreadyExists' } }
        : { body: { Version: 1 } }
      exists = true
      return reply
    })
    const value = { text: 'secret', secret: true }
    expect(await store.create('origin/keys/A', value)).toBe('created')
    expect(await store.create('origin/keys/A', value)).toBe('exists')
    expect(requests[1]?.body).toEqual({
      Name: '/naru/origin/keys/A',
      Value: 'secret',
      Type: 'SecureString',
      Overwrite: false,
    })
  })

  it('of a path are read to the last page', async () => {
    const { store } = await openStore(({ body }) =>
      body['NextToken'] === undefined
        ? { body: { Parameters: [{ Name: '/naru/origin/secrets/A', Value: '1' }], NextToken: 'next' } }
        : { body: { Parameters: [{ Name: '/naru/origin/secrets/B', Value: '2' }] } },
    )
    expect([...(await store.list('origin/secrets'))]).toEqual([
      ['A', '1'],
      ['B', '2'],
    ])
  })

  it('that may not be read are named in the error', async () => {
    const body = { __type: 'AccessDeniedException', message: 'not authorized' }
    const { store } = await openStore(() => ({ status: 400, body }))
    await expect(store.get('shared/REDIS_PASSWORD')).rejects.toThrow(
      'The parameter /naru/shared/REDIS_PASSWORD is not accessible: AccessDeniedException: not authorized',
    )
  })
})
