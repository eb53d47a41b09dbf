import { type Answer, pause } from '../../../layout/browser/lib/api.ts'
import { isNotPermitted } from '../../../layout/browser/lib/ticket-permission.ts'

/** How long a guest waits for the network; a later response changes nothing. */
export const GUEST_PATIENCE_MS = 4000
/** Background requests may take longer: on a slow network they would never finish otherwise. */
const BACKGROUND_PATIENCE_MS = 15_000

/** The server, as this device last found it. */
export type GateServer = {
  isUnavailable: boolean
  /** Whether the server allows no check-ins by the signed-in user: this device evaluates nothing then. */
  isForbidden: boolean
  /**
   * Waits for the response to a request, and records whether the server is reachable.
   *
   * @param options.isForTeam - whether members of the team without the right to check in may send it too
   */
  waitFor<T>(
    answer: Promise<Answer<T>>,
    options?: { patienceMs?: number; isForTeam?: boolean },
  ): Promise<Answer<T>>
  /** Clears what only staff may have. */
  forbid(): Promise<void>
}

/** @param deps.forget - clears the data for evaluating tickets, and names */
export function createGateServer(deps: { forget: () => Promise<void>; onChange: () => void }): GateServer {
  const server: GateServer = {
    ...{ isUnavailable: false, isForbidden: false },
    async waitFor<T>(
      asked: Promise<Answer<T>>,
      { patienceMs = BACKGROUND_PATIENCE_MS, isForTeam = false } = {},
    ) {
      const answer = await Promise.race([
        asked,
        pause(patienceMs).then((): Answer<T> => ({ status: 'unavailable' })),
      ])
      server.isUnavailable =
        answer.status === 'unavailable' || (answer.status === 'refused' && answer.problem.status >= 500)
      if (isNotPermitted(answer)) await server.forbid()
      else if (answer.status === 'done' && !isForTeam) server.isForbidden = false
      deps.onChange()
      return answer
    },
    async forbid() {
      server.isForbidden = true
      await deps.forget()
    },
  }
  return server
}
