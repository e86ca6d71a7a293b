// docs/api-access.md: every route of the hub and who may use it, made of the table that the hub enforces.
import { ACCESS, type Access } from '../hub/api/access.ts'
import { may, PERMISSIONS, type Permission, ROLES } from '../hub/staff/permissions.ts'

const isIn = (access: Access, role: (typeof ROLES)[number] | null): boolean => {
  if (access === 'public' || access === 'door') return true
  return role !== null && (access === 'signed-in' || may(role, access as Permission))
}
const cell = (yes: boolean) => (yes ? '●' : '')
const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`

/** The document's text. */
export function accessTable(): string {
  const head = ['route', 'needs', 'nobody', ...ROLES]
  const rows = ACCESS.map(([method, path, access]) =>
    line([`\`${method} ${path}\``, access, cell(isIn(access, null)), ...ROLES.map((role) => cell(isIn(access, role)))]),
  )
  const permissions = Object.entries(PERMISSIONS).map(([name, role]) => line([`\`${name}\``, role]))
  return `# Who may use which route

Made by \`npm run vectors\` of \`hub/api/access.ts\` and \`hub/staff/permissions.ts\`, the tables that the hub enforces; a test asks every route as every role.
An API token may what its scopes name, which are the permissions below, and nothing that needs a session (\`signed-in\`). \`door\`: the ways in, for everybody; on an unclaimed box
only claiming and restoring. Every other address gives the pages of the UI to whoever is signed in.

${line(head)}
${line(head.map(() => '---'))}
${rows.join('\n')}

## Permissions

| permission | from role |
| --- | --- |
${permissions.join('\n')}
`
}
