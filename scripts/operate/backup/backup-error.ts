/** Why a backup could not be made or restored; the message is for the operator and contains no secret. */
export class BackupError extends Error {
  override readonly name = 'BackupError'
}

/** The innermost message, which names the cause. */
export function reasonOf(error: unknown): string {
  let inner = error
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause
  if (!(inner instanceof Error)) return String(inner)
  return inner.message === '' && 'code' in inner ? String(inner.code) : inner.message
}

/** Why a file that must be new cannot be made. */
export function notCreated(file: string, error: unknown): BackupError {
  return new BackupError(
    codeOf(error) === 'EEXIST' ? `${file} exists already` : `${file} cannot be written: ${reasonOf(error)}`,
  )
}

export function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
