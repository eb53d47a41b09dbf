import { randomUUID } from 'node:crypto'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, it } from 'vitest'
import { createFolderTransport } from './folder-transport.ts'
import { createSmtpTransport, isPermanentFailure } from './smtp-transport.ts'

const email = (n: number) => ({ to: `fan-${n}@naru.test`, subject: `제목 ${n}`, text: `글 ${n}` })
const ID = randomUUID()
const cleanUps: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp()
})

describe('the folder of development e-mails', () => {
  async function openFolder(emailsMax = 10) {
    const parent = await mkdtemp(join(tmpdir(), 'naru-mail-'))
    cleanUps.push(() => rm(parent, { recursive: true }))
    const folder = join(parent, 'mail')
    let at = 1_800_000_000_000
    return {
      folder,
      mail: createFolderTransport({
        folder,
        emailsMax,
        now: () => {
          at += 1
          return at
        },
      }),
    }
  }

  it('is empty before the first e-mail', async () => {
    expect(await (await openFolder()).mail.read()).toEqual([])
  })

  it('returns the e-mails, latest first, up to its limit', async () => {
    const { mail, folder } = await openFolder(2)
    for (const n of [1, 2, 3]) await mail.send(email(n), randomUUID())
    expect(await mail.read()).toEqual([
      { ...email(3), at: 1_800_000_000_003, attachments: [] },
      { ...email(2), at: 1_800_000_000_002, attachments: [] },
    ])
    expect(await readdir(folder)).toHaveLength(2)
  })

  it('accepts e-mails when it existed before, and when it was deleted meanwhile', async () => {
    const { mail, folder } = await openFolder(2)
    await mail.send(email(1), randomUUID())
    const later = createFolderTransport({ folder, emailsMax: 2, now: () => 1_900_000_000_000 })
    await later.send(email(2), randomUUID())
    await later.send(email(3), randomUUID())
    expect(await readdir(folder)).toHaveLength(2)
    await rm(folder, { recursive: true })
    await expect(later.send(email(4), randomUUID())).rejects.toThrow('ENOENT')
    await later.send(email(4), randomUUID())
    expect((await later.read()).map(({ to }) => to)).toEqual([email(4).to])
  })

  it('is readable by its owner only', async () => {
    const { mail, folder } = await openFolder()
    await mail.send(email(1), randomUUID())
    const [name = ''] = await readdir(folder)
    expect((await stat(folder)).mode & 0o077).toBe(0)
    expect((await stat(join(folder, name))).mode & 0o077).toBe(0)
  })
})

/** A mail server's reply to each line; none to those of a message. */
function createAnswers(recipient: string): (line: string) => string | undefined {
  let inData = false
  return (line) => {
    if (inData && line !== '.') return undefined
    inData = line === 'DATA'
    if (inData) return '354 Go on'
    return line.startsWith('RCPT') ? recipient : '250 Ok'
  }
}

/** A mail server that replies as configured to each command, and stores what it was sent. */
async function startMailServer(replies: { recipient?: string; greets?: boolean; trickles?: boolean } = {}) {
  const { recipient = '250 Ok', greets = true, trickles = false } = replies
  const received: string[] = []
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    if (greets) socket.write('220 test\r\n')
    const answer = createAnswers(recipient)
    createInterface(socket).on('line', (line) => {
      received.push(line)
      if (trickles && line.startsWith('RCPT')) {
        const timer = setInterval(() => socket.write('250-Go on\r\n'), 100)
        socket.on('close', () => clearInterval(timer))
        return
      }
      const reply = answer(line)
      if (reply !== undefined) socket.write(`${reply}\r\n`)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanUps.push(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  const transport = createSmtpTransport({
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    from: 'Naru <no-reply@naru.test>',
    timeoutMs: 300,
    deadlineMs: 2000,
    connectionsMax: 1,
  })
  cleanUps.push(async () => transport.close())
  return { transport, received }
}

describe('a mail server', () => {
  it('receives the e-mail, with its sender, recipient, ID and text', async () => {
    const { transport, received } = await startMailServer()
    await transport.send(email(1), ID)
    expect(received).toEqual(
      expect.arrayContaining([
        'MAIL FROM:<no-reply@naru.test>',
        'RCPT TO:<fan-1@naru.test>',
        'To: fan-1@naru.test',
        `Message-ID: <${ID}@naru.test>`,
        'Auto-Submitted: auto-generated',
      ]),
    )
  })

  it('can reject an e-mail permanently or temporarily', async () => {
    const outcome = async (recipient: string) => {
      const { transport } = await startMailServer({ recipient })
      return await transport.send(email(1), ID).then(
        () => 'sent',
        (error: unknown) => isPermanentFailure(error),
      )
    }
    expect(await outcome('550 No such user')).toBe(true)
    expect(await outcome('451 Try later')).toBe(false)
  })

  it('receives an address with consecutive dots in quotes, as its standard requires', async () => {
    const { transport, received } = await startMailServer()
    await transport.send({ ...email(1), to: 'fan..one.@docomo.ne.jp' }, ID)
    expect(received).toContain('RCPT TO:<"fan..one."@docomo.ne.jp>')
  })

  it('delays an e-mail only for a limited time when it replies slowly', async () => {
    const { transport } = await startMailServer({ trickles: true })
    await expect(transport.send(email(1), ID)).rejects.toThrow('sending took too long')
  })

  it('delays an e-mail only for a limited time when it does not reply', async () => {
    const { transport } = await startMailServer({ greets: false })
    await expect(transport.send(email(1), ID)).rejects.toThrow(/greeting|timeout/i)
  })
})
