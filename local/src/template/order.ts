/** The order in which a template's resources are created: each after those it refers to. */
import { call, PLACEHOLDER, type Template, TemplateError, type TemplateResource } from './template.ts'

/**
 * Returns the logical ids, each after everything that its resource refers to or depends on; otherwise in the template's
 * order.
 *
 * @throws TemplateError for a circular dependency, naming the circle
 */
export function bootOrder(resources: Template['Resources']): string[] {
  const order: string[] = []
  const done = new Set<string>()

  function visit(logicalId: string, path: string[]) {
    if (done.has(logicalId)) return
    if (path.includes(logicalId)) {
      const circle = [...path.slice(path.indexOf(logicalId)), logicalId]
      throw new TemplateError(`Resources depend on each other in a circle: ${circle.join(' → ')}.`)
    }
    for (const other of dependenciesOf(resources[logicalId] as TemplateResource)) {
      if (Object.hasOwn(resources, other)) visit(other, [...path, logicalId])
    }
    done.add(logicalId)
    order.push(logicalId)
  }
  for (const logicalId of Object.keys(resources)) visit(logicalId, [])
  return order
}

/** Returns every name that a resource refers to, including parameters. */
function dependenciesOf(resource: TemplateResource): Set<string> {
  const names = new Set([resource.DependsOn ?? []].flat())
  collect(resource.Properties, names)
  return names
}

function collect(value: unknown, names: Set<string>) {
  if (typeof value !== 'object' || value === null) return
  const [name, argument] = call(value) ?? []
  if (name === 'Ref') names.add(String(argument))
  else if (name === 'Fn::GetAtt')
    names.add(String(Array.isArray(argument) ? argument[0] : String(argument).split('.')[0]))
  else if (name === 'Fn::Sub') {
    const template = String(Array.isArray(argument) ? argument[0] : argument)
    for (const [, literal, placeholder] of template.matchAll(PLACEHOLDER)) {
      if (!literal) names.add((placeholder as string).split('.')[0] as string)
    }
  }
  for (const item of Object.values(value)) collect(item, names)
}
