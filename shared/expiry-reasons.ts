/** Why a payment expires whose fan gave it up: a stable code, which pages translate. */
export const GIVEN_UP = 'given up'
