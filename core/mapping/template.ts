// Text with `{field_key}` placeholders. `{{` and `}}` stand for the braces themselves; there is nothing else in it, no
// expression, no path. PURE.
import { MappingError } from '../errors.ts'
import { maxTextLength } from './property-value.ts'

type TemplatePart = { text: string } | { field: string }

/** A MappingError tells what is wrong with a template that cannot be read. */
export function parseTemplate(template: string): TemplatePart[] {
  const parts: TemplatePart[] = []
  let text = ''
  let position = 0
  while (position < template.length) {
    const character = template[position]
    if ((character === '{' || character === '}') && template[position + 1] === character) {
      text += character
      position += 2
    } else if (character === '{') {
      const end = template.indexOf('}', position)
      const field = template.slice(position + 1, end).trim()
      if (end < 0 || field === '') {
        throw new MappingError(
          `The template has "{" without ${end < 0 ? 'a closing "}"' : 'a field key'} at character ${position + 1}. ` +
            'Write {field_key}, or {{ for the brace itself.',
        )
      }
      if (text !== '') parts.push({ text })
      parts.push({ field })
      text = ''
      position = end + 1
    } else {
      text += character
      position += 1
    }
  }
  if (text !== '') parts.push({ text })
  return parts
}

/** Fills the template; `textOfField` gives a field's text and throws for a key that does not exist. */
export function fillTemplate(template: string, textOfField: (key: string) => string): string {
  let filled = ''
  for (const part of parseTemplate(template)) {
    filled += 'text' in part ? part.text : textOfField(part.field)
    if (filled.length > maxTextLength) {
      throw new MappingError(`The filled template is longer than ${maxTextLength} characters. Shorten the template.`)
    }
  }
  return filled
}
