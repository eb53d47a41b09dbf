import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { findFreePorts } from '../stores/free-ports.ts'
import { chooseAddresses } from './addresses.ts'
import { choosePublicPort } from './ports.ts'

const HOST = '127.0.0.1'

/** Occupies a port, as another program would. */
async function take(port: number): Promise<void> {
  const server = createServer().listen(port, HOST)
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
  })
}

async function takenPort(): Promise<number> {
  const [port = 0] = await findFreePorts(HOST, 1)
  await take(port)
  return port
}

it('finds free ports, all different', async () => {
  const ports = await findFreePorts(HOST, 20)
  expect(new Set(ports).size).toBe(20)
  for (const port of ports) await take(port)
})

it('moves the gateway to a spare port when the usual one is taken', async () => {
  const usual = await takenPort()
  expect(await choosePublicPort({ host: HOST, asked: undefined, usual, spare: 23_456 })).toBe(23_456)
  expect(await choosePublicPort({ host: HOST, asked: '', usual, spare: 23_456 })).toBe(23_456)
})

it('does not move away from the port that the user has set', async () => {
  const asked = String(await takenPort())
  const choosing = choosePublicPort({ host: HOST, asked, usual: 8080, spare: 23_456 })
  await expect(choosing).rejects.toThrow(`Port ${asked} of ${HOST} is taken by another program`)
})

it('chooses a port itself when the user sets 0', async () => {
  expect(await choosePublicPort({ host: HOST, asked: '0', usual: 8080, spare: 23_456 })).toBe(23_456)
})

it.each(['web', '-1', '70000', '80.5'])('refuses %j as a port', async (asked) => {
  const choosing = choosePublicPort({ host: HOST, asked, usual: 8080, spare: 23_456 })
  await expect(choosing).rejects.toThrow('GATEWAY_PORT is no port')
})

it('uses the hosts and ports that the user has set', async () => {
  const [port = 0] = await findFreePorts(HOST, 1)
  const env = {
    GATEWAY_HOST: '0.0.0.0',
    GATEWAY_PORT: String(port),
    ORIGIN_PORT: '29999',
    SANDBOX_HOST: '::',
  }
  const { urls, readyUrls, variables, note } = await chooseAddresses(env)
  expect(urls.gateway).toBe(`http://127.0.0.1:${port}`)
  expect(urls.origin).toBe('http://127.0.0.1:29999')
  expect(readyUrls.sandbox).toMatch(/^http:\/\/\[::1\]:\d+\/healthz$/)
  expect(variables).toMatchObject(env)
  expect(note).toBeUndefined()
})
