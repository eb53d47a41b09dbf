import { expect, it } from 'vitest'
import { openRaw, rawRequest, sendRaw } from '../../../shared/testing/raw-connection.ts'
import { useSystem } from './use-system.ts'

const FLOOD = 200
const HOST = 'Host: naru.test\r\n'
const FINE = rawRequest('GET', '/api/festivals')

const system = useSystem()

const portOf = (url: string) => Number(new URL(url).port)

it.each<[string, string, number]>([
  [
    'both a length and chunks',
    `POST /api/sessions HTTP/1.1\r\n${HOST}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    400,
  ],
  ['a folded header', `GET / HTTP/1.1\r\n${HOST}X-A: a\r\n b\r\n\r\n`, 400],
  ['a header of 20 kB', `GET / HTTP/1.1\r\n${HOST}X-A: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
  ['two hosts', `GET / HTTP/1.1\r\n${HOST}Host: elsewhere.test\r\n\r\n`, 400],
  ['a whole URL', `GET http://elsewhere.test/ HTTP/1.1\r\n${HOST}\r\n`, 400],
  ['TRACE', `TRACE / HTTP/1.1\r\n${HOST}\r\n`, 501],
  [
    'a compressed body',
    `POST /api/sessions HTTP/1.1\r\n${HOST}Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}`,
    415,
  ],
])('gateway and origin alike refuse %s, however often, and go on', async (_, bytes, status) => {
  for (const port of [portOf(system().gatewayUrl), portOf(system().originUrl)]) {
    const statuses = await Promise.all(
      Array.from({ length: FLOOD }, async () => {
        const connection = await openRaw(port)
        connection.send(bytes + FINE)
        const answer = await connection.answer()
        expect(answer.headers.get('content-type')).toBe('application/problem+json')
        expect(await connection.ended()).toBe('')
        return answer.status
      }),
    )
    expect(new Set(statuses)).toEqual(new Set([status]))
  }
  expect(await sendRaw(portOf(system().gatewayUrl), FINE)).toMatchObject({ status: 200 })
  expect(await sendRaw(portOf(system().originUrl), FINE)).toMatchObject({ status: 401 })
  expect(system().restarts()).toBe(0)
})

it('reveals nothing internal, also on ports without public access', async () => {
  for (const path of [
    '/metrics',
    '/healthz',
    '/readyz',
    '/debug',
    '/api/catalogue',
    '/.env',
    '/package.json',
  ]) {
    const answer = await sendRaw(portOf(system().gatewayUrl), rawRequest('GET', path))
    expect(answer.status).toBe(404)
    expect(await sendRaw(portOf(system().originUrl), rawRequest('GET', path))).toMatchObject({ status: 401 })
  }
})
