import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A Redis proxy that can be told to reply to every command with one error. */
export type RefusingRedis = {
  url: string
  /** Undefined lets the real Redis reply again. */
  refuse(error: string | undefined): void
  close(): Promise<void>
}

const HOST = '127.0.0.1'
/** The commands of a client before it counts as connected. */
const GREETINGS: Readonly<Record<string, string>> = {
  hello: "-ERR unknown command 'HELLO'\r\n",
  client: '+OK\r\n',
  ping: '+PONG\r\n',
  info: '$22\r\nrole:master\r\nloading:0\r\n',
}

/** @param realPath - the socket of the Redis behind it, which replies until it is told to refuse */
export async function startRefusingRedis(realPath: string): Promise<RefusingRedis> {
  let error: string | undefined
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const real = connect(realPath)
    for (const socket of [client, real]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.once('close', () => {
        client.destroy()
        real.destroy()
        sockets.delete(socket)
      })
    }
    let unread = Buffer.alloc(0)
    client.on('data', (chunk) => {
      if (error === undefined) {
        real.write(chunk)
        return
      }
      unread = Buffer.concat([unread, chunk])
      for (let command = readCommand(unread); command !== undefined; command = readCommand(unread)) {
        unread = unread.subarray(command.bytes)
        client.write(GREETINGS[command.name] ?? `-${error}\r\n`)
      }
    })
    real.on('data', (chunk) => client.write(chunk))
  })
  server.listen(0, HOST)
  await once(server, 'listening')
  const address = server.address()
  return {
    url: `redis://${HOST}:${typeof address === 'object' && address !== null ? address.port : 0}`,
    refuse(next) {
      error = next
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** The first complete command in these bytes: an array of strings, each prefixed with its length. */
function readCommand(bytes: Buffer): { name: string; bytes: number } | undefined {
  let at = 0
  const number = (): number | undefined => {
    const end = bytes.indexOf('\r\n', at)
    if (end === -1) return undefined
    const value = Number(bytes.toString('latin1', at + 1, end))
    at = end + 2
    return value
  }
  const words = number() ?? Number.POSITIVE_INFINITY
  let name = ''
  for (let i = 0; i < words; i += 1) {
    const length = number()
    if (length === undefined || at + length + 2 > bytes.length) return undefined
    if (i === 0) name = bytes.toString('latin1', at, at + length).toLowerCase()
    at += length + 2
  }
  return { name, bytes: at }
}
