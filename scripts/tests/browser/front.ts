import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  request,
  type Server,
} from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A proxy between a browser and a gateway under test: optional TLS, and a network that can fail. */
export type Front = {
  /** The URL for the browser: to be the gateway's public URL. */
  url: string
  /** Forwards to a gateway from now on. */
  leadTo: (gatewayUrl: string) => void
  /** Whether the network works. */
  connected: boolean
  /** Whether to remove the headers that browsers without Fetch Metadata do not send. */
  dropsFetchMetadata: boolean
  close: () => Promise<void>
}

const LOOPBACK = '127.0.0.1'

export async function openFront({ tls }: { tls: boolean }): Promise<Front> {
  let target = ''
  const handle: RequestListener = (asked, response) => {
    if (!front.connected) {
      asked.socket.destroy()
      return
    }
    const { method, url } = asked
    const options = { method, headers: headersOf(asked, front.dropsFetchMetadata), agent: false }
    const passedOn = request(new URL(url ?? '', target), options, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
      answer.pipe(response)
    })
    passedOn.once('error', () => response.destroy())
    asked.pipe(passedOn)
  }
  const server: Server = tls ? createTlsServer(makeCertificate(), handle) : createHttpServer(handle)
  await new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve))
  const { port } = server.address() as AddressInfo
  const front: Front = {
    url: `${tls ? 'https' : 'http'}://${LOOPBACK}:${port}`,
    leadTo: (gatewayUrl) => {
      target = gatewayUrl
    },
    connected: true,
    dropsFetchMetadata: false,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return front
}

function headersOf({ headers }: IncomingMessage, dropsFetchMetadata: boolean) {
  const retained = Object.entries(headers).filter(
    ([name]) => !(dropsFetchMetadata && name.startsWith('sec-fetch-')),
  )
  return Object.fromEntries(retained)
}

/** A self-signed certificate; it and its key are removed after the test. */
function makeCertificate(): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'naru-tls-'))
  try {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const subject = ['-subj', `/CN=${LOOPBACK}`, '-addext', `subjectAltName=IP:${LOOPBACK}`]
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
    execFileSync(
      'openssl',
      ['req', '-x509', '-days', '2', ...curve, ...subject, '-keyout', key, '-out', cert],
      {
        stdio: 'pipe',
      },
    )
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
