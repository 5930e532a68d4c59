// What has to be known of the other database.
import { secret, z } from '../../core/sdk/index.ts'

export const settingsSchema = z.object({
  host: z.string().trim().min(1).meta({
    title: 'Host',
    description: 'Where PostgreSQL listens, for example db.example.com',
    placeholder: 'db.example.com',
  }),
  port: z.int().min(1).max(65_535).default(5432).meta({ title: 'Port' }),
  database: z.string().min(1).meta({ title: 'Database' }),
  schema: z
    .string()
    .min(1)
    .default('public')
    .meta({ title: 'Schema', description: 'The tables in it can be written to' }),
  user: z.string().min(1).meta({
    title: 'User',
    description: 'Give it a role of its own that may read and write the tables meant for this, and nothing else',
  }),
  password: secret().meta({ title: 'Password' }),
  tls: z
    .enum(['verify', 'encrypt', 'off'])
    .default('verify')
    .meta({
      title: 'Encryption',
      optionLabels: {
        verify: 'TLS, and the certificate is checked',
        encrypt: 'TLS with any certificate: somebody in between could read along',
        off: 'None: only for a network of your own',
      },
    }),
  authority: z
    .string()
    .optional()
    .meta({
      title: 'Certificate authority',
      description: 'As PEM, where the certificate was signed by an authority that this server does not know',
      multiline: true,
      showWhen: { field: 'tls', equals: 'verify' },
    }),
})
export type SqlTableSettings = z.infer<typeof settingsSchema>
