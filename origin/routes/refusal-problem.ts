import { Problem } from '../../shared/api/problem.ts'
import type { Refusal } from '../catalogue/festival-rules.ts'

/** The problem of a change with invalid fields, each of which it names. */
export function refusalProblem(refusal: Refusal): Problem {
  if (refusal.status === 'invalid') {
    return new Problem('invalid-input', 'The fields do not go together', { errors: refusal.errors })
  }
  const { detail, field } = refusal
  return new Problem(
    'conflict',
    detail,
    field === undefined ? {} : { errors: [{ pointer: `/${field}`, detail }] },
  )
}
