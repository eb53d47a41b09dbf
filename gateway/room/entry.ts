import { createHash } from 'node:crypto'

export const ENTRY_BYTES = 16

/** An entry as place tokens carry it, in base64url, decoded for scripts; empty where a token names none. */
export function entryBytes(entry: string | undefined): Buffer<ArrayBuffer> {
  return Buffer.from(entry ?? '', 'base64url')
}

/**
 * How a room draws. In version 1 the log held the clients' keys. In version 2 it holds their hashes, so that the
 * published log grants nothing, and only places of proven accounts take part.
 */
export type DrawVersion = 1 | 2

/** SHA-256 of an entry's key, cut to 16 bytes: safe to publish. */
export function entryHash(key: Uint8Array): Buffer {
  return createHash('sha256').update(key).digest().subarray(0, ENTRY_BYTES)
}

/** The 16 bytes that stand for an entry in the log of a room. */
export function loggedEntry(key: Uint8Array, version: DrawVersion): Buffer {
  return version === 1 ? Buffer.from(key) : entryHash(key)
}
