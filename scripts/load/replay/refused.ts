/** Why a replay cannot start, as a message for the user. */
export class ReplayRefused extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ReplayRefused'
  }
}
