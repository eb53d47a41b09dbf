import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, it } from 'vitest'
import { createFolderCarrier } from './folder-carrier.ts'
import { createSmtpCarrier, isRefusedForGood } from './smtp-carrier.ts'

const letter = (n: number) => ({ to: `fan-${n}@naru.test`, subject: `제목 ${n}`, text: `글 ${n}` })
const cleanUps: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp()
})

describe('a folder of letters', () => {
  async function openFolder(keptMax = 10) {
    const parent = await mkdtemp(join(tmpdir(), 'naru-mail-'))
    cleanUps.push(() => rm(parent, { recursive: true }))
    const folder = join(parent, 'mail')
    let at = 1_800_000_000_000
    return {
      folder,
      mail: createFolderCarrier({
        folder,
        keptMax,
        now: () => {
          at += 1
          return at
        },
      }),
    }
  }

  it('is empty before the first letter', async () => {
    expect(await (await openFolder()).mail.read()).toEqual([])
  })

  it('gives the letters back, the latest first, and keeps only so many', async () => {
    const { mail, folder } = await openFolder(2)
    for (const n of [1, 2, 3]) await mail.carry(letter(n))
    expect(await mail.read()).toEqual([
      { ...letter(3), at: 1_800_000_000_003 },
      { ...letter(2), at: 1_800_000_000_002 },
    ])
    expect(await readdir(folder)).toHaveLength(2)
  })

  it('is for its owner alone', async () => {
    const { mail, folder } = await openFolder()
    await mail.carry(letter(1))
    const [name = ''] = await readdir(folder)
    expect((await stat(folder)).mode & 0o077).toBe(0)
    expect((await stat(join(folder, name))).mode & 0o077).toBe(0)
  })
})

/** What a mail server answers to each line; nothing to those of a letter. */
function createAnswers(recipient: string): (line: string) => string | undefined {
  let inData = false
  return (line) => {
    if (inData && line !== '.') return undefined
    inData = line === 'DATA'
    if (inData) return '354 Go on'
    return line.startsWith('RCPT') ? recipient : '250 Ok'
  }
}

/** A mail server that says what it is told to after each command, and keeps what it was sent. */
async function startMailServer(replies: { recipient?: string; greets?: boolean } = {}) {
  const { recipient = '250 Ok', greets = true } = replies
  const heard: string[] = []
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    if (greets) socket.write('220 test\r\n')
    const answer = createAnswers(recipient)
    createInterface(socket).on('line', (line) => {
      heard.push(line)
      const reply = answer(line)
      if (reply !== undefined) socket.write(`${reply}\r\n`)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanUps.push(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  const carrier = createSmtpCarrier({
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    from: 'Naru <no-reply@naru.test>',
    timeoutMs: 300,
    connectionsMax: 1,
  })
  cleanUps.push(async () => carrier.close())
  return { carrier, heard }
}

describe('a mail server', () => {
  it('is given the letter, with its sender, recipient and words', async () => {
    const { carrier, heard } = await startMailServer()
    await carrier.carry(letter(1))
    expect(heard).toEqual(
      expect.arrayContaining([
        'MAIL FROM:<no-reply@naru.test>',
        'RCPT TO:<fan-1@naru.test>',
        'To: fan-1@naru.test',
        'Auto-Submitted: auto-generated',
      ]),
    )
  })

  it('can refuse a letter for good, or only for now', async () => {
    const outcome = async (recipient: string) => {
      const { carrier } = await startMailServer({ recipient })
      return await carrier.carry(letter(1)).then(
        () => 'carried',
        (error: unknown) => isRefusedForGood(error),
      )
    }
    expect(await outcome('550 No such user')).toBe(true)
    expect(await outcome('451 Try later')).toBe(false)
  })

  it('that says nothing holds a letter up only so long', async () => {
    const { carrier } = await startMailServer({ greets: false })
    await expect(carrier.carry(letter(1))).rejects.toThrow(/greeting/i)
  })
})
