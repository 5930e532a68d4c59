// What the plugin has to be told: where pretix is, and the two secrets it shares with it.
import { secret, z } from '../../core/sdk/index.ts'

export const pretixOptions = z.object({
  baseUrl: z
    .url({ protocol: /^https?$/ })
    // Who copies the address of the API means the same installation.
    .transform((url) => url.replace(/\/+(api(\/v1)?\/*)?$/, ''))
    .meta({ description: 'the http or https address of pretix, such as https://tickets.example.com' }),
  token: secret()
    .regex(/^\S+$/)
    .meta({ description: 'the API token of a team, which pretix shows once, when it is made' }),
  // pretix does not sign its webhooks, so that the address is what it is known by.
  webhookSecret: secret()
    .regex(/^[A-Za-z0-9_-]{16,200}$/)
    .meta({
      description: 'at least 16 letters, digits, dashes and underscores: the end of the address that pretix calls',
    }),
  locale: z
    .string()
    .regex(/^[A-Za-z]{2,3}([-_][A-Za-z]+)*$/)
    .default('en')
    .meta({ description: 'the language in which names are read that pretix has in several, such as en or de' }),
})
