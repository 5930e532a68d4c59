// Apache httpd from Debian's package: documents that are written by PUT, behind basic and behind digest authentication.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chown, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { unusedPort } from '../core/http/local-server.ts'
import { type ServerUser, serverFolder, serverUser, startDebianServer } from './debian-server.ts'

const httpd = '/usr/sbin/apache2'

/** Why the tests with it are skipped, or false. */
export const apacheSkip = existsSync(httpd) ? false : 'needs Apache httpd: apt-get install apache2-bin'

export interface ApacheServer {
  origin: string
  username: string
  password: string
  /** The documents below `/basic/` or `/digest/`, by name, as they lie on the disk. */
  documents(place: 'basic' | 'digest'): Promise<Record<string, unknown>>
  stop(): Promise<void>
}

const modules = [
  ...['mpm_event', 'authn_core', 'authn_file', 'authz_core', 'authz_user'],
  ...['auth_basic', 'auth_digest', 'dav', 'dav_fs', 'dav_lock'],
]
const username = 'shop-sync'
// What is no ASCII is where implementations differ.
const password = 'Schlüssel:für-Apache'
const realm = 'conference'
const startMs = 30_000

export async function startApache(): Promise<ApacheServer> {
  const user = await serverUser('www-data')
  const folder = await serverFolder('apache', user)
  const port = await unusedPort()
  for (const path of ['documents', 'documents/basic', 'documents/digest']) {
    await mkdir(join(folder, path))
    if (user) await chown(join(folder, path), user.uid, user.gid)
  }
  const digest = (algorithm: string, text: string) => createHash(algorithm).update(text)
  const sha = digest('sha1', password).digest('base64')
  await writeFile(join(folder, 'passwords'), `${username}:{SHA}${sha}\n`)
  const ha1 = digest('md5', `${username}:${realm}:${password}`).digest('hex')
  await writeFile(join(folder, 'digests'), `${username}:${realm}:${ha1}\n`)
  const configPath = join(folder, 'httpd.conf')
  await writeFile(configPath, configuration({ folder, port, user }))

  const origin = `http://127.0.0.1:${port}`
  const server = await startDebianServer({
    command: httpd,
    args: ['-f', configPath, '-D', 'FOREGROUND'],
    folder,
    // It gives up root by itself, after it has read its configuration.
    user: null,
    limitMs: startMs,
    isReady: async () => (await fetch(`${origin}/basic/`)).status === 401,
  })
  return {
    origin,
    username,
    password,
    async documents(place) {
      const path = join(folder, 'documents', place)
      const names = (await readdir(path)).filter((name) => !name.startsWith('.'))
      const read = async (name: string) => [name, JSON.parse(await readFile(join(path, name), 'utf8'))] as const
      return Object.fromEntries(await Promise.all(names.map(read)))
    },
    stop: server.stop,
  }
}

function configuration({ folder, port, user }: { folder: string; port: number; user: ServerUser | null }): string {
  return `
ServerRoot ${folder}
ServerName 127.0.0.1
Listen 127.0.0.1:${port}
PidFile ${folder}/pid
ErrorLog ${folder}/errors
DefaultRuntimeDir ${folder}
Mutex pthread
${user ? `User #${user.uid}\nGroup #${user.gid}` : ''}
${modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
DocumentRoot ${folder}/documents
DavLockDB ${folder}/locks
<Location /basic/>
  Dav On
  AuthType Basic
  AuthName ${realm}
  AuthBasicProvider file
  AuthUserFile ${folder}/passwords
  Require valid-user
</Location>
<Location /digest/>
  Dav On
  AuthType Digest
  AuthName ${realm}
  AuthDigestProvider file
  AuthDigestQop auth
  AuthDigestNonceLifetime 300
  AuthUserFile ${folder}/digests
  Require valid-user
</Location>
`
}
