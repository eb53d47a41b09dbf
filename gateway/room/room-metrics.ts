import { Gauge } from 'prom-client'
import { gaugeBy, type Metrics } from '../../shared/runtime/metrics.ts'
import type { RoomState } from './room-state.ts'

/**
 * Shows how many fans wait in each open room and how many are admitted. All workers of a gateway read the same rooms, so
 * their values are not added up; for a moment two phases of a room may be shown, when one worker read it before another.
 */
export function measureRooms(
  metrics: Metrics,
  { snapshots, rooms }: { snapshots: { of(room: string): Read | undefined }; rooms: () => readonly string[] },
): void {
  const states = () => rooms().flatMap((room) => snapshots.of(room)?.state ?? [])
  const gaugeOf = (name: string, help: string, read: (state: Read['state']) => number) =>
    gaugeBy(
      metrics,
      name,
      help,
      'room',
      () => states().map((state): [string, number] => [state.room, read(state)]),
      'max',
    )
  gaugeOf('naru_room_waiting', 'Places of a room that have not been called', ({ entries, serving }) =>
    Math.max(0, entries - (serving + 1)),
  )
  gaugeOf('naru_room_admitted', 'Fans with a pass to a room that is valid', ({ livePasses }) => livePasses)
  new Gauge({
    name: 'naru_room_phase',
    help: 'The phase of a room: 1 for the present one',
    labelNames: ['room', 'phase'] as const,
    aggregator: 'max',
    registers: [metrics.registry],
    collect() {
      this.reset()
      for (const { room, phase } of states()) this.set({ room, phase }, 1)
    },
  })
}

type Read = { state: Pick<RoomState, 'room' | 'phase' | 'entries' | 'serving' | 'livePasses'> }
