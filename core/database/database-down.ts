// Tells the failures of a database that cannot be reached at the moment from those of a statement.
import { messageOf } from '../errors.ts'

// PostgreSQL's classes 08 (connection) and 57P (shut down, starting, too late), Node's socket errors, and what the pool
// says in words only.
const downCodes =
  /^(08...|57P0[1-5]|53300|E(CONNREFUSED|CONNRESET|PIPE|HOSTUNREACH|NETUNREACH|TIMEDOUT|NOTFOUND|AI_AGAIN))$/
const downWords =
  /Connection terminated|timeout exceeded when trying to connect|not currently accepting connections|Client has encountered a connection error|Query read timeout/

export function isDatabaseDown(error: unknown): boolean {
  const errors = error instanceof AggregateError ? error.errors : [error]
  return errors.some((one) => {
    const code: unknown = Reflect.get(Object(one), 'code')
    return (typeof code === 'string' && downCodes.test(code)) || downWords.test(messageOf(one))
  })
}
