import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Env } from './env.ts'
import type { Logger } from './log.ts'
import { startLoop } from './loop.ts'

/** What systemd has given to a service that it started; nothing for one that was started otherwise. */
export type Systemd = {
  /** The descriptor of a socket that already listens: systemd keeps it while one release replaces another. */
  socket?: number
  /** The variables with which `systemd-notify` finds systemd. */
  notify?: { NOTIFY_SOCKET: string; PATH?: string }
}

/** The first descriptor that systemd passes (sd_listen_fds(3)). */
const LISTEN_FDS_START = 3

/** @param pid - the process that systemd started: this one, or its primary */
export function readSystemd(env: Env, pid: number): Systemd {
  const { LISTEN_PID, LISTEN_FDS, NOTIFY_SOCKET, PATH } = env
  return {
    ...(LISTEN_PID === String(pid) && Number(LISTEN_FDS) >= 1 ? { socket: LISTEN_FDS_START } : {}),
    ...(NOTIFY_SOCKET === undefined || NOTIFY_SOCKET === ''
      ? {}
      : { notify: { NOTIFY_SOCKET, ...(PATH === undefined ? {} : { PATH }) } }),
  }
}

/** Whether to send requests here, and why not, in words. */
export type StatusReport = { ready: boolean; troubles: readonly { detail: string }[] }

export type Notifier = {
  /** Tells systemd that the service is about to end. */
  stopping(): Promise<void>
}

/** How soon systemd learns that a service has become ready. */
const LOOK_UNREADY_EVERY_MS = 200
/** How soon it learns of changes afterwards: nothing waits for them. */
const LOOK_READY_EVERY_MS = 1000
const NOTIFY_MS_MAX = 5000

/**
 * Tells systemd when the service is ready for the first time (`Type=notify`), and its version and problems whenever they
 * change. Node has no datagram sockets of Unix, so a program of systemd sends each message.
 */
export function startNotifier(
  { notify }: Systemd,
  { version, report, log }: { version: string; report: () => StatusReport; log: Logger },
): Notifier {
  if (notify === undefined) return { stopping: async () => {} }
  let announced = false
  let known: string | undefined
  let isFailing = false

  async function send(...messages: string[]): Promise<boolean> {
    try {
      await promisify(execFile)('systemd-notify', messages, { env: notify, timeout: NOTIFY_MS_MAX })
      isFailing = false
    } catch (error) {
      if (!isFailing) log.warn({ err: error }, 'systemd could not be notified')
      isFailing = true
    }
    return !isFailing
  }

  const loop = startLoop({
    name: 'systemd',
    intervalMs: () => (announced ? LOOK_READY_EVERY_MS : LOOK_UNREADY_EVERY_MS),
    log,
    async run() {
      const { ready, troubles } = report()
      // A line break would begin another message.
      const status = [version, ...troubles.map(({ detail }) => detail)]
        .join('; ')
        .replaceAll(/\p{Cc}+/gu, ' ')
      const isFirst = ready && !announced
      if (status === known && !isFirst) return
      if (!(await send(...(isFirst ? ['READY=1'] : []), `STATUS=${status}`))) return
      known = status
      announced ||= ready
    },
  })
  return {
    async stopping() {
      await loop.stop()
      await send('STOPPING=1')
    },
  }
}
