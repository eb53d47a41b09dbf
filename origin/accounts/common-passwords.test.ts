import { expect, it } from 'vitest'
import { createCommonPasswords } from './common-passwords.ts'

const isCommon = createCommonPasswords()
const ABOUT = ['Haneul Kim', 'haneul.kim@naru.test']

// Row "password-1 is accepted".
it.each([
  ...['password-1', 'Password1!', 'P@ssw0rd', 'passw0rd2024', '!!iloveyou!!', 'qwertyuiop', 'Dragon2026'],
  ...['aaaaaaaa', '1a1a1a1a1a', '12345678', '20260101', '01012345678'],
  ...['haneulkim', 'haneul.kim@naru.test', 'Haneul-2026', 'naru-2026', 'kim12345'],
])('rejects %s, which is commonly guessed', async (password) => {
  expect(await isCommon(password, ABOUT)).toBe(true)
})

it.each([
  ...['a long password', 'another password', 'correct horse battery', 'long enough', 'ferry at midnight'],
  ...['달빛 아래 나루터', 'vK3#mq9!xT', '918273645546372', 'dragon 8417 3321 55', 'Haneul sings loudly'],
])('accepts %s', async (password) => {
  expect(await isCommon(password, ABOUT)).toBe(false)
})

it('accepts the longest password that may be sent', async () => {
  const longest = ['vK3#mq9!', '1@', 'a-1 '].map((unit) => unit.repeat(100).slice(0, 200))
  expect(await Promise.all(longest.map((each) => isCommon(each, ABOUT)))).toEqual([false, true, false])
})
