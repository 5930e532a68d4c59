// What a browser sends when a form that was drawn is sent back untouched.
import type { DrawnField } from '../../../../core/admin/forms/field-tree.ts'

export function post(fields: readonly DrawnField[]): Record<string, string | string[]> {
  return Object.assign({}, ...fields.map(postOne))
}

function postOne(field: DrawnField): Record<string, string | string[]> {
  switch (field.kind) {
    case 'text':
    case 'lines':
    case 'hidden':
      return { [field.name]: field.value }
    case 'secret':
      return { [field.name]: '' }
    case 'checkbox':
      return field.isChecked ? { [field.name]: 'yes' } : {}
    case 'radios':
    case 'select':
    case 'checkboxes':
      return { [field.name]: field.options.filter(({ isChosen }) => isChosen).map(({ text }) => text) }
    case 'group':
      return { ...(field.presence?.isChecked ? { [field.name]: 'yes' } : {}), ...post(field.fields) }
    case 'list':
      return Object.assign({}, ...field.items.map(({ name, field: one }) => ({ [name]: '', ...postOne(one) })))
    case 'rows':
      return Object.assign({}, ...field.rows.map(({ key, value }) => ({ [key.name]: key.value, ...postOne(value) })))
    case 'fold':
      return post(field.fields)
    case 'variants':
      return { ...postOne(field.choice), ...post(field.branches.flatMap((branch) => branch.fields)) }
  }
}
