/** A letter to one person, in plain text. */
export type Letter = {
  to: string
  subject: string
  text: string
}

/** Carries one letter. Throws when it could not. */
export type Carrier = {
  carry(letter: Letter): Promise<void>
  close(): void
}
