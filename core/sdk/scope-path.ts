// What a scope looks like: a path of any depth, each of its parts whatever the host calls its tenants. Checked wherever a
// host or an operator gives one, because a slip of the pen would be another tenant that nobody looks at.
import { z } from 'zod'

export const scopeSchema = z.string().refine(isScope, {
  error: ({ input }) =>
    `must be a path such as tenant:acme or tenant:acme/store:berlin, or empty for the whole instance; ${JSON.stringify(input)} has an empty part, or a space at the edge of one`,
})

export function isScope(scope: string): boolean {
  return scope === '' || scope.split('/').every((part) => part !== '' && part === part.trim())
}
