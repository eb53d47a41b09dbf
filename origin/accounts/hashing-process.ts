import { answerRequests } from '../helper-process/answer-requests.ts'
import { threadHashing } from './hashing.ts'
import type { HashingRequest } from './open-hashing.ts'

/** The process that hashes passwords; see `open-hashing.ts`. */

answerRequests<HashingRequest, string | boolean>((request) =>
  'cost' in request
    ? threadHashing.hash(request.password, request.cost)
    : threadHashing.verify(request.phc, request.password),
)
