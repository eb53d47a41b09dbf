import type { TicketsToPrint } from '../../../shared/pdf/print-tickets.ts'

/** The jobs of the rendering thread, whose cost grows with the number of tickets. */
export type RenderJob = { kind: 'codes'; texts: readonly string[] } | { kind: 'pdf'; tickets: TicketsToPrint }

export type RenderResult<J extends RenderJob> = J extends { kind: 'codes' }
  ? string[]
  : Uint8Array<ArrayBuffer>

export type RenderRequest = { id: number; job: RenderJob } | { id: number; cancel: true }

export type RenderReply =
  | { id: number; result: string[] | Uint8Array<ArrayBuffer> }
  | { id: number; error: string }
