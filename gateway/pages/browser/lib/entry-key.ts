const KEY_BYTES = 16

/** A key to enter a room with, as the API wants it: random bytes in base64url. */
export function makeEntryKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(KEY_BYTES))
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}
