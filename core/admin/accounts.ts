// The accounts of the standalone program: passwords as argon2id, roles as permissions. A host that identifies its users
// itself has none.
import { createHash, randomUUID } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'
import type { Database } from '../database/transaction.ts'
import type { Permission, User } from '../sdk/user.ts'

export const roles = ['viewer', 'operator', 'administrator'] as const
export type Role = (typeof roles)[number]

const permissionsOf: Readonly<Record<Role, readonly Permission[]>> = {
  viewer: ['view'],
  operator: ['view', 'operate', 'see_payloads'],
  administrator: ['view', 'operate', 'configure', 'administer', 'see_payloads'],
}

// OWASP's smallest setting for argon2id (the package's default algorithm): 19 MiB, two passes, one lane.
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

interface AccountRow {
  id: string
  email: string
  name: string
  password_hash: string
  role: Role
}

export interface Account {
  id: string
  user: User
  passwordMark: string
}

export interface Accounts {
  /** Null for an unknown, wrong or disabled account; takes as long for each. */
  check(credentials: { email: string; password: string }): Promise<Account | null>
  /** The account of a session, unless it was disabled or its password changed since. */
  find(accountId: string): Promise<Account | null>
  ensureAdministrator(credentials: { email: string; password: string }): Promise<'created' | 'exists'>
}

export function createAccounts(database: Database): Accounts {
  const columns = 'id, email, name, password_hash, role'
  const table = `${database.schema}.user_account`
  // So that an unknown account costs one verification like a known one; made when it is first needed.
  let decoy: Promise<string> | null = null

  return Object.freeze({
    async check({ email, password }) {
      const { rows } = await database.executeSql<AccountRow>(
        `select ${columns} from ${table} where email = $1 and disabled_at is null`,
        [normalizeEmail(email)],
      )
      const [row] = rows
      decoy ??= hash(randomUUID(), cost)
      const isRight = await verify(row?.password_hash ?? (await decoy), password)
      return row && isRight ? toAccount(row) : null
    },

    async find(accountId) {
      const { rows } = await database.executeSql<AccountRow>(
        `select ${columns} from ${table} where id = $1 and disabled_at is null`,
        [accountId],
      )
      return rows[0] ? toAccount(rows[0]) : null
    },

    async ensureAdministrator({ email, password }) {
      const address = normalizeEmail(email)
      const { rows: known } = await database.executeSql(`select from ${table} where email = $1`, [address])
      if (known.length > 0) return 'exists'
      const { rows } = await database.executeSql(
        `insert into ${table} (id, email, name, password_hash, role)
         values ($1, $2, $3, $4, 'administrator') on conflict (email) do nothing returning id`,
        [randomUUID(), address, address, await hash(password, cost)],
      )
      // Two processes may start at once; the other one made it.
      return rows.length > 0 ? 'created' : 'exists'
    },
  } satisfies Accounts)
}

export function normalizeEmail(email: string): string {
  return email.normalize('NFKC').trim().toLowerCase()
}

function toAccount(row: AccountRow): Account {
  const granted = permissionsOf[row.role]
  return {
    id: row.id,
    // The program has one shop: a role holds everywhere. The address tells people apart in the history.
    user: { id: row.email, name: row.name, can: (permission) => granted.includes(permission) },
    passwordMark: createHash('sha256').update(row.password_hash).digest('base64url').slice(0, 16),
  }
}
