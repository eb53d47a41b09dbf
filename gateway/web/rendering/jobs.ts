import type { TicketsToPrint } from '../../../shared/pdf/print-tickets.ts'

/** What the rendering thread can do: its cost grows with how many tickets there are. */
export type RenderJob = { kind: 'codes'; texts: readonly string[] } | { kind: 'pdf'; tickets: TicketsToPrint }

export type RenderResult<J extends RenderJob> = J extends { kind: 'codes' }
  ? string[]
  : Uint8Array<ArrayBuffer>

export type RenderRequest = { id: number; job: RenderJob } | { id: number; cancel: true }

export type RenderReply =
  | { id: number; result: string[] | Uint8Array<ArrayBuffer> }
  | { id: number; error: string }
