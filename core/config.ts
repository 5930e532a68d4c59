// Every option of the product with its environment variable, its default and what it accepts. The only file that reads
// the environment; everything below is handed values that were parsed here.
import { isAbsolute, resolve } from 'node:path'
import { z } from 'zod'
import { OutboundSyncError } from './errors.ts'
import { didYouMean, nearName } from './sdk/near-name.ts'

const prefix = 'OUTBOUND_SYNC_'

interface Option<Schema extends z.ZodType> {
  variable: string
  /** Reads the text of a variable as well as a value of the right type. */
  schema: Schema
  /** Ends the sentence "expected ...". */
  expected: string
  /** The value is never shown. */
  isSecret?: boolean
}

function option<Schema extends z.ZodType>(
  variable: string,
  schema: Schema,
  expected: string,
  { isSecret = false }: { isSecret?: boolean } = {},
): Option<Schema> {
  return { variable, schema, expected, isSecret }
}

function wholeNumber(variable: string, range: { from: number; to: number; default: number }) {
  const text = z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
  const schema = z.union([z.number(), text]).pipe(z.int().min(range.from).max(range.to)).default(range.default)
  return option(variable, schema, `a whole number from ${range.from} to ${range.to}`)
}

function yesOrNo(variable: string, byDefault: boolean) {
  return option(variable, z.union([z.boolean(), z.stringbool()]).default(byDefault), 'true or false')
}

function listOf(variable: string, item: z.ZodType<string, string>, expected: string) {
  const text = z.string().transform((value) => splitList(value))
  return option(
    variable,
    z
      .union([z.array(z.string()), text])
      .pipe(z.array(item))
      .default([]),
    expected,
  )
}

