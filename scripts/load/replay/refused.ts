/** What keeps a replay from starting, in words for whoever typed the command. */
export class ReplayRefused extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ReplayRefused'
  }
}
