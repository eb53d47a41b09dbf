import { forget, forgetAll, recall, remember } from './memory.ts'

/** A fan's last known standing in a queue, for the offline page. */
export type LastSeen = { at: number; step: 'lobby' | 'waiting' | 'called'; ahead?: number }

export function rememberSeen(
  room: string,
  { step, ahead }: { step: string; ahead: number | undefined },
): void {
  if (step !== 'lobby' && step !== 'waiting' && step !== 'called') {
    forget('seen', room)
    return
  }
  const seen: LastSeen = { at: Date.now(), step, ...(ahead === undefined ? {} : { ahead }) }
  remember('seen', room, JSON.stringify(seen))
}

export function recallSeen(room: string): LastSeen | undefined {
  const stored = recall('seen', room)
  // Only this module writes it.
  return stored === undefined ? undefined : (JSON.parse(stored) as LastSeen)
}

export function forgetSeen(): void {
  forgetAll('seen')
}
