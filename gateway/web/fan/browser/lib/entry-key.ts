const KEY_BYTES = 16

/** A key for entering a room, as the API expects it: random bytes in base64url. */
export function makeEntryKey(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(KEY_BYTES)))
}

export function keyBytes(key: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(key.replaceAll('-', '+').replaceAll('_', '/')), (letter) =>
    letter.charCodeAt(0),
  )
}

/** The publishable form of a key: the first 16 bytes of its SHA-256. */
export async function entryHash(key: string): Promise<Uint8Array<ArrayBuffer>> {
  const hash = await crypto.subtle.digest('SHA-256', keyBytes(key))
  return new Uint8Array(hash, 0, KEY_BYTES)
}

export function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}
