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
async function startEcho(): Promise<{ port: number; heard: () => string; server: Server }> {
  let heard = ''
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      heard += chunk.toString()
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
    heard: () => heard,
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
  let heard = ''
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    heard += chunk.toString()
  })
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]).catch(() => {}) // turned away at once
  return { socket, heard: () => heard, ended: () => socket.closed }
}

describe('a proxy without faults', () => {
  it('forwards bytes in both directions, and the end of each', async () => {
    const echo = await startEcho()
    const { socket, heard, ended } = await dial((await startProxy(echo.port)).port)
    socket.write('one ')
    socket.end('two')
    await expect.poll(ended).toBe(true)
    expect(heard()).toBe('one two')
  })

  it('uses its targets in turn, and another one when a server is down', async () => {
    const [one, two, gone] = [await startEcho(), await startEcho(), await startEcho()]
    gone.server.close()
    await once(gone.server, 'close')
    const proxy = await startProxy(one.port, two.port, gone.port)
    for (let i = 0; i < 6; i += 1) {
      const { socket, heard } = await dial(proxy.port)
      socket.write('x')
      await expect.poll(heard).toBe('x')
    }
    expect(one.heard().length + two.heard().length).toBe(6)
    expect(one.heard().length).toBeGreaterThan(0)
    expect(two.heard().length).toBeGreaterThan(0)
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
    expect(echo.heard()).toBe('abc')
  })

  it('ends open connections and refuses new ones, until the fault ends', async () => {
    const echo = await startEcho()
    const proxy = await startProxy(echo.port)
    const before = await dial(proxy.port)
    before.socket.write('x')
    await expect.poll(before.heard).toBe('x')
    proxy.change({ refuse: true })
    await expect.poll(before.ended).toBe(true)
    const during = await dial(proxy.port)
    await expect.poll(during.ended).toBe(true)
    proxy.change({ refuse: false })
    const after = await dial(proxy.port)
    after.socket.write('y')
    await expect.poll(after.heard).toBe('y')
  })

  it('delays everything in a black hole until the fault ends', async () => {
    const echo = await startEcho()
    const proxy = await startProxy(echo.port)
    const { socket, heard } = await dial(proxy.port)
    socket.write('a')
    await expect.poll(heard).toBe('a')
    proxy.change({ hold: true })
    socket.write('b')
    // Another connection passes through its own proxy meanwhile.
    const beside = await dial((await startProxy(echo.port)).port)
    beside.socket.write('c')
    await expect.poll(beside.heard).toBe('c')
    expect(echo.heard()).toBe('ac')
    proxy.change({ hold: false })
    await expect.poll(heard).toBe('ab')
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
    expect(echo.heard()).toBe('')
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
    const { socket, heard, ended } = await dial(proxy.port)
    socket.write('hello')
    return { echo, calls, heard, ended }
  }

  it('shows every chunk to the watcher, in both directions', async () => {
    const { calls } = await send('pass')
    await expect.poll(() => calls).toEqual(['up hello', 'down hello'])
  })

  it('stops before a chunk has passed', async () => {
    const { echo, ended } = await send('stop')
    await expect.poll(ended).toBe(true)
    expect(echo.heard()).toBe('')
  })

  it('stops after a chunk has passed, before its response', async () => {
    const { echo, calls, heard, ended } = await send('stop-after')
    await expect.poll(ended).toBe(true)
    await expect.poll(echo.heard).toBe('hello')
    expect(heard()).toBe('')
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
    const { socket, heard } = await dial(proxy.port)
    socket.write('x')
    await expect.poll(heard).toBe('x')
    expect(seen).toBe(0)
  })
})
