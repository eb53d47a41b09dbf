import { dictionary } from '@zxcvbn-ts/language-common'

/** 49,000 common passwords, some 2 MB in memory. */
export const COMMON_PASSWORDS: readonly string[] = dictionary['passwords-common']
