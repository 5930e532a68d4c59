import { describe } from 'node:test'
import { from, property, reports } from './validation-fixture.ts'

describe('validateProperty', () => {
  reports([
    [
      'a field that the model cannot read',
      from({ field: 'stray' }),
      /^0\.propertyMappings\.1\.source\.field: .*reads from "position", which Order does not have/,
    ],
    [
      'an unknown source field',
      from({ field: 'emial' }),
      /^0\.propertyMappings\.1\.source\.field: .*Did you mean "email"/,
    ],
    [
      'an unknown external field',
      property({ externalField: 'titel', source: { constant: 1 } }),
      /^0\.propertyMappings\.1\.externalField: .*no field "titel"\. Did you mean "title"/,
    ],
    [
      'an update mode the field does not take',
      property({ externalField: 'amount', source: { constant: 1 }, updateMode: 'append' }),
      /^0\.propertyMappings\.1\.updateMode: "amount" cannot be written by "append", only by overwrite\.$/,
    ],
    [
      'a type that can never be converted',
      property({ externalField: 'amount', source: { field: 'due_on' } }),
      /^0\.propertyMappings\.1\.externalField: "The due_on" \(date\) can never be written to "amount" \(number\)/,
    ],
    [
      'a constant that cannot be converted',
      property({ externalField: 'amount', source: { constant: 'x' } }),
      /^0\.propertyMappings\.1\.source\.constant: Cannot write "x"/,
    ],
    [
      'a constant that is no option',
      property({ externalField: 'stage', source: { constant: 'lost' } }),
      /^0\.propertyMappings\.1\.source\.constant: .*no option "lost"/,
    ],
    [
      'a transform that a constant does not stand',
      property({ source: { constant: 'x' }, transforms: [{ name: 'number' }] }),
      /^0\.propertyMappings\.1\.source\.constant: The transform "number"/,
    ],
    ['a broken template', from({ template: '{code' }), /^0\.propertyMappings\.1\.source\.template: .*closing/],
    [
      'an unknown field of a template',
      from({ template: '{cod}' }),
      /^0\.propertyMappings\.1\.source\.template: .*Did you mean "code"/,
    ],
    [
      'a result of no mapping',
      from({ result: 'tickets', path: 'remoteId' }),
      /^0\.propertyMappings\.1\.source\.result: There is no mapping "tickets"\.$/,
    ],
    [
      'its own result',
      from({ result: 'deals', path: 'remoteId' }),
      /^0\.propertyMappings\.1\.source\.result: A mapping cannot use its own result\.$/,
    ],
    [
      'a reference to an unknown model',
      from({ reference: 'Custommer', idField: 'code' }),
      /^0\.propertyMappings\.1\.source\.reference: .*Did you mean "Customer"/,
    ],
    [
      'a reference by an unknown field',
      from({ reference: 'Customer', idField: 'custmer_id' }),
      /^0\.propertyMappings\.1\.source\.idField: .*Did you mean "customer_id"/,
    ],
    [
      'options without a value',
      property({ source: { field: 'status' }, valueMap: { p: 'won' } }),
      /^0\.propertyMappings\.1\.valueMap: Say what becomes of "n", "e", or give a default\.$/,
    ],
    [
      'a value for no option',
      property({ source: { field: 'status' }, valueMap: { pp: 'won' }, valueMapDefault: '' }),
      /^0\.propertyMappings\.1\.valueMap\.pp: "The status" has no option "pp"\. Did you mean "p"\?$/,
    ],
    [
      'a value map for a field without options',
      property({ source: { field: 'code' }, valueMap: { a: 1 } }),
      /^0\.propertyMappings\.1\.valueMap: Only a field with options/,
    ],
    [
      'a value map for a constant',
      property({ source: { constant: 'a' }, valueMap: { a: 1 } }),
      /^0\.propertyMappings\.1\.valueMap: Only a field with options/,
    ],
    [
      'a default without a value map',
      property({ source: { field: 'status' }, valueMapDefault: 'x' }),
      /^0\.propertyMappings\.1\.valueMapDefault: /,
    ],
    [
      '`each` of a model that is not nested',
      property({
        each: { nestedModel: 'Customer', propertyMappings: [{ externalField: 'a', source: { constant: 1 } }] },
      }),
      /^0\.propertyMappings\.1\.each\.nestedModel: Order has no nested model "Customer"/,
    ],
    [
      '`each` into a single value',
      property({
        externalField: 'amount',
        each: { nestedModel: 'OrderPosition', propertyMappings: [{ externalField: 'a', source: { constant: 1 } }] },
      }),
      /^0\.propertyMappings\.1\.externalField: "amount" \(number\) cannot hold a list of objects/,
    ],
    [
      'a field of `each` that only the order has',
      property({
        each: { nestedModel: 'OrderPosition', propertyMappings: [{ externalField: 'a', source: { field: 'status' } }] },
      }),
      /^0\.propertyMappings\.1\.each\.propertyMappings\.0\.source\.field: .*does not exist for OrderPosition/,
    ],
  ])
})
