// The page of the API: every route of /api/v1/openapi.json with what it takes and answers; what only reads can be tried.
const TEXT_MAX_CHARACTERS = 20_000

/** An element with texts and elements in it; what comes from the hub is never read as HTML. */
function make(name, attributes, ...children) {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
  element.append(...children)
  return element
}

const shown = (value) => make('pre', { tabindex: '0' }, JSON.stringify(value, null, 2))

function contents(title, content) {
  return Object.entries(content ?? {}).flatMap(([type, { schema }]) => [
    make('p', {}, `${title}: ${type}`),
    ...(schema && !schema.$ref?.endsWith('/Problem') ? [shown(schema)] : []),
  ])
}

/** A form that asks the hub, and shows what it says. */
function tryForm(path, parameters) {
  const fields = parameters.map(({ name, required }) =>
    make('input', {
      name,
      'aria-label': name,
      placeholder: name,
      autocomplete: 'off',
      ...(required ? { required: '' } : {}),
    }),
  )
  const says = make('pre', { tabindex: '0', role: 'status', hidden: '' })
  const form = make('form', {}, ...fields, make('button', { type: 'submit' }, 'Try it'), says)
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const query = new URLSearchParams()
    let url = path
    parameters.forEach((parameter, i) => {
      const { value } = fields[i]
      if (parameter.in === 'path') url = url.replace(`{${parameter.name}}`, encodeURIComponent(value))
      else if (parameter.in === 'query' && value !== '') query.set(parameter.name, value)
    })
    says.hidden = false
    says.textContent = 'Asking'
    try {
      const response = await fetch(query.size > 0 ? `${url}?${query}` : url)
      const text = (await response.text()).slice(0, TEXT_MAX_CHARACTERS)
      const isJson = /json/.test(response.headers.get('content-type') ?? '')
      says.textContent = `${response.status}\n${isJson ? JSON.stringify(JSON.parse(text), null, 2) : text}`
    } catch (error) {
      says.textContent = String(error)
    }
  })
  return form
}

function operationView(method, path, operation) {
  const { summary, parameters, requestBody, responses } = operation
  const inner = make('div', {})
  const details = make(
    'details',
    {},
    make(
      'summary',
      {},
      `${method.toUpperCase()} ${path}`,
      make('span', {}, `${summary} · ${operation['x-roost-roles'].join(', ')}`),
    ),
    inner,
  )
  // Made when it is opened: all of them at once are more than a phone likes.
  details.addEventListener(
    'toggle',
    () => {
      for (const { name, in: where, required, schema, description } of parameters) {
        const about = [where, required ? 'required' : 'optional', schema.pattern, description].filter(Boolean)
        inner.append(make('p', {}, make('code', {}, name), ` (${about.join(', ')})`))
      }
      inner.append(...contents('Body', requestBody?.content))
      for (const [status, { description, content }] of Object.entries(responses)) {
        inner.append(make('p', {}, make('strong', {}, status), ` ${description}`), ...contents('Answer', content))
      }
      const isStream = Object.values(responses).some(({ content }) => content?.['text/event-stream'])
      if (method === 'get' && !isStream)
        inner.append(
          tryForm(
            path,
            parameters.filter((each) => each.in !== 'header'),
          ),
        )
    },
    { once: true },
  )
  return details
}

const response = await fetch('/api/v1/openapi.json')
const { info, paths } = await response.json()
document.querySelector('#about').textContent = `${info.title} ${info.version}. ${info.description}`
const groups = new Map()
for (const [path, operations] of Object.entries(paths)) {
  for (const [method, operation] of Object.entries(operations)) {
    const [tag] = operation.tags
    if (!groups.has(tag)) groups.set(tag, make('section', {}, make('h2', {}, tag)))
    groups.get(tag).append(operationView(method, path, operation))
  }
}
document.querySelector('#list').append(...groups.values())
