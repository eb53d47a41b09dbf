import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createProxy, type Sight, type TcpProxy } from './proxy.ts'

const HOST = '127.0.0.1'
const opened: { close(): unknown }[] = []

afterEach(async () => {
  for (const each of opened.splice(0).toReversed()) await each.close()
})

/** A server that echoes its input, and records it. */
async function startEcho(): Promise<{ port: number; times: () => string; server: Server }> {
  let times = ''
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      times += chunk.toString()
      socket.write(chunk)
    })
  })
  server.listen(0, HOST)
  await once(server, 'listening')
  opened.push({
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    times: () => times,
    server,
  }
}

async function startProxy(...ports: number[]): Promise<TcpProxy> {
  const targets = ports.map((port) => ({ host: HOST, port }))
  const proxy = await createProxy({ listen: { host: HOST, port: 0 }, targets: () => targets })
  opened.push(proxy)
  return proxy
}

/** A connection, and everything received on it. */
async function dial(port: number) {
  const socket = connect({ host: HOST, port })
  opened.push({ close: () => socket.destroy() })
  let times = ''
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    times += chunk.toString()
  })
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]).catch(() => {}) // turned away at once
  return { socket, times: () => times, ended: () => socket.closed }
}

describe('a proxy without faults', () => {
  it('forwards bytes in both directions, and the end of each', async () => {
    const echo = await startEcho()
    const { socket, times, ended } = await dial((await startProxy(echo.port)).port)
    socket.write('one ')
    socket.end('two')
    await expect.poll(ended).toBe(true)
    expect(times()).toBe('one two')
  })

  it('uses its targets in turn, and another one when a server is down', async () => {
    const [one, two, gone] = [await startEcho(), await startEcho(), await startEcho()]
    gone.server.close()
    await once(gone.server, 'close')
    const proxy = await startProxy(one.port, two.port, gone.port)
    for (let i = 0; i < 6; i += 1) {
      const { socket, times } = await dial(proxy.port)
      socket.write('x')
      await expect.poll(times).toBe('x')
    }
    expect(one.times().length + two.times().length).toBe(6)
    expect(one.times().length).toBeGreaterThan(0)
    expect(two.times().length).toBeGreaterThan(0)
  })

  it('ends the connection when no server is up', async () => {
    const { ended } = await dial((await startProxy()).port)
    await expect.poll(ended).toBe(true)
  })
})

describe('a proxy with faults', () => {
  it('cuts a connection in the middle of a message', async () => {
    const echo = await startEcho()
    const proxy = await startProxy(echo.port)
    const { socket, ended } = await dial(proxy.port)
    proxy.change({ cut: () => 3 })
    socket.write('abcdef')
    await expect.poll(ended).toBe(true)
    expect(echo.times()).toBe('abc')
  })

  it('ends open connections and refuses new ones, until the fault ends', async () => {
    const echo = await startEcho()
    const proxy = await startProxy(echo.port)
    const before = await dial(proxy.port)
    before.socket.write('x')
    await expect.poll(before.times).toBe('x')
    proxy.change({ refuse: true })
    await expect.poll(before.ended).toBe(true)
    const during = await dial(proxy.port)
    await expect.poll(during.ended).toBe(true)
    proxy.change({ refuse: false })
    const after = await dial(proxy.port)
    after.socket.write('y')
    await expect.poll(after.times).toBe('y')
  })

  it('delays everything in a black hole until the fault ends', async () => {
    const echo = await startEcho()
    const proxy = await startProxy(echo.port)
    const { socket, times } = await dial(proxy.port)
    socket.write('a')
    await expect.poll(times).toBe('a')
    proxy.change({ hold: true })
    socket.write('b')
    // Another connection passes through its own proxy meanwhile.
    const beside = await dial((await startProxy(echo.port)).port)
    beside.socket.write('c')
    await expect.poll(beside.times).toBe('c')
    expect(echo.times()).toBe('ac')
    proxy.change({ hold: false })
    await expect.poll(times).toBe('ab')
  })

  it('cuts all connections, also those in a black hole', async () => {
    const echo = await startEcho()
    const proxy = await startProxy(echo.port)
    const { socket, ended } = await dial(proxy.port)
    await expect.poll(proxy.open).toBe(1)
    proxy.change({ hold: true })
    socket.write('lost')
    proxy.cutAll()
    await expect.poll(ended).toBe(true)
    expect(proxy.open()).toBe(0)
    expect(echo.times()).toBe('')
  })
})

describe('a proxy with a watcher', () => {
  async function send(sight: Sight) {
    const echo = await startEcho()
    const proxy = await startProxy(echo.port)
    const calls: string[] = []
    proxy.watch({
      see: (_, flow, chunk) => {
        calls.push(`${flow} ${chunk.toString()}`)
        return sight
      },
      passed: () => calls.push('passed'),
    })
    const { socket, times, ended } = await dial(proxy.port)
    socket.write('hello')
    return { echo, calls, times, ended }
  }

  it('shows every chunk to the watcher, in both directions', async () => {
    const { calls } = await send('pass')
    await expect.poll(() => calls).toEqual(['up hello', 'down hello'])
  })

  it('stops before a chunk has passed', async () => {
    const { echo, ended } = await send('stop')
    await expect.poll(ended).toBe(true)
    expect(echo.times()).toBe('')
  })

  it('stops after a chunk has passed, before its response', async () => {
    const { echo, calls, times, ended } = await send('stop-after')
    await expect.poll(ended).toBe(true)
    await expect.poll(echo.times).toBe('hello')
    expect(times()).toBe('')
    expect(calls).toEqual(['up hello', 'passed'])
  })

  it('calls the watcher no more after it was removed', async () => {
    const echo = await startEcho()
    const proxy = await startProxy(echo.port)
    let seen = 0
    const end = proxy.watch({
      see() {
        seen += 1
        return 'pass'
      },
    })
    end()
    const { socket, times } = await dial(proxy.port)
    socket.write('x')
    await expect.poll(times).toBe('x')
    expect(seen).toBe(0)
  })
})
