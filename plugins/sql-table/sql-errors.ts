// What PostgreSQL says by SQLSTATE, as the error class that decides what happens next.
import pg from 'pg'
import {
  AuthenticationError,
  isErrorKind,
  MappingError,
  NetworkError,
  PermanentError,
  RejectedError,
  RequestTimeoutError,
  RetryableError,
  SyncConfigError,
} from '../../core/sdk/index.ts'

const maxDetailLength = 300

/** @param doing what was being done, as the beginning of a sentence: `Writing a row of "orders"` */
export function toSyncError(error: unknown, { where, doing }: { where: string; doing: string }): unknown {
  if (isErrorKind(error, 'OutboundSyncError')) return error
  if (error instanceof pg.DatabaseError) return ofDatabase(error, `${doing} at ${where} failed: `)
  if (!(error instanceof Error)) return error
  if (/does not support SSL/.test(error.message)) {
    return new SyncConfigError(
      `${where} takes no encrypted connections. Switch TLS on over there; only in a network of your own, set the encryption to off.`,
    )
  }
  const code: unknown = Reflect.get(error, 'code')
  if (typeof code === 'string' && /CERT|SIGNATURE|ALTNAME|^EPROTO$|^ERR_SSL/.test(code)) {
    return new NetworkError(
      `No encrypted connection to ${where} could be agreed on (${code}). Check the host, its certificate, and the certificate authority in the settings.`,
      { cause: error },
    )
  }
  // A mistake in this plugin is no fault of the line.
  if (error instanceof TypeError || error instanceof RangeError) return error
  // The driver's words for its two time limits.
  if (/^(Query read timeout|timeout expired)$/.test(error.message)) {
    return new RequestTimeoutError(
      `${doing} at ${where} got no answer in time. Whether it took effect is unknown. Check the port, and whether PostgreSQL answers there.`,
      { cause: error },
    )
  }
  const why = typeof code === 'string' ? ` (${code})` : ''
  return new NetworkError(
    `${doing} at ${where} got no answer: the connection was closed${why}. Whether it took effect is unknown. Check the port, and whether PostgreSQL answers there.`,
    { cause: error },
  )
}

function ofDatabase(error: pg.DatabaseError, failed: string): Error {
  const code = error.code ?? ''
  const detail = error.detail ? ` (${error.detail.slice(0, maxDetailLength)})` : ''
  const said = `${failed}${error.message}${detail} [${code}].`
  const options = { cause: error }
  if (code.startsWith('28')) return new AuthenticationError(`${said} Check the user and the password.`, options)
  if (code === '42501') {
    return new SyncConfigError(`${said} Grant the user of the connection select, insert and update there.`, options)
  }
  if (code === '25006') {
    return new SyncConfigError(`${said} Put the address of the primary server into the settings.`, options)
  }
  if (code === '3D000' || code === '3F000') return new SyncConfigError(`${said} Check the settings.`, options)
  if (code.startsWith('42')) {
    return new MappingError(`${said} The table may have changed: compare it with the mapping.`, options)
  }
  // The data of this row: its form, or a rule of the table.
  if (code.startsWith('22') || code.startsWith('23')) {
    const problems = error.column ? [{ property: error.column, message: error.message }] : []
    return new RejectedError(said, { ...options, problems })
  }
  // Conflicts with other writers, limits, shutdown, a statement that took too long.
  if (/^(08|40|53|55|57|58)/.test(code)) return new RetryableError(said, options)
  return new PermanentError(said, options)
}
