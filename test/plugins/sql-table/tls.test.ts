// Encrypted connections: a PostgreSQL of its own with a certificate that no authority of this machine has signed.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import pg from 'pg'
import { isErrorKind } from '../../../core/errors.ts'
import { failureOf } from '../../core/http/expect-failure.ts'
import { type StoppablePostgres, startStoppablePostgres } from '../../support/stoppable-postgres.ts'
import { createSecondDatabase, type SecondDatabase } from './second-database.ts'

const skip = existsSync('/usr/bin/openssl') ? false : 'needs a certificate: apt-get install openssl'
const signal = new AbortController().signal

describe('a connection with TLS', { skip, timeout: 120_000 }, () => {
  let server: StoppablePostgres
  let remote: SecondDatabase
  before(async () => {
    server = await startStoppablePostgres()
    remote = await createSecondDatabase(server.databaseUrl)
    await remote.query('create table kept (id int primary key, note text)')
  })
  after(async () => {
    await remote?.close()
    await server?.close()
  })

  /** Made by the server in its own folder, whose key nobody else may read. Answers with the certificate. */
  async function certify(names: string): Promise<string> {
    const files = '-keyout server.key -out server.crt'
    const make = `openssl req -x509 -newkey rsa:2048 -nodes ${files} -days 2 -subj /CN=test -addext subjectAltName=${names}`
    await remote.query(`copy (select 1) to program '${make} 2> openssl.log && chmod 600 server.key'`)
    await remote.query('alter system set ssl = on')
    await remote.query('select pg_reload_conf()')
    const [row] = await remote.query(`select pg_read_file('server.crt') as certificate`)
    // The server reads it when it gets to it.
    await untilEncrypted(server.databaseUrl, String(row?.certificate))
    return String(row?.certificate)
  }

  it('checks the certificate, and its name', async () => {
    const authority = await certify('DNS:localhost,IP:127.0.0.1')
    const test = (settings: Parameters<SecondDatabase['provider']>[0]) =>
      remote.provider(settings).testConnection({ signal })
    for (const host of ['127.0.0.1', 'localhost']) {
      assert.match((await test({ tls: 'verify', host, authority })).message, /has the tables kept/)
    }
    const unknown = await failureOf(test({ tls: 'verify' }))
    assert.ok(isErrorKind(unknown, 'NetworkError'))
    assert.match(
      unknown.message,
      /could be agreed on \(DEPTH_ZERO_SELF_SIGNED_CERT\).*certificate authority in the settings/,
    )
    assert.match((await test({ tls: 'encrypt' })).message, /has the tables kept/)

    const other = await certify('DNS:localhost')
    const misnamed = await failureOf(test({ tls: 'verify', host: '127.0.0.1', authority: other }))
    assert.match(misnamed.message, /ERR_TLS_CERT_ALTNAME_INVALID/)
  })

  it('writes over it', async () => {
    const provider = remote.provider({ tls: 'encrypt' })
    const args = remote.argsOf({
      ...{ table: 'kept', idField: 'id', idValue: '1' },
      properties: [['note', 'secret', 'overwrite']],
    })
    assert.equal((await provider.syncObjectWithProperties(args))?.action, 'created')
    const [row] = await remote.query(
      `select bool_and(s.ssl) as ssl from pg_stat_ssl s join pg_stat_activity a using (pid)
       where a.application_name = 'outbound-sync'`,
    )
    assert.equal(row?.ssl, true)
  })
})

async function untilEncrypted(connectionString: string, certificate: string): Promise<void> {
  const until = Date.now() + 10_000
  for (;;) {
    const client = new pg.Client({ connectionString, ssl: { ca: certificate, checkServerIdentity: () => undefined } })
    // A refused handshake is told twice.
    client.on('error', () => undefined)
    const isEncrypted = await client.connect().then(
      () => true,
      () => false,
    )
    await client.end()
    if (isEncrypted) return
    if (Date.now() > until) throw new Error('The server did not take the certificate.')
  }
}