function splitList(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

const databaseUrl = z.string().refine((text) => /^postgres(ql)?:$/.test(URL.parse(text)?.protocol ?? ''))
const publicUrl = z
  .string()
  .refine((text) => /^https?:$/.test(URL.parse(text)?.protocol ?? ''))
  .transform((text) => text.replace(/\/+$/, ''))
// pg-boss takes at most 50 bytes; PostgreSQL keeps names that begin with pg_ for itself.
const schemaName = z.string().regex(/^(?!pg_)[a-z_][a-z0-9_]{0,49}$/)
const schemaExpected =
  'a lower-case PostgreSQL name of at most 50 letters, digits and underscores that does not begin with pg_'
const secretKey = z
  .string()
  // Node skips what is no base64, so the way back tells whether all of it was.
  .refine((text) => Buffer.from(text, 'base64').toString('base64') === text)
  .transform((text) => Buffer.from(text, 'base64'))
  .refine((key) => key.length === 32)
const basePath = z
  .string()
  .regex(/^(\/|(\/[A-Za-z0-9._~-]+)+\/?)?$/)
  .transform((text) => text.replace(/\/$/, ''))

const options = {
  databaseUrl: option(
    'DATABASE_URL',
    databaseUrl.nullable().default(null),
    'a PostgreSQL URL such as postgres://user:password@host:5432/database',
    { isSecret: true },
  ),
  dataFolder: option(`${prefix}DATA_FOLDER`, z.string().default('.outbound-sync'), 'the path of a folder'),
  host: option('HOST', z.string().regex(/^\S+$/).default('127.0.0.1'), 'a host name or an IP address to listen on'),
  port: wholeNumber('PORT', { from: 0, to: 65_535, default: 3000 }),
  logLevel: option(
    'LOG_LEVEL',
    z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
    'fatal, error, warn, info, debug, trace or silent',
  ),
  secretKeys: option(
    `${prefix}KEY`,
    z
      .union([z.array(z.string()), z.string().transform((text) => splitList(text))])
      .pipe(z.array(secretKey))
      .default([]),
    '32 bytes in base64 (`openssl rand -base64 32` makes a key), or several such keys separated by commas, the current one first',
    { isSecret: true },
  ),
  schema: option(`${prefix}SCHEMA`, schemaName.default('outbound_sync'), schemaExpected),
  bossSchema: option(`${prefix}BOSS_SCHEMA`, schemaName.default('outbound_sync_boss'), schemaExpected),
  migrations: option(
    `${prefix}MIGRATIONS`,
    z.enum(['automatic', 'manual']).default('automatic'),
    'automatic, or manual to refuse to start when tables are behind',
  ),
  plugins: listOf(
    `${prefix}PLUGINS`,
    z.string().min(1),
    'plugins separated by commas: a path, the name of a bundled plugin or of an npm package',
  ),
  egressAllow: listOf(
    `${prefix}EGRESS_ALLOW`,
    z.string().regex(/^[^\s/][^\s]*$/),
    'hosts with their port (crm.example.com:8443), origins, addresses or ranges (10.0.0.0/8), separated by commas',
  ),
  basePath: option(`${prefix}BASE_PATH`, basePath.default(''), 'a path such as /outbound-sync'),
  trustProxy: yesOrNo(`${prefix}TRUST_PROXY`, false),
  preparedStatements: yesOrNo(`${prefix}PREPARED_STATEMENTS`, true),
  publicUrl: option(
    `${prefix}PUBLIC_URL`,
    publicUrl.nullable().default(null),
    'the http or https URL under which people reach the pages',
  ),
  adminPassword: option(
    `${prefix}ADMIN_PASSWORD`,
    z.string().min(8).max(1024).nullable().default(null),
    'at least 8 characters',
    { isSecret: true },
  ),
  auditSchedule: option(
    `${prefix}AUDIT_SCHEDULE`,
    z
      .string()
      .regex(/^(off|\S+(\s+\S+){4}|)$/)
      .transform((text) => (text === 'off' || text === '' ? null : text))
      .default('15 3 * * *'),
    'when to look for records that have not arrived, as five cron fields in UTC such as 15 3 * * *, or off',
  ),
  workerConcurrency: wholeNumber(`${prefix}WORKER_CONCURRENCY`, { from: 1, to: 1000, default: 32 }),
  workerBatchSize: wholeNumber(`${prefix}WORKER_BATCH_SIZE`, { from: 1, to: 1000, default: 200 }),
  workerPollIntervalMs: wholeNumber(`${prefix}WORKER_POLL_INTERVAL_MS`, { from: 10, to: 60_000, default: 1000 }),
  workerLeaseSeconds: wholeNumber(`${prefix}WORKER_LEASE_SECONDS`, { from: 2, to: 3600, default: 60 }),
  workerDrainSeconds: wholeNumber(`${prefix}WORKER_DRAIN_SECONDS`, { from: 0, to: 3600, default: 25 }),
} as const

type OptionName = keyof typeof options
type OptionValues = { [Name in OptionName]: z.output<(typeof options)[Name]['schema']> }

/** Options given in code or on the command line, by option name; undefined and null stand for "not given". */
export type ConfigOverrides = { [Name in OptionName]?: z.input<(typeof options)[Name]['schema']> | string | null }

export interface Config extends Omit<OptionValues, `worker${string}`> {
  worker: {
    /** Subjects in work at the same time in this process. */
    concurrency: number
    batchSize: number
    pollIntervalMs: number
    leaseSeconds: number
    /** How long a stopping worker waits for calls under way. */
    drainSeconds: number
  }
}

/** The configuration: overrides before environment before defaults. Throws `config_invalid`, a line for each mistake. */
export function readConfig({
  env = process.env,
  cwd = process.cwd(),
  overrides = {},
}: {
  env?: Readonly<Record<string, string | undefined>>
  cwd?: string
  overrides?: ConfigOverrides
} = {}): Config {
  const problems = [...unknownVariables(env), ...unknownOverrides(overrides)]
  const entries = Object.entries(options).map(([name, definition]) => {
    const given = Object.hasOwn(overrides, name) ? Reflect.get(overrides, name) : undefined
    const isOverride = given !== undefined && given !== null
    const value: unknown = isOverride ? given : emptyToUndefined(env[definition.variable])
    const parsed = definition.schema.safeParse(typeof value === 'string' ? value.trim() : value)
    if (parsed.success) return [name, parsed.data]
    problems.push(problemText(isOverride ? `The option ${name}` : definition.variable, value, definition))
    return [name, null]
  })
  // Each value was parsed by the schema of its name; those that were not are among the problems thrown below.
  const values = Object.fromEntries(entries) as OptionValues
  if (values.schema === values.bossSchema) {
    problems.push(
      `${options.schema.variable} and ${options.bossSchema.variable} are both "${values.schema}"; expected two different schemas.`,
    )
  }
  if (problems.length > 0) throw new OutboundSyncError('config_invalid', problems.join('\n'))
  return toConfig(values, cwd)
}

function toConfig(values: OptionValues, cwd: string): Config {
  const {
    workerConcurrency: concurrency,
    workerBatchSize: batchSize,
    workerPollIntervalMs: pollIntervalMs,
    workerLeaseSeconds: leaseSeconds,
    workerDrainSeconds: drainSeconds,
    ...others
  } = values
  return {
    ...others,
    dataFolder: isAbsolute(others.dataFolder) ? others.dataFolder : resolve(cwd, others.dataFolder),
    worker: { concurrency, batchSize, pollIntervalMs, leaseSeconds, drainSeconds },
  }
}

/** For who needs a database and was given none. */
export function databaseUrlMissing(): OutboundSyncError {
  const { variable, expected } = options.databaseUrl
  return new OutboundSyncError(
    'config_invalid',
    `The URL of the database is missing. Give createOutboundSync the option databaseUrl, or set ${variable}; expected ${expected}.`,
  )
}

/**
 * The variable of a plugin's option, `PRETIX_BASE_URL` for `baseUrl` of `pretix`, and what it holds. A name that begins
 * with `outbound-sync-` goes without that: those variables are the program's own.
 */
export function readPluginVariable(
  plugin: string,
  option: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): { variable: string; value: string | undefined } {
  const variable = `${plugin.replace(/^outbound-sync-/, '')}_${option}`
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .toUpperCase()
  return { variable, value: emptyToUndefined(env[variable])?.trim() }
}

// `PORT=` in a compose file means "not set".
function emptyToUndefined(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text
}

function problemText(subject: string, value: unknown, { expected, isSecret }: Option<z.ZodType>): string {
  const shown = typeof value === 'string' ? JSON.stringify(value.slice(0, 200)) : String(value)
  return isSecret ? `${subject} is not usable; expected ${expected}.` : `${subject} is ${shown}; expected ${expected}.`
}

function unknownVariables(env: Readonly<Record<string, string | undefined>>): string[] {
  // Compared without the prefix, which would make any two names look alike.
  const known = Object.values(options).flatMap(({ variable }) =>
    variable.startsWith(prefix) ? variable.slice(prefix.length) : [],
  )
  return Object.keys(env)
    .filter((name) => name.startsWith(prefix) && !known.includes(name.slice(prefix.length)))
    .map((name) => {
      const near = nearName(name.slice(prefix.length), known)
      const hint =
        near === null ? `There are: ${known.map((one) => prefix + one).join(', ')}.` : `Did you mean ${prefix}${near}?`
      return `There is no variable ${name}. ${hint}`
    })
}

function unknownOverrides(overrides: object): string[] {
  const known = Object.keys(options)
  return Object.keys(overrides)
    .filter((name) => !known.includes(name))
    .map((name) => `There is no option "${name}".${didYouMean(name, known)}`)
}
