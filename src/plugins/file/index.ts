import { Type } from 'typebox'
import { definePlugin } from '../../gateway/plugin.ts'
import { createFileSource } from './file-source.ts'

/** Name of the source, and the beginning of its services' ids. */
const SOURCE_NAME = 'file'

/** Static services, routes and overrides from a watched file: the operator's word beats labels. */
export const filePlugin = definePlugin({
  name: 'file',
  options: Type.Object(
    {
      path: Type.String({
        default: '',
        maxLength: 4096,
        file: true,
        description:
          'A YAML file with `services`, `routes` and `overrides`, read again whenever it changes. Empty: none.'
      })
    },
    {
      additionalProperties: false,
      description: 'Services, routes and overrides from a watched file; they beat labels.'
    }
  ),
  register(app, { path }) {
    if (path === '' || app.gateway.role === 'traffic') return
    app.gateway.source(createFileSource(SOURCE_NAME, path, Date.now))
  }
})
