// GNU Mailman 3 from Debian's package: the master process and its REST runner, with a list for the test.
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { unusedPort } from '../core/http/local-server.ts'
import { serverFolder, serverUser, startDebianServer } from './debian-server.ts'

const master = '/usr/lib/mailman3/bin/master'

/** Why the tests with it are skipped, or false. */
export const mailmanSkip = existsSync(master)
  ? false
  : 'needs Mailman 3: apt-get install --no-install-recommends mailman3'

export interface MailmanServer {
  /** Of the REST API. */
  baseUrl: string
  username: string
  password: string
  /** A list of its own for each test. Answers with its id. */
  createList(name: string): Promise<string>
  /** By Mailman's own program: `Ada Lovelace <ada@example.org>`, in order. It takes seconds. */
  members(listId: string): Promise<string[]>
  /** The same by the API. */
  roster(listId: string): Promise<string[]>
  /** With the administrator's credentials. */
  call(method: string, path: string, form?: Record<string, string>): Promise<Response>
  stop(): Promise<void>
}

interface Roster {
  entries?: { display_name: string; email: string }[]
}

const username = 'restadmin'
const password = 'rest-password-of-the-list'
const mailHost = 'lists.example.com'
// It cannot be asked for before it is there, and this machine may be busy.
const startMs = 120_000

// Mail is nobody's business here: only what answers the API is started.
const idleRunners = [
  ...['archive', 'bounces', 'command', 'in', 'lmtp', 'nntp', 'out', 'pipeline'],
  ...['retry', 'task', 'virgin', 'digest'],
]

export async function startMailman(): Promise<MailmanServer> {
  const user = await serverUser('list')
  const folder = await serverFolder('mailman', user)
  const [port, lmtpPort] = [await unusedPort(), await unusedPort()]
  const configPath = join(folder, 'mailman.cfg')
  await writeFile(
    configPath,
    `[mailman]
layout: here
[paths.here]
var_dir: ${folder}/var
bin_dir: /usr/lib/mailman3/bin
[webservice]
hostname: 127.0.0.1
port: ${port}
admin_user: ${username}
admin_pass: ${password}
[mta]
incoming: mailman.mta.null.NullMTA
outgoing: mailman.mta.null.NullMTA
lmtp_port: ${lmtpPort}
${idleRunners.map((name) => `[runner.${name}]\nstart: no\n`).join('')}`,
  )
  const baseUrl = `http://127.0.0.1:${port}/3.1`
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const call = (method: string, path: string, form?: Record<string, string>): Promise<Response> =>
    fetch(`${baseUrl}/${path}`, {
      method,
      headers: { authorization },
      ...(form ? { body: new URLSearchParams(form) } : {}),
    })
  const server = await startDebianServer({
    command: master,
    args: ['-C', configPath],
    folder,
    user,
    limitMs: startMs,
    isReady: async () => (await call('GET', 'system/versions')).ok,
  })
  const make = async (path: string, form: Record<string, string>): Promise<void> => {
    const response = await call('POST', path, form)
    if (response.status !== 201) throw new Error(`Mailman did not make ${path}: ${await response.text()}`)
  }
  await make('domains', { mail_host: mailHost })
  return {
    baseUrl,
    username,
    password,
    call,
    async createList(name) {
      await make('lists', { fqdn_listname: `${name}@${mailHost}` })
      return `${name}.${mailHost}`
    },
    async roster(listId) {
      const { entries = [] } = (await (await call('GET', `lists/${listId}/roster/member`)).json()) as Roster
      return entries.map(({ display_name, email }) => `${display_name} <${email}>`).sort()
    },
    async members(listId) {
      const name = listId.replace('.', '@')
      const said = await server.run('mailman', ['-C', configPath, 'members', name])
      return said.split('\n').filter((line) => line.includes('@') && !line.includes('has no members'))
    },
    stop: server.stop,
  }
}
