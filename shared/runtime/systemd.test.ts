import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createLogger } from './log.ts'
import { readSystemd, type StatusReport, startNotifier } from './systemd.ts'

const log = createLogger('test', 'silent')

describe('the socket of systemd', () => {
  it('is taken by the process that it was passed to', () => {
    const env = { LISTEN_PID: '42', LISTEN_FDS: '1' }
    expect(readSystemd(env, 42)).toEqual({ socket: 3 })
    expect(readSystemd(env, 43)).toEqual({})
  })

  it('is not expected where systemd has passed none', () => {
    expect(readSystemd({ LISTEN_PID: '42', LISTEN_FDS: '0' }, 42)).toEqual({})
    expect(readSystemd({ NOTIFY_SOCKET: '' }, 42)).toEqual({})
  })
})

describe('the notifier of systemd', () => {
  /** A notifier whose systemd-notify writes its arguments, one message a line. */
  function notifierOf(report: () => StatusReport, failures = 0) {
    const folder = mkdtempSync(join(tmpdir(), 'naru-notify-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const program = `#!/bin/sh
echo "$NOTIFY_SOCKET $*" >> ${folder}/messages
test "$(wc -l < ${folder}/messages)" -gt ${failures}
`
    writeFileSync(join(folder, 'systemd-notify'), program, { mode: 0o755 })
    writeFileSync(join(folder, 'messages'), '')
    const systemd = readSystemd({ NOTIFY_SOCKET: '/run/notify', PATH: `${folder}:/usr/bin:/bin` }, 1)
    const notifier = startNotifier(systemd, { version: '1.2.3', report, log })
    onTestFinished(() => notifier.stopping())
    const messages = () =>
      readFileSync(join(folder, 'messages'), 'utf8')
        .split('\n')
        .filter((line) => line !== '')
    return { messages, notifier }
  }

  it('says what is missing, then that the service is ready, then each change, then that it stops', async () => {
    let report: StatusReport = { ready: false, troubles: [{ detail: 'Redis is unavailable' }] }
    const { messages, notifier } = notifierOf(() => report)
    const told = ['/run/notify STATUS=1.2.3; Redis is unavailable']
    await expect.poll(messages).toEqual(told)
    report = { ready: true, troubles: [] }
    told.push('/run/notify READY=1 STATUS=1.2.3')
    await expect.poll(messages).toEqual(told)
    report = { ready: false, troubles: [{ detail: 'No origin answers' }] }
    told.push('/run/notify STATUS=1.2.3; No origin answers')
    await expect.poll(messages).toEqual(told)
    report = { ready: true, troubles: [] }
    told.push('/run/notify STATUS=1.2.3')
    await expect.poll(messages).toEqual(told)
    await notifier.stopping()
    expect(messages()).toEqual([...told, '/run/notify STOPPING=1'])
  })

  it('says a problem in one line, so that nothing in it is another message', async () => {
    const detail = 'the certificate is of\nREADY=1\r\nMAINPID=1'
    const { messages } = notifierOf(() => ({ ready: false, troubles: [{ detail }] }))
    await expect.poll(messages).toEqual(['/run/notify STATUS=1.2.3; the certificate is of READY=1 MAINPID=1'])
  })

  it('repeats what systemd could not be told', async () => {
    const { messages, notifier } = notifierOf(() => ({ ready: true, troubles: [] }), 2)
    const ready = '/run/notify READY=1 STATUS=1.2.3'
    await expect.poll(messages).toEqual([ready, ready, ready])
    await notifier.stopping()
    expect(messages()).toEqual([ready, ready, ready, '/run/notify STOPPING=1'])
  })

  it('starts no program where there is no systemd', async () => {
    const report = () => {
      throw new Error('nobody asks')
    }
    await startNotifier(readSystemd({}, 1), { version: '1.2.3', report, log }).stopping()
  })
})
